package sshsig

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	keyType  = "ssh-ed25519" // RFC 8709 section 4
	hashName = "sha512"
	preamble = "SSHSIG"
	version  = 1
)

var errShort = errors.New("it ends too early")

// field cuts a string of RFC 4251 section 5 off: its length, 4 bytes, and its bytes.
func field(b []byte) (value, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errShort
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, errShort
	}
	return b[4 : 4+n], b[4+n:], nil
}

// fields cuts so many strings off.
func fields(b []byte, n int) (values [][]byte, rest []byte, err error) {
	for range n {
		var v []byte
		if v, b, err = field(b); err != nil {
			return nil, nil, err
		}
		values = append(values, v)
	}
	return values, b, nil
}

func appendField(b, value []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

// publicBlob is a public key on the wire (RFC 8709 section 4).
func publicBlob(key ed25519.PublicKey) []byte {
	return appendField(appendField(nil, []byte(keyType)), key)
}

// parsePublic reads publicBlob.
func parsePublic(b []byte) (ed25519.PublicKey, error) {
	v, rest, err := fields(b, 1)
	if err != nil {
		return nil, fmt.Errorf("the public key: %w", err)
	}
	if string(v[0]) != keyType {
		return nil, fmt.Errorf("a key of type %.40q: only %s is known here", v[0], keyType)
	}
	key, rest, err := field(rest)
	if err != nil || len(rest) != 0 || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("the public key is not one of %s", keyType)
	}
	return ed25519.PublicKey(key), nil
}

// signed is what is really signed (PROTOCOL.sshsig section 3).
func signed(sum Sum) []byte {
	b := []byte(preamble)
	b = appendField(b, []byte(Namespace))
	b = appendField(b, nil) // reserved
	b = appendField(b, []byte(hashName))
	return appendField(b, sum[:])
}

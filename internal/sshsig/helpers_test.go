package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
)

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// seeded is a signer that needs no ssh-keygen.
func seeded() *Signer {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	return &Signer{private: private, Key: Key{public: private.Public().(ed25519.PublicKey)}}
}

// rebuilt is a sound signature of another namespace or hash.
func rebuilt(s *Signer, namespace, hash string, sum Sum) []byte {
	b := binary.BigEndian.AppendUint32([]byte(preamble), version)
	b = appendField(b, publicBlob(s.Key.public))
	head := [][]byte{[]byte(namespace), nil, []byte(hash)}
	message := []byte(preamble)
	for _, v := range head {
		b, message = appendField(b, v), appendField(message, v)
	}
	message = appendField(message, sum[:])
	sig := appendField([]byte(nil), []byte(keyType))
	return armor(appendField(b, appendField(sig, ed25519.Sign(s.private, message))))
}

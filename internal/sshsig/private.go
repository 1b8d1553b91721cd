package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
)

// Signer signs with a private key.
type Signer struct {
	private ed25519.PrivateKey
	Key     Key // its public half
}

// ParsePrivate reads a private key as `ssh-keygen -t ed25519` writes it
// (PROTOCOL.key of OpenSSH).
func ParsePrivate(text []byte) (*Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "OPENSSH PRIVATE KEY" {
		return nil, errors.New("no private key of OpenSSH: ssh-keygen -t ed25519 -f FILE makes one")
	}
	b, ok := bytes.CutPrefix(block.Bytes, []byte("openssh-key-v1\x00"))
	if !ok {
		return nil, errors.New("a private key of another version of OpenSSH")
	}
	v, rest, err := fields(b, 3) // cipher, KDF, its options
	if err != nil {
		return nil, err
	}
	if string(v[0]) != "none" {
		return nil, errors.New("the key is protected by a passphrase, which nobody can be asked for here: sign afterwards with `ssh-keygen -Y sign -n " + Namespace + " -f KEY FILE`, or use a key without one (ssh-keygen -p)")
	}
	if len(rest) < 4 || binary.BigEndian.Uint32(rest) != 1 {
		return nil, errors.New("not one key")
	}
	if v, _, err = fields(rest[4:], 2); err != nil { // public, private
		return nil, err
	}
	public, err := parsePublic(v[0])
	if err != nil {
		return nil, err
	}
	private, comment, err := parseSection(v[1])
	if err != nil {
		return nil, err
	}
	if !public.Equal(private.Public()) {
		return nil, errors.New("the private key does not belong to the public one in the same file")
	}
	return &Signer{private: private, Key: Key{public: public, Comment: comment}}, nil
}

// parseSection reads the part of a key file that may be encrypted: two equal
// numbers, the type, the public and the private key, a comment, padding.
func parseSection(b []byte) (ed25519.PrivateKey, string, error) {
	if len(b) < 8 || !bytes.Equal(b[:4], b[4:8]) {
		return nil, "", errors.New("the private key is damaged")
	}
	v, _, err := fields(b[8:], 4)
	if err != nil {
		return nil, "", fmt.Errorf("the private key: %w", err)
	}
	if len(v[2]) != ed25519.PrivateKeySize {
		return nil, "", fmt.Errorf("the private key has %d bytes, not %d", len(v[2]), ed25519.PrivateKeySize)
	}
	// Its last half is the public key; what is signed with must be of the seed.
	private := ed25519.NewKeyFromSeed(v[2][:ed25519.SeedSize])
	if !bytes.Equal(private, v[2]) {
		return nil, "", errors.New("the private key is damaged")
	}
	return private, string(v[3]), nil
}

// Sign makes the text of a signature file.
func (s *Signer) Sign(sum Sum) []byte {
	b := binary.BigEndian.AppendUint32([]byte(preamble), version)
	b = appendField(b, publicBlob(s.Key.public))
	b = appendField(b, []byte(Namespace))
	b = appendField(b, nil) // reserved
	b = appendField(b, []byte(hashName))
	sig := appendField([]byte(nil), []byte(keyType))
	sig = appendField(sig, ed25519.Sign(s.private, signed(sum)))
	return armor(appendField(b, sig))
}

package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Key is a public key.
type Key struct {
	public  ed25519.PublicKey
	Comment string // of its file; says nothing for certain
}

// Fingerprint is the key as `ssh-keygen -l` and `ssh-keygen -Y verify` name it,
// "SHA256:..." (RFC 4255 names keys by their hash).
func (k Key) Fingerprint() string {
	sum := sha256.Sum256(publicBlob(k.public))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// Keys are those whose signatures count.
type Keys []Key

// ParseKeys reads public keys, one a line, as KEY.pub and authorized_keys hold
// them ("ssh-ed25519 AAAA... comment"), or an allowed signers file of
// ssh-keygen(1) ("who@where ssh-ed25519 AAAA..."). A line with options is an
// error: to take a key and not its limits would trust more than was meant.
func ParseKeys(text []byte) (Keys, error) {
	var keys Keys
	for i, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if strings.HasPrefix(line, "-----BEGIN") {
			return nil, errors.New("this is a private key or a signature: signatures are verified with the public key, KEY.pub")
		}
		k, err := parseLine(words)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("no public key: want lines as in KEY.pub, \"" + keyType + " AAAA...\"")
	}
	return keys, nil
}

func parseLine(words []string) (k Key, err error) {
	at := 0
	if words[0] != keyType {
		at = 1 // behind the principals of an allowed signers file
	}
	if len(words) < at+2 || words[at] != keyType {
		return k, fmt.Errorf("neither %q nor \"WHO %s AAAA...\": keys of other types and options are not known here; ssh-keygen -Y verify checks the same signature by them", keyType+" AAAA...", keyType)
	}
	blob, err := base64.StdEncoding.DecodeString(words[at+1])
	if err != nil {
		return k, fmt.Errorf("the key is not base64: %w", err)
	}
	k.public, err = parsePublic(blob)
	k.Comment = strings.Join(words[at+2:], " ")
	return k, err
}

// Verify returns the key that made a signature of what has this sum. The error
// says what does not fit.
func (ks Keys) Verify(sum Sum, signature []byte) (Key, error) {
	blob, err := unarmor(signature)
	if err != nil {
		return Key{}, err
	}
	by, sig, err := parseSignature(blob)
	if err != nil {
		return Key{}, err
	}
	for _, k := range ks {
		if !k.public.Equal(by.public) {
			continue
		}
		if !ed25519.Verify(k.public, signed(sum), sig) {
			return Key{}, fmt.Errorf("the file is not the one that %s has signed: it, or the signature, was changed afterwards", k.Fingerprint())
		}
		return k, nil
	}
	return Key{}, fmt.Errorf("the signature is by %s, which is none of the keys that were asked for", by.Fingerprint())
}

// parseSignature reads the blob of PROTOCOL.sshsig section 2.
func parseSignature(b []byte) (by Key, sig []byte, err error) {
	b, ok := bytes.CutPrefix(b, []byte(preamble))
	if !ok || len(b) < 4 {
		return by, nil, errors.New("no signature of ssh-keygen -Y sign")
	}
	if v := binary.BigEndian.Uint32(b); v != version {
		return by, nil, fmt.Errorf("a signature of version %d; %d is known", v, version)
	}
	v, rest, err := fields(b[4:], 5) // key, namespace, reserved, hash, signature
	if err != nil {
		return by, nil, fmt.Errorf("the signature: %w", err)
	}
	if len(rest) != 0 {
		return by, nil, errors.New("something stands behind the signature")
	}
	if by.public, err = parsePublic(v[0]); err != nil {
		return by, nil, err
	}
	if string(v[1]) != Namespace {
		return by, nil, fmt.Errorf("it is signed for %.40q and not for %q: ssh-keygen -Y sign -n %s", v[1], Namespace, Namespace)
	}
	if len(v[2]) != 0 {
		return by, nil, errors.New("the reserved part of the signature is not empty")
	}
	if string(v[3]) != hashName {
		return by, nil, fmt.Errorf("the hash is %.40q; %q is known, which is ssh-keygen's default", v[3], hashName)
	}
	s, rest, err := fields(v[4], 2)
	if err != nil || len(rest) != 0 || string(s[0]) != keyType {
		return by, nil, fmt.Errorf("the signature is not one of %s", keyType)
	}
	return by, s[1], nil
}

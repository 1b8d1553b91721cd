package sshsig

import (
	"encoding/base64"
	"errors"
	"strings"
)

const (
	armorBegin = "-----BEGIN SSH SIGNATURE-----"
	armorEnd   = "-----END SSH SIGNATURE-----"
	armorWidth = 70 // as ssh-keygen's own (sshsig.c sshsig_armor)
)

// armor writes a signature as text.
func armor(blob []byte) []byte {
	var b strings.Builder
	b.WriteString(armorBegin + "\n")
	for text := base64.StdEncoding.EncodeToString(blob); text != ""; {
		n := min(armorWidth, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString(armorEnd + "\n")
	return []byte(b.String())
}

// unarmor reads what armor writes.
func unarmor(text []byte) ([]byte, error) {
	s := strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
	s, begins := strings.CutPrefix(s, armorBegin)
	s, ends := strings.CutSuffix(s, armorEnd)
	if !begins || !ends {
		return nil, errors.New("no signature of ssh-keygen -Y sign: it begins with " + armorBegin + " and ends with " + armorEnd)
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return nil, errors.New("the signature is not base64")
	}
	return blob, nil
}

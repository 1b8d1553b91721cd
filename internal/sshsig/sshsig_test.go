package sshsig

import (
	"bytes"
	"crypto/sha512"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// keygen runs ssh-keygen, the reference.
func keygen(t *testing.T, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("no ssh-keygen here (openssh-client)")
	}
	c := exec.Command(path, args...)
	c.Stdin = bytes.NewReader(stdin)
	return c.CombinedOutput()
}

// newKey makes a key with ssh-keygen and reads it.
func newKey(t *testing.T) (file string, s *Signer) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "key")
	if out, err := keygen(t, nil, "-q", "-t", "ed25519", "-N", "", "-C", "ci@example.org", "-f", file); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s, err := ParsePrivate(read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return file, s
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

var message = []byte("frames\n")

func TestSSHKeygenVerifiesWhatSignMakes(t *testing.T) {
	key, s := newKey(t)
	public := read(t, key+".pub")
	signers := write(t, "allowed", append([]byte("ci "), public...))
	sig := write(t, "message.sig", s.Sign(sha512.Sum512(message)))
	out, err := keygen(t, message, "-Y", "verify", "-n", Namespace, "-f", signers, "-I", "ci", "-s", sig)
	if err != nil || !strings.Contains(string(out), s.Key.Fingerprint()) {
		t.Errorf("%v: %s, want it to name %s", err, out, s.Key.Fingerprint())
	}
	if out, err := keygen(t, append(message, 'x'), "-Y", "verify", "-n", Namespace, "-f", signers, "-I", "ci", "-s", sig); err == nil {
		t.Errorf("verified something else: %s", out)
	}
	// Ed25519 signs the same the same, and so does ssh-keygen, to the last byte.
	file := write(t, "message", message)
	if out, err := keygen(t, nil, "-Y", "sign", "-n", Namespace, "-f", key, file); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !bytes.Equal(read(t, file+".sig"), s.Sign(sha512.Sum512(message))) {
		t.Error("ssh-keygen -Y sign makes another signature")
	}
}

func TestVerifyTakesTheKeyInEveryForm(t *testing.T) {
	key, s := newKey(t)
	_, other := newKey(t)
	public := string(read(t, key+".pub"))
	sig := s.Sign(sha512.Sum512(message))
	for name, text := range map[string]string{
		"public key": public, "allowed signers": "ci@example.org " + public, "without a comment": strings.Join(strings.Fields(public)[:2], " "),
		"several, with comments and empty lines": "# CI\n\n" + keyLine(other.Key) + "\n" + public,
	} {
		keys, err := ParseKeys([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if by, err := keys.Verify(sha512.Sum512(message), sig); err != nil || by.Fingerprint() != s.Key.Fingerprint() {
			t.Errorf("%s: %v, %v", name, by, err)
		}
	}
}

func keyLine(k Key) string { return fmt.Sprintf("%s %s", keyType, encode(publicBlob(k.public))) }

func TestNothingElseVerifies(t *testing.T) {
	_, s := newKey(t)
	_, other := newKey(t)
	sum := sha512.Sum512(message)
	keys := Keys{s.Key}
	sig := s.Sign(sum)
	for _, tt := range []struct {
		name string
		keys Keys
		sum  Sum
		sig  []byte
		want string
	}{
		{"another key", Keys{other.Key}, sum, sig, "none of the keys"},
		{"another file", keys, sha512.Sum512(message[1:]), sig, "is not the one that"},
		{"no key", nil, sum, sig, "none of the keys"},
		{"nothing", keys, sum, nil, "no signature"},
		{"text", keys, sum, message, "no signature"},
		{"for git", keys, sum, rebuilt(s, "git", hashName, sum), `signed for "git"`},
		{"another hash", keys, sum, rebuilt(s, Namespace, "sha256", sum), `the hash is "sha256"`},
	} {
		if by, err := tt.keys.Verify(tt.sum, tt.sig); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want %s", tt.name, by, err, tt.want)
		}
	}
	blob, err := unarmor(sig)
	if err != nil {
		t.Fatal(err)
	}
	for i := range blob {
		b := bytes.Clone(blob)
		b[i] ^= 1
		if _, err := keys.Verify(sum, armor(b)); err == nil {
			t.Errorf("byte %d of the signature changed, and it verifies", i)
		}
	}
	for n := range blob {
		if _, err := keys.Verify(sum, armor(blob[:n])); err == nil {
			t.Errorf("cut at %d, and it verifies", n)
		}
	}
	if _, err := keys.Verify(sum, armor(append(blob, 0))); err == nil {
		t.Error("longer, and it verifies")
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	key, s := newKey(t)
	public := string(read(t, key+".pub"))
	locked := filepath.Join(t.TempDir(), "locked")
	if out, err := keygen(t, nil, "-q", "-t", "ed25519", "-N", "secret", "-f", locked); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := ParsePrivate(read(t, locked)); err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Error(err)
	}
	ecdsa := filepath.Join(t.TempDir(), "ecdsa")
	if out, err := keygen(t, nil, "-q", "-t", "ecdsa", "-N", "", "-f", ecdsa); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := ParsePrivate(read(t, ecdsa)); err == nil || !strings.Contains(err.Error(), "ecdsa-sha2-nistp256") {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"":                                "no public key",
		string(read(t, key)):              "private key",
		string(read(t, ecdsa+".pub")):     "keys of other types",
		"ci cert-authority " + public:     "options are not known",
		"ci valid-before=\"2\" " + public: "options are not known",
		keyType + " AAAA":                 "the public key",
		keyType + " !":                    "base64",
		keyType:                           "neither",
	} {
		if keys, err := ParseKeys([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, %v; want %s", text, keys, err, want)
		}
	}
	private := read(t, key)
	for n := range private {
		if _, err := ParsePrivate(private[:n]); err == nil && n < len(private)-1 {
			t.Errorf("cut at %d, and it is a key", n)
		}
	}
	_ = s
}

func FuzzVerify(f *testing.F) {
	s := seeded()
	sum := sha512.Sum512(message)
	f.Add(s.Sign(sum), []byte(keyLine(s.Key)))
	f.Add([]byte(armorBegin+"\n"+armorEnd), []byte("x "+keyType+" AAAA"))
	f.Fuzz(func(t *testing.T, sig, keys []byte) {
		ks, err := ParseKeys(keys)
		if err != nil {
			ks = Keys{s.Key}
		}
		if _, err := ks.Verify(sha512.Sum512([]byte("nobody signed this")), sig); err == nil {
			t.Fatal("verified what nobody signed")
		}
	})
}

func FuzzParsePrivate(f *testing.F) {
	f.Add([]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := ParsePrivate(text); err == nil && len(s.Sign(Sum{})) == 0 {
			t.Fatal("a key that signs nothing")
		}
	})
}

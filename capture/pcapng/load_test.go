package pcapng

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestLoadTakesCompressedFiles(t *testing.T) {
	rec := smallRecording()
	plain := write(t, rec, WriteOptions{})
	for _, tt := range []struct {
		name string
		data []byte
	}{{"plain.pcapng", plain}, {"small.pcapng.gz", zipped(t, plain)}} {
		name := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(name, tt.data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rec, f.Sections[0].Recording, compare); d != "" || !f.Sections[0].Native {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
	if _, err := Load("/no/such.pcapng"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestEveryPrefixOfACompressedFileIsNoted: what could be unpacked is read, and
// it is told that something is missing.
func TestEveryPrefixOfACompressedFileIsNoted(t *testing.T) {
	whole := zipped(t, write(t, smallRecording(), WriteOptions{}))
	for n := range whole {
		_, err := Read(bytes.NewReader(whole[:n]))
		if err == nil {
			t.Fatalf("%d of %d bytes: no error", n, len(whole))
		}
		var cut *TruncatedError
		if n > 10 && !errors.As(err, &cut) { // RFC 1952 2.3: the header has ten bytes
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	b := bytes.Clone(whole)
	b[len(b)-8] ^= 1 // CRC-32 of the unpacked
	if _, err := Read(bytes.NewReader(b)); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a wrong checksum: %v", err)
	}
}

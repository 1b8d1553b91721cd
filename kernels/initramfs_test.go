package kernels

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/cavaliergopher/cpio"
)

// readCPIO lists an archive with an independent reader.
func readCPIO(t *testing.T, b []byte) (names []string, headers map[string]*cpio.Header, data map[string][]byte) {
	t.Helper()
	headers, data = map[string]*cpio.Header{}, map[string][]byte{}
	r := cpio.NewReader(bytes.NewReader(b))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, headers, data
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		headers[h.Name], data[h.Name] = h, content
	}
}

func TestInitramfsIsReadByAnotherReader(t *testing.T) {
	var files []File
	for n := range 9 { // all lengths of padding, of names and of content
		files = append(files, File{Name: "/d/" + strings.Repeat("x", n+1), Mode: 0o640, Data: bytes.Repeat([]byte{byte(n + 1)}, n)})
	}
	files = append(files, File{Name: "init", Mode: 0o755, Data: []byte("#!")}, File{Name: "proc", Mode: fs.ModeDir | 0o555})
	var out bytes.Buffer
	if err := Initramfs(&out, files); err != nil {
		t.Fatal(err)
	}
	if out.Len()%4 != 0 {
		t.Errorf("length %d is no multiple of 4", out.Len())
	}
	names, headers, data := readCPIO(t, out.Bytes())
	if !slices.IsSorted(names) || len(names) != len(files)+4 { // d, dev, console, null
		t.Errorf("names: %q", names)
	}
	for _, f := range files {
		name := strings.TrimPrefix(f.Name, "/")
		h := headers[name]
		if h == nil || h.FileInfo().Mode() != f.Mode || !bytes.Equal(data[name], f.Data) || h.Uid != 0 || h.Guid != 0 {
			t.Errorf("%s: %+v, %q", name, h, data[name])
		}
	}
	for _, d := range []string{"d", "dev"} {
		if h := headers[d]; h == nil || h.FileInfo().Mode() != fs.ModeDir|0o755 {
			t.Errorf("folder %s: %+v", d, h)
		}
	}
}

// The independent reader leaves out the numbers of a device.
func TestInitramfsHasConsoleAndNull(t *testing.T) {
	var out bytes.Buffer
	if err := Initramfs(&out, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"dev/console": "00002180" + "|" + "00000005" + "00000001",
		"dev/null":    "000021b6" + "|" + "00000001" + "00000003",
	} {
		at := strings.Index(out.String(), name+"\x00")
		if at < 110 {
			t.Fatalf("%s is not there", name)
		}
		h := out.String()[at-110 : at]
		if got := h[14:22] + "|" + h[78:94]; h[:6] != "070701" || got != want {
			t.Errorf("%s: mode and device %s, want %s", name, got, want)
		}
	}
}

func TestInitramfsIsTheSameForTheSameFiles(t *testing.T) {
	a := []File{{Name: "b", Data: []byte("1")}, {Name: "a/c", Data: []byte("2")}, {Name: "a", Mode: fs.ModeDir | 0o700}}
	b := []File{a[2], a[0], a[1]}
	var x, y bytes.Buffer
	if err := errors.Join(Initramfs(&x, a), Initramfs(&y, b)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x.Bytes(), y.Bytes()) {
		t.Error("the order of the files shows in the archive")
	}
	_, headers, _ := readCPIO(t, x.Bytes())
	if m := headers["a"].FileInfo().Mode(); m != fs.ModeDir|0o700 {
		t.Errorf("a folder that was named has mode %v", m)
	}
}

func TestInitramfsRefusesWhatItCannotWrite(t *testing.T) {
	tests := map[string][]File{
		"no name":       {{Name: "/"}},
		"the trailer":   {{Name: "TRAILER!!!"}},
		"NUL in a name": {{Name: "a\x00b"}},
		"a name twice":  {{Name: "a"}, {Name: "./a"}},
		"below a file":  {{Name: "a"}, {Name: "a/b"}},
		"a symlink":     {{Name: "a", Mode: fs.ModeSymlink}},
		"folder's data": {{Name: "a", Mode: fs.ModeDir, Data: []byte("x")}},
		"own console":   {{Name: "dev/console"}},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			if err := Initramfs(io.Discard, files); err == nil {
				t.Error("no error")
			}
		})
	}
}

// Each write of the archive may be the one that fails.
func TestInitramfsTellsOfAFailedWrite(t *testing.T) {
	var whole bytes.Buffer
	files := []File{{Name: "init", Data: []byte("12345")}}
	if err := Initramfs(&whole, files); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		if err := Initramfs(&shortWriter{left: n}, files); !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

type shortWriter struct{ left int }

func (w *shortWriter) Write(b []byte) (int, error) {
	if len(b) > w.left {
		return 0, io.ErrShortWrite
	}
	w.left -= len(b)
	return len(b), nil
}

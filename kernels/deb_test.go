package kernels

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var compressions = []string{"", ".gz", ".xz", ".zst"}

// listDeb reads a package and returns its files.
func listDeb(b []byte) (control, map[string]string, error) {
	files := map[string]string{}
	ctl, err := readDeb(bytes.NewReader(b), func(name string, size int64, r io.Reader) error {
		if size > 64<<20 {
			return errors.New("more than a test holds")
		}
		content, err := io.ReadAll(r)
		if err == nil && int64(len(content)) != size {
			err = fmt.Errorf("%s: %d bytes, not %d", name, len(content), size)
		}
		files[name] = string(content)
		return err
	})
	return ctl, files, err
}

func TestPackagesOfEveryCompressionAreRead(t *testing.T) {
	for _, ext := range compressions {
		t.Run("data.tar"+ext, func(t *testing.T) {
			big := strings.Repeat("0123456789abcdef", 9000) // more than a chunk of LZMA2
			b := deb(t, "linux-image-1", "1-1", ext, entry{"./boot/x", []byte(big)}, entry{"./y", nil})
			ctl, files, err := listDeb(b)
			if err != nil {
				t.Fatal(err)
			}
			if (ctl != control{"linux-image-1", "1-1", "amd64"}) {
				t.Errorf("control: %+v", ctl)
			}
			if len(files) != 2 || files["./boot/x"] != big || files["./y"] != "" {
				t.Errorf("%d files", len(files))
			}
		})
	}
}

// dpkg-deb is the reference for what a package is.
func TestDpkgReadsTheFixtures(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg-deb")
	if err != nil {
		t.Skip("dpkg-deb is not installed")
	}
	for _, ext := range compressions {
		file := write(t, "x.deb", deb(t, "linux-image-1", "1-1", ext, kernelFiles()...))
		out, err := exec.Command(dpkg, "-c", file).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("boot/vmlinuz-"+testRelease)) {
			t.Errorf("%s: %v\n%s", ext, err, out)
		}
	}
}

func TestAPackageCutShortAnywhereIsAnError(t *testing.T) {
	for _, ext := range compressions {
		t.Run("data.tar"+ext, func(t *testing.T) {
			b := deb(t, "linux-image-1", "1-1", ext, entry{"./boot/x", []byte("content")}, entry{"./y", []byte("z")})
			whole, _, err := listDeb(b)
			if err != nil {
				t.Fatal(err)
			}
			step := 1
			if ext == "" {
				step = 7 // tar is mostly zeros
			}
			for n := 0; n < len(b); n += step {
				if _, _, err := listDeb(b[:n]); err == nil {
					t.Fatalf("no error after %d of %d bytes of %v", n, len(b), whole)
				}
			}
		})
	}
}

// A checksum covers the data in each of the compressed formats.
func TestAPackageWithAWrongByteIsAnErrorOrTheSame(t *testing.T) {
	for _, ext := range []string{".gz", ".xz", ".zst"} {
		t.Run("data.tar"+ext, func(t *testing.T) {
			b := deb(t, "linux-image-1", "1-1", ext, entry{"./boot/x", bytes.Repeat([]byte("content"), 50)})
			_, want, err := listDeb(b)
			if err != nil {
				t.Fatal(err)
			}
			for n := bytes.LastIndex(b, []byte("data.tar")) + 60; n < len(b); n++ {
				damaged := slices.Clone(b)
				damaged[n] ^= 0x55
				if _, got, err := listDeb(damaged); err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("byte %d of %d is wrong, and so is what was read", n, len(b))
				}
			}
		})
	}
}

func TestWhatIsNoPackageIsRefused(t *testing.T) {
	good := tarball(t, entry{"./control", []byte("Package: p\n")})
	tests := map[string][]byte{
		"empty":              {},
		"text":               []byte("hello, world, this is not an archive"),
		"only a magic":       []byte("!<arch>\n"),
		"another ar":         ar(entry{"x.o", []byte("12")}),
		"format 3":           ar(entry{"debian-binary", []byte("3.0\n")}, entry{"control.tar", good}, entry{"data.tar", good}),
		"no data":            ar(entry{"debian-binary", []byte("2.0\n")}, entry{"control.tar", good}),
		"data first":         ar(entry{"debian-binary", []byte("2.0\n")}, entry{"data.tar", good}, entry{"control.tar", good}),
		"no control file":    ar(entry{"debian-binary", []byte("2.0\n")}, entry{"control.tar", tarball(t)}, entry{"data.tar", good}),
		"unknown format":     ar(entry{"debian-binary", []byte("2.0\n")}, entry{"control.tar.lz9", good}, entry{"data.tar", good}),
		"negative size":      []byte("!<arch>\ndebian-binary   0           0     0     100644  -4        `\n2.0\n"),
		"size of 9 GB":       []byte("!<arch>\ndebian-binary   0           0     0     100644  9999999999`\n2.0\n"),
		"no end of a header": []byte("!<arch>\ndebian-binary   0           0     0     100644  4         ??2.0\n"),
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			if _, files, err := listDeb(b); err == nil {
				t.Errorf("no error; files %v", files)
			}
		})
	}
}

// What is small outside may be huge inside.
func TestArchivesThatExplodeAreBounded(t *testing.T) {
	huge := make([]byte, maxControl+1<<20)
	bomb := packed(t, ".zst", tarball(t, entry{"./x", huge}, entry{"./control", []byte("Package: p\n")}))
	if len(bomb) > 1<<16 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	t.Run("control", func(t *testing.T) {
		b := ar(entry{"debian-binary", []byte("2.0\n")}, entry{"control.tar.zst", bomb}, entry{"data.tar", tarball(t)})
		if _, _, err := listDeb(b); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("data", func(t *testing.T) {
		var n int64
		err := readTar(bytes.NewReader(bomb), ".zst", 1<<20, func(_ string, _ int64, r io.Reader) error {
			var err error
			n, err = io.Copy(io.Discard, r)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "more than") || n > 1<<20 {
			t.Errorf("%d bytes, error %v", n, err)
		}
	})
	t.Run("files", func(t *testing.T) {
		one := tarball(t, entry{"./x", nil})[:512]
		err := readTar(bytes.NewReader(bytes.Repeat(one, maxPackageFiles+1)), "", maxPackageBytes, func(string, int64, io.Reader) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("xz dictionary", func(t *testing.T) {
		b := xzStored([]byte("x"))
		b[16] = 40 // 4 GiB (xz-file-format 5.3.1); the header's checksum is right
		copy(b[20:], packedSum(b[12:20]))
		if _, err := readModuleFrom(bytes.NewReader(b), ".xz"); err == nil {
			t.Error("a dictionary of 4 GiB was accepted")
		}
	})
}

// Names in a package come from whoever made it.
func TestFilesOfAPackageStayInTheirFolder(t *testing.T) {
	lib := "./lib/modules/" + testRelease
	hostile := []entry{
		{"../../../escape.ko", module("name=escape")},
		{lib + "/../../../../escape.ko", module("name=escape")},
		{"/etc/escape.ko", module("name=escape")},
		{"./boot/vmlinuz-../../escape", image("x")},
		{lib + "/kernel/.ko", module()},
		{lib + "/kernel/a b.ko", module()},
	}
	files := append(kernelFiles(), hostile...)
	dir := t.TempDir()
	u := &unpacked{dir: dir + "/in", modules: map[string]string{}}
	if err := os.MkdirAll(dir+"/in/"+entryModules, 0o755); err != nil {
		t.Fatal(err)
	}
	file := write(t, "x.deb", deb(t, "linux-image-"+testRelease, "1", ".gz", files...))
	if err := u.unpack(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); !slices.Equal(got, []string{
		"in/config", "in/modules/8021q.ko", "in/modules/garp.ko", "in/modules/llc.ko", "in/modules/modules.builtin",
		"in/modules/mrp.ko", "in/modules/soundcore.ko", "in/modules/stp.ko", "in/vmlinuz",
	}) {
		t.Errorf("files: %q", got)
	}
}

func FuzzReadDeb(f *testing.F) {
	for _, ext := range compressions {
		f.Add(deb(f, "linux-image-1", "1", ext, entry{"./boot/x", []byte("content")}))
	}
	for _, b := range hostile(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ctl, _, err := listDeb(b)
		if err == nil && ctl.Package == "" {
			t.Error("a package without a name")
		}
		if errors.Is(err, io.EOF) {
			t.Errorf("an end in the middle is told as one: %v", err)
		}
	})
}

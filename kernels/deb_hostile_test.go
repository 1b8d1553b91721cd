package kernels

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// odd is a tar archive of one entry that is no regular file, each with the name of
// one that is looked for.
func odd(t testing.TB, h tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&h); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sparse is a tar archive of one file that says to have so many bytes, of which one
// is in the archive (GNU tar's format 0.1: pax records in front of it).
func sparse(t testing.TB, name string, size int64) []byte {
	t.Helper()
	var records string
	for _, r := range []string{"GNU.sparse.major=0", "GNU.sparse.minor=1", "GNU.sparse.numblocks=1", "GNU.sparse.map=0,1", fmt.Sprintf("GNU.sparse.size=%d", size)} {
		n := len(r) + 4 // two digits, a space, a newline
		records += fmt.Sprintf("%02d %s\n", n, r)
	}
	// Package tar writes no such records: they go in as a file whose type is changed.
	head := tarball(t, entry{"pax", []byte(records)})[:1024]
	head[156] = tar.TypeXHeader
	copy(head[148:156], "        ")
	sum := 0
	for _, c := range head[:512] {
		sum += int(c)
	}
	copy(head[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return append(head, tarball(t, entry{name, []byte("x")})...)
}

// hostile are packages that lead elsewhere, or to more than they hold.
func hostile(t testing.TB) map[string][]byte {
	t.Helper()
	lib := "./lib/modules/" + testRelease
	control := tarball(t, entry{"./control", []byte("Package: linux-image-" + testRelease + "\nVersion: 1\n")})
	out := map[string][]byte{}
	for name, data := range map[string][]byte{
		"symlink as image":    odd(t, tar.Header{Name: "./boot/vmlinuz-" + testRelease, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}),
		"hard link as image":  odd(t, tar.Header{Name: "./boot/vmlinuz-" + testRelease, Typeflag: tar.TypeLink, Linkname: "../../../etc/passwd"}),
		"device as image":     odd(t, tar.Header{Name: "./boot/vmlinuz-" + testRelease, Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5}),
		"disk as module":      odd(t, tar.Header{Name: lib + "/kernel/x.ko", Typeflag: tar.TypeBlock, Devmajor: 8}),
		"pipe as module":      odd(t, tar.Header{Name: lib + "/kernel/x.ko", Typeflag: tar.TypeFifo}),
		"folder as module":    odd(t, tar.Header{Name: lib + "/kernel/x.ko/", Typeflag: tar.TypeDir, Mode: 0o755}),
		"link to the root":    odd(t, tar.Header{Name: lib + "/kernel", Typeflag: tar.TypeSymlink, Linkname: "/"}),
		"sparse of 1 TiB":     sparse(t, lib+"/kernel/x.ko", 1<<40),
		"sparse of all bytes": sparse(t, lib+"/kernel/x.ko", 1<<63-1),
	} {
		out[name] = ar(entry{"debian-binary", []byte("2.0\n")}, entry{"control.tar", control}, entry{"data.tar", data})
	}
	return out
}

// TestHostilePackagesLeaveNothing: neither a link nor a device, nor a file that is
// larger than what is in the package.
func TestHostilePackagesLeaveNothing(t *testing.T) {
	for name, b := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, entryModules), 0o755); err != nil {
				t.Fatal(err)
			}
			u := &unpacked{dir: dir, modules: map[string]string{}}
			err := u.unpack(t.Context(), write(t, "x.deb", b))
			if large := strings.HasPrefix(name, "sparse"); large != (err != nil && strings.Contains(err.Error(), "files of more than")) || !large && err != nil {
				t.Errorf("the error is %v", err)
			}
			if got := tree(t, dir); len(got) > 0 {
				t.Errorf("files: %q", got)
			}
		})
	}
}

// TestPackagesOfAnEntryAreBoundedTogether, also where each is small.
func TestPackagesOfAnEntryAreBoundedTogether(t *testing.T) {
	u := &unpacked{dir: t.TempDir(), modules: map[string]string{}, size: maxPackageBytes - 10}
	if err := u.file("boot/config-1", 10, strings.NewReader("0123456789")); err != nil {
		t.Fatal(err)
	}
	if err := u.file("boot/vmlinuz-1", 10, strings.NewReader("0123456789")); err == nil || !strings.Contains(err.Error(), "unpack to more than") {
		t.Errorf("the error is %v", err)
	}
	if info, err := os.Stat(filepath.Join(u.dir, entryImage)); err != nil || info.Size() > 1 {
		t.Errorf("%v, %v", info, err)
	}
}

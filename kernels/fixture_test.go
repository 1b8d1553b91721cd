package kernels

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// image is the least that is an x86 image of a release: a boot header that says
// how long it is, the release, and a filling.
func image(release string) []byte {
	b := make([]byte, 2*512+16*64)
	b[0x1f1] = 1                                  // setup_sects
	binary.LittleEndian.PutUint32(b[0x1f4:], 64)  // syssize, in 16 bytes
	copy(b[0x202:], "HdrS")                       // magic
	binary.LittleEndian.PutUint16(b[0x20e:], 256) // kernel_version - 0x200
	copy(b[0x300:], release+" (builder@host) #1 SMP\x00")
	return b
}

// module is the least that is a module: an ELF file with a .modinfo section.
func module(info ...string) []byte {
	var modinfo []byte
	for _, s := range info {
		modinfo = append(append(modinfo, s...), 0)
	}
	names := []byte("\x00.modinfo\x00.shstrtab\x00")
	const header, section = 64, 64
	at := header + len(modinfo) + len(names)
	var b bytes.Buffer
	b.WriteString("\x7fELF\x02\x01\x01" + string(make([]byte, 9)))
	le := func(values ...any) {
		for _, v := range values {
			if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
	}
	// type REL, machine x86-64, version, entry, phoff, shoff, flags, sizes
	le(uint16(1), uint16(62), uint32(1), uint64(0), uint64(0), uint64(at), uint32(0),
		uint16(header), uint16(0), uint16(0), uint16(section), uint16(3), uint16(2))
	b.Write(modinfo)
	b.Write(names)
	b.Write(make([]byte, section)) // section 0: none
	row := func(name, kind uint32, offset, size int) {
		le(name, kind, uint64(0), uint64(0), uint64(offset), uint64(size), uint32(0), uint32(0), uint64(1), uint64(0))
	}
	row(1, 1, header, len(modinfo))             // PROGBITS
	row(10, 3, header+len(modinfo), len(names)) // STRTAB
	return b.Bytes()
}

// packed compresses b as the extension says.
func packed(t testing.TB, ext string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	switch ext {
	case "":
		return b
	case ".gz":
		w := gzip.NewWriter(&out)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	case ".zst":
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(b, nil)
	case ".xz":
		return xzStored(b)
	}
	t.Fatalf("no compressor for %q", ext)
	return nil
}

// xzStored writes the .xz format (tukaani.org/xz/xz-file-format.txt) with LZMA2
// chunks that are stored, not compressed.
func xzStored(b []byte) []byte {
	sum := packedSum
	align := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	flags := []byte{0, 1} // checksum: CRC32
	out := append([]byte("\xfd7zXZ\x00"), flags...)
	out = append(out, sum(flags)...)
	// block header: 12 bytes, one filter: LZMA2 (0x21), 4 KiB dictionary (0)
	head := align([]byte{2, 0, 0x21, 1, 0})
	block := append(head, sum(head)...)
	for rest, control := b, byte(1); len(rest) > 0; control = 2 {
		n := min(len(rest), 1<<16)
		block = append(block, control, byte((n-1)>>8), byte(n-1))
		block = append(block, rest[:n]...)
		rest = rest[n:]
	}
	block = append(block, 0) // end of LZMA2
	unpadded := len(block) + 4
	block = append(align(block), sum(b)...)
	out = append(out, block...)
	index := []byte{0, 1}
	index = binary.AppendUvarint(index, uint64(unpadded))
	index = binary.AppendUvarint(index, uint64(len(b)))
	index = align(index)
	index = append(index, sum(index)...)
	out = append(out, index...)
	tail := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	tail = append(tail, flags...)
	return append(append(append(out, sum(tail)...), tail...), "YZ"...)
}

// entry is one file of a tar archive.
type entry struct {
	name string
	data []byte
}

func tarball(t testing.TB, files ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.data)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// ar writes members of the common ar format.
func ar(members ...entry) []byte {
	out := []byte("!<arch>\n")
	for _, m := range members {
		out = fmt.Appendf(out, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.name, 0, 0, 0, 0o100644, len(m.data))
		out = append(out, m.data...)
		if len(m.data)%2 == 1 {
			out = append(out, '\n')
		}
	}
	return out
}

// deb is a Debian package with these files, its data compressed as ext says.
func deb(t testing.TB, name, version, ext string, files ...entry) []byte {
	t.Helper()
	about := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nDescription: x\n .\n Package: y\n", name, version)
	return ar(
		entry{"debian-binary", []byte("2.0\n")},
		entry{"control.tar" + ext, packed(t, ext, tarball(t, entry{"./control", []byte(about)}))},
		entry{"data.tar" + ext, packed(t, ext, tarball(t, files...))})
}

const testRelease = "6.1.0-7-cloud-amd64"

// kernelFiles are the files of a small kernel: VLAN devices with all that they
// stand on, and a module that nobody asks for.
func kernelFiles() []entry {
	lib := "./lib/modules/" + testRelease + "/"
	return []entry{
		{"./boot/vmlinuz-" + testRelease, image(testRelease)},
		{"./boot/config-" + testRelease, []byte("CONFIG_VLAN_8021Q=m\nCONFIG_PACKET=y\n")},
		{lib + "modules.builtin", []byte("kernel/net/packet/af_packet.ko\nkernel/net/ipv6/ipv6.ko\n")},
		{lib + "kernel/net/802/garp.ko", module("depends=stp,llc", "name=garp")},
		{lib + "kernel/net/802/mrp.ko", module("depends=", "name=mrp")},
		{lib + "kernel/net/802/stp.ko", module("depends=llc", "name=stp")},
		{lib + "kernel/net/8021q/8021q.ko", module("depends=garp,mrp", "name=8021q")},
		{lib + "kernel/net/llc/llc.ko", module("depends=", "name=llc")},
		{lib + "kernel/sound/soundcore.ko", module("depends=", "name=soundcore")},
	}
}

// write puts b into a file of a new folder and returns its path.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	writeTo(t, file, b)
	return file
}

func writeTo(t testing.TB, file string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// packedSum is the CRC32 that xz puts behind its headers.
func packedSum(b []byte) []byte { return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)) }

// tree lists the files below a folder.
func tree(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

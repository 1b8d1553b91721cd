package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
)

const (
	packageRelease = "6.1.0-7-cloud-amd64"
	packageVersion = "6.1.7-1"
)

// kernelPackage is the least that is a Debian package of a kernel: an image
// that tells its release, a configuration, and no modules beside those builtin.
// It is written in memory, which cannot fail; a mistake is found by its readers.
func kernelPackage() []byte {
	lib := "./lib/modules/" + packageRelease + "/"
	return ar(
		file{"debian-binary", []byte("2.0\n")},
		file{"control.tar.gz", tarball(file{"./control", fmt.Appendf(nil, "Package: linux-image-%s\nVersion: %s\nArchitecture: amd64\n", packageRelease, packageVersion)})},
		file{"data.tar.gz", tarball(
			file{"./boot/vmlinuz-" + packageRelease, bootImage(packageRelease)},
			file{"./boot/config-" + packageRelease, []byte("CONFIG_PACKET=y\n")},
			file{lib + "modules.builtin", []byte("kernel/net/packet/af_packet.ko\n")},
		)})
}

type file struct {
	name string
	data []byte
}

// bootImage is the header of an x86 image, and a filling
// (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
func bootImage(release string) []byte {
	b := make([]byte, 2*512+16*64)
	b[0x1f1] = 1                                  // setup_sects
	binary.LittleEndian.PutUint32(b[0x1f4:], 64)  // syssize, in 16 bytes
	copy(b[0x202:], "HdrS")                       // magic
	binary.LittleEndian.PutUint16(b[0x20e:], 256) // kernel_version - 0x200
	copy(b[0x300:], release+" (builder@host) #1 SMP\x00")
	return b
}

func tarball(files ...file) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, f := range files {
		_ = w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.data)), Mode: 0o644})
		_, _ = w.Write(f.data)
	}
	_ = w.Close()
	_ = z.Close()
	return out.Bytes()
}

// ar writes members of the common ar format (ar(5)).
func ar(members ...file) []byte {
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

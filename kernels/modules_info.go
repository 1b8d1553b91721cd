package kernels

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"

	"netverify/internal/input"
)

// maxModule bounds a decompressed module: far above the largest of a
// distribution (amdgpu with debug information stripped is about 30 MB).
const maxModule = 256 << 20

// readModule returns a module's file decompressed.
func readModule(file string) ([]byte, error) {
	f, err := input.OpenRegular(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readModuleFrom(f, path.Ext(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, nil
}

func readModuleFrom(f io.Reader, ext string) ([]byte, error) {
	r, err := decompress(f, ext)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxModule+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("cut short")
	case err != nil:
		return nil, err
	case len(b) > maxModule:
		return nil, fmt.Errorf("larger than %d bytes decompressed", maxModule)
	}
	return b, nil
}

// decompress reads what a file of that extension holds. Memory is bounded by
// the formats' dictionaries: 128 MiB at the most (linux's modules: 2 MiB,
// Debian's packages: 64 MiB).
func decompress(r io.Reader, ext string) (io.ReadCloser, error) {
	const maxDictionary = 128 << 20
	switch ext {
	case ".xz":
		x, err := xz.NewReader(r, maxDictionary)
		if err != nil {
			return nil, fmt.Errorf("xz: %w", err)
		}
		return io.NopCloser(x), nil
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDictionary), zstd.WithDecoderMaxWindow(maxDictionary))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return z.IOReadCloser(), nil
	case ".gz":
		return gzip.NewReader(r)
	case "", ".ko":
		return io.NopCloser(r), nil
	}
	return nil, fmt.Errorf("no known compression: %s", ext)
}

// moduleInfo is a module's .modinfo section: key=value strings (modinfo(8)).
type moduleInfo []string

// values of a key, in their order.
func (i moduleInfo) values(key string) []string {
	var out []string
	for _, s := range i {
		if v, ok := strings.CutPrefix(s, key+"="); ok {
			out = append(out, v)
		}
	}
	return out
}

// dependencies are what modpost and MODULE_SOFTDEP wrote: "depends=a,b" and
// "softdep=pre: a b post: c". A weakdep (6.12) asks for nothing to be loaded.
func (i moduleInfo) dependencies() dependencies {
	var d dependencies
	for _, v := range i.values("depends") {
		for name := range strings.SplitSeq(v, ",") {
			if name = moduleName(name); isModuleName(name) {
				d.hard = append(d.hard, name)
			}
		}
	}
	for _, v := range i.values("softdep") {
		d.addSoft(strings.Fields(v))
	}
	return d
}

// addSoft reads the words of a softdep.
func (d *dependencies) addSoft(words []string) {
	to := &d.pre
	for _, w := range words {
		switch w {
		case "pre:":
			to = &d.pre
		case "post:":
			to = &d.post
		default:
			if name := moduleName(w); isModuleName(name) {
				*to = append(*to, name)
			}
		}
	}
}

// modinfo reads the .modinfo section of a decompressed module.
func modinfo(ko []byte) (info moduleInfo, err error) {
	f, err := elf.NewFile(bytes.NewReader(ko))
	if err != nil {
		return nil, fmt.Errorf("not a module, or damaged: %w", err)
	}
	s := f.Section(".modinfo")
	if s == nil {
		return nil, errors.New("no .modinfo section: not a module")
	}
	b, err := s.Data()
	if err != nil {
		return nil, fmt.Errorf("section .modinfo: %w", err)
	}
	for v := range strings.SplitSeq(string(b), "\x00") {
		if v != "" {
			info = append(info, v)
		}
	}
	return info, nil
}

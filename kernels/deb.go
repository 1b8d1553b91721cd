package kernels

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Bounds on what a package may make of itself. Debian's largest (linux-image
// with all drivers) unpacks to 0.5 GB in 5,000 files; of those that an entry is
// made of all are counted together, with the modules that are decompressed.
const (
	maxPackageBytes = 2 << 30
	maxPackageFiles = 100_000
	maxControl      = 4 << 20
)

// control holds the fields of a package's control file that matter here.
type control struct {
	Package, Version, Architecture string
}

// release is the kernel release in a package's name: "7.2.12+deb13-amd64" of
// linux-binary-7.2.12+deb13-amd64. "" if it is no package of a kernel's.
func (c control) release() string {
	for _, prefix := range []string{"linux-image-unsigned-", "linux-image-", "linux-binary-", "linux-modules-", "linux-base-"} {
		if r, ok := strings.CutPrefix(c.Package, prefix); ok {
			return strings.TrimSuffix(r, "-unsigned")
		}
	}
	return ""
}

// readDeb reads a Debian package (deb(5)) as a stream and gives each regular
// file of its data to file, which need not read it. The package is read to its
// end, so that one that is cut short or damaged anywhere is an error.
func readDeb(r io.Reader, file func(name string, size int64, r io.Reader) error) (control, error) {
	var ctl control
	members := 0
	err := readAr(r, func(name string, r io.Reader) error {
		members++
		base, ext := name, ""
		if i := strings.Index(name, ".tar"); i >= 0 {
			base, ext = name[:i], name[i+len(".tar"):]
		}
		switch {
		case members == 1:
			b, err := io.ReadAll(io.LimitReader(r, 16))
			if err == nil && (name != "debian-binary" || !strings.HasPrefix(string(b), "2.")) {
				err = errors.New("not a Debian package of format 2")
			}
			return err
		case base == "control" && members == 2:
			return readTar(r, ext, maxControl, func(name string, size int64, r io.Reader) error {
				if path.Clean(name) != "control" {
					return nil
				}
				var err error
				ctl, err = readControl(r)
				return err
			})
		case base == "data" && members == 3:
			return readTar(r, ext, maxPackageBytes, file)
		case members <= 3:
			return fmt.Errorf("member %q where %s belongs", name, []string{"", "control.tar", "data.tar"}[members-1])
		}
		return nil // later members are for others: signatures
	})
	if err == nil && members < 3 {
		err = errors.New("cut short: no data in it")
	}
	if err == nil && ctl.Package == "" {
		err = errors.New("its control file names no package")
	}
	return ctl, err
}

// readAr reads the common ar format: a magic line, then members of
//
//	name[16] mtime[12] uid[6] gid[6] mode[8] size[10] "`\n"
//
// and their content, each padded to an even length.
func readAr(r io.Reader, member func(name string, r io.Reader) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	magic := make([]byte, 8)
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != "!<arch>\n" {
		return errors.New("not a Debian package (no ar archive)")
	}
	for {
		var head [60]byte
		switch _, err := io.ReadFull(in, head[:]); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return cut(err)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(head[48:58])), 10, 64)
		if err != nil || size < 0 || string(head[58:]) != "`\n" {
			return errors.New("damaged: a member's header is none")
		}
		name := strings.TrimSuffix(strings.TrimSpace(string(head[:16])), "/")
		body := &io.LimitedReader{R: in, N: size}
		if err := member(name, body); err != nil {
			if body.N > 0 {
				if _, end := in.Peek(1); errors.Is(end, io.EOF) {
					err = cut(io.ErrUnexpectedEOF)
				}
			}
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		if body.N > 0 {
			return fmt.Errorf("%s: %w", name, cut(io.ErrUnexpectedEOF))
		}
		if _, err := in.Discard(int(size & 1)); err != nil {
			return cut(io.ErrUnexpectedEOF)
		}
	}
}

var errCut = errors.New("cut short")

// cut says what an end in the middle means.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}

// readTar gives each regular file of a compressed tar archive to file, and reads
// to the archive's end, where xz and zstd have their checksums.
func readTar(r io.Reader, ext string, limit int64, file func(name string, size int64, r io.Reader) error) error {
	z, err := decompress(r, ext)
	if err != nil {
		return cut(err)
	}
	defer z.Close()
	bounded := &io.LimitedReader{R: z, N: limit}
	t := tar.NewReader(bounded)
	var size int64 // of the files, which in a sparse one has nothing to do with what is in the archive
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && n >= maxPackageFiles {
			err = fmt.Errorf("more than %d files", maxPackageFiles)
		}
		if err == nil && h.Typeflag == tar.TypeReg {
			if size += min(h.Size, limit+1); size > limit {
				return fmt.Errorf("files of more than %d bytes", limit)
			}
			err = file(h.Name, h.Size, t)
		}
		switch {
		case err != nil && bounded.N == 0:
			return fmt.Errorf("more than %d bytes decompressed", limit)
		case err != nil:
			return cut(err)
		}
	}
	if _, err := io.Copy(io.Discard, bounded); err != nil {
		return cut(err)
	}
	if bounded.N == 0 {
		return fmt.Errorf("more than %d bytes decompressed", limit)
	}
	return nil
}

// readControl reads the fields of a control file (deb-control(5)).
func readControl(r io.Reader) (control, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxControl))
	if err != nil {
		return control{}, cut(err)
	}
	var c control
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Package":
			c.Package = value
		case "Version":
			c.Version = value
		case "Architecture":
			c.Architecture = value
		}
	}
	return c, nil
}

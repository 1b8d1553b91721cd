package main

import (
	"bytes"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netverify/capture/pcapng"
	"netverify/internal/input"
	"netverify/internal/sshsig"
	"netverify/report"
)

// reading are the flags of the verbs that read evidence: how much of it is held,
// and whose it has to be.
type reading struct {
	limitText string
	keyFiles  []string

	limit int64       // bytes of memory
	keys  sshsig.Keys // nil: nobody asked for signatures
	tell  func(string)
	heads map[string]capture // pipes, which can be read only once
}

// capture is a file that was read.
type capture struct {
	*pcapng.File
	err       error
	signature *report.Signature // nil: nobody asked
}

func (r *reading) define(fs *pflag.FlagSet) {
	fs.StringVar(&r.limitText, "limit", pcapng.Size(pcapng.DefaultLimit), "memory that what is held of a capture file may take, in bytes or with KiB, MiB, GiB; reading stops there, and the verdict says so")
	fs.StringArrayVar(&r.keyFiles, "verify", nil, "believe only evidence that the owner of one of the public keys in this `FILE` (KEY.pub, or an allowed signers file) has signed; FILE.sig stands beside each. May be given several times")
}

// check reads the flags, before any evidence is.
func (r *reading) check(c *cobra.Command) error {
	r.tell = func(text string) { c.PrintErrln("netverify:", text) }
	var err error
	if r.limit, err = parseSize(r.limitText); err != nil {
		return fmt.Errorf("--limit %s: %w", r.limitText, err)
	}
	// main lets a run take memory rather than time. What reads files of strangers keeps
	// to what it promises: near the limit garbage is collected more often.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(100)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(r.limit, leastMemory))
	}
	for _, name := range r.keyFiles {
		text, err := input.ReadFile(name, sshsig.MaxBytes)
		if err != nil {
			return fmt.Errorf("--verify: %w", err)
		}
		keys, err := sshsig.ParseKeys(text)
		if err != nil {
			return fmt.Errorf("--verify %s: %w", name, err)
		}
		r.keys = append(r.keys, keys...)
	}
	return nil
}

// leastMemory is what the program takes anyway, bytes: below it nothing would be won
// by collecting garbage.
const leastMemory = 128 << 20

// parseSize reads a number of bytes, "1048576" or "512MiB".
func parseSize(text string) (int64, error) {
	unit := int64(1)
	number := text
	for suffix, n := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = rest, n
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > 1<<60/unit {
		return 0, errors.New("want a number of bytes, as in 1048576, 512MiB or 2GiB")
	}
	return n * unit, nil
}

// read reads a capture, and verifies it where that was asked for: what is
// verified are the very bytes that are judged. The error is that of the machine,
// which cannot read it; what is wrong inside is in the capture.
func (r *reading) read(name string, o pcapng.ReadOptions) (c capture, err error) {
	if c, ok := r.heads[name]; ok {
		return c, nil
	}
	f, err := input.Open(name, r.tell)
	if err != nil {
		return c, err
	}
	defer f.Close()
	sum := sha512.New()
	var source io.Reader = f
	if r.keys != nil {
		source = io.TeeReader(f, sum)
	}
	c.File, c.err = pcapng.ReadWith(source, o)
	if path := (*fs.PathError)(nil); errors.As(c.err, &path) {
		return c, c.err
	}
	if c.err != nil {
		c.err = fmt.Errorf("%s: %w", name, c.err)
	}
	if r.keys != nil {
		if _, err := io.Copy(sum, f); err != nil { // what stands behind the place where reading ended
			return c, err
		}
		c.signature = r.verified(name, sshsig.Sum(sum.Sum(nil)))
	}
	return c, nil
}

// verified looks for the signature of a file with this sum.
func (r *reading) verified(name string, sum sshsig.Sum) *report.Signature {
	s := &report.Signature{State: report.Unverified}
	text, err := input.ReadFile(name+sshsig.Suffix, sshsig.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("it is not signed: there is no %s", name+sshsig.Suffix)
	}
	if err == nil {
		var by sshsig.Key
		if by, err = r.keys.Verify(sum, text); err == nil {
			s.State, s.Key = report.Verified, by.Fingerprint()
			return s
		}
	}
	s.Reason = err.Error()
	return s
}

// budget is new memory to hold captures in.
func (r *reading) budget() *pcapng.Budget { return pcapng.NewBudget(r.limit) }

// native tells whether a file says that netverify has written it. What can be
// read only once is kept for the judge.
func (r *reading) native(name string) (bool, error) {
	o := pcapng.ReadOptions{Head: true}
	info, err := os.Stat(name)
	once := name == input.Stdin || err == nil && !info.Mode().IsRegular()
	if once {
		o = pcapng.ReadOptions{Budget: r.budget()}
	}
	c, err := (&reading{tell: r.tell, keys: keysIf(once, r.keys)}).read(name, o)
	if err != nil {
		return false, err
	}
	if once {
		if r.heads == nil {
			r.heads = map[string]capture{}
		}
		r.heads[name] = c
	}
	return len(c.Sections) == 0 || c.Sections[0].Announced, nil
}

func keysIf(wanted bool, keys sshsig.Keys) sshsig.Keys {
	if wanted {
		return keys
	}
	return nil
}

// text reads a file of a report, and verifies it where that was asked for.
func (r *reading) text(name string) ([]byte, error) {
	f, err := input.Open(name, r.tell)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, r.limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > r.limit {
		return nil, fmt.Errorf("%s: more than the limit of %s (--limit)", name, pcapng.Size(r.limit))
	}
	if r.keys != nil {
		if s := r.verified(name, sha512.Sum512(text)); s.State != report.Verified {
			return nil, fmt.Errorf("%s: %s", name, s.Reason)
		}
	}
	return bytes.TrimSpace(text), nil
}

// found is what an argument names: evidence, and what has its name and is none.
type found struct {
	files []foundFile
	odd   []string
}

// foundFile is a file below a folder that reports name.
type foundFile struct{ dir, name string }

func (f foundFile) path() string {
	if f.name == input.Stdin {
		return f.name
	}
	return filepath.Join(f.dir, f.name)
}

// find finds the evidence below a folder, or the one file. To open a FIFO or a
// device in a folder would wait for somebody, or never end.
func find(arg string) (found, error) {
	var all found
	if arg == input.Stdin {
		return found{files: []foundFile{{name: arg}}}, nil
	}
	info, err := os.Stat(arg)
	if err != nil {
		return all, err
	}
	if !info.IsDir() {
		return found{files: []foundFile{{filepath.Dir(arg), filepath.Base(arg)}}}, nil
	}
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !captureFile.MatchString(path) {
			return err
		}
		name, err := filepath.Rel(arg, path)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			all.odd = append(all.odd, filepath.ToSlash(name)+" is a link to a folder")
		case !info.Mode().IsRegular():
			all.odd = append(all.odd, filepath.ToSlash(name)+" is "+input.Odd(info.Mode()))
		default:
			all.files = append(all.files, foundFile{arg, name})
		}
		return nil
	})
	if err == nil && len(all.files) == 0 {
		err = fmt.Errorf("%s: no evidence (*.pcapng, *.pcapng.gz) below this folder%s", arg, all.leftOut("; "))
	}
	return all, err
}

// leftOut says what was not read in a folder; "" where all was.
func (f found) leftOut(before string) string {
	if len(f.odd) == 0 {
		return ""
	}
	const most = 3
	text := fmt.Sprintf("%s%d of the names are not those of files, and were not opened: %s", before, len(f.odd), strings.Join(f.odd[:min(most, len(f.odd))], ", "))
	if more := len(f.odd) - most; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// trouble is leftOut for the report.
func (f found) trouble(arg string) []string {
	if text := f.leftOut(arg + ": "); text != "" {
		return []string{text}
	}
	return nil
}

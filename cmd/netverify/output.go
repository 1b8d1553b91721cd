package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netverify/capture/pcapng"
	"netverify/internal/plain"
	"netverify/report"
)

// outputFlags are those of every verb that has a report: what goes to standard
// output, and which files are written besides.
type outputFlags struct {
	format  string
	reports []string // FILE or FORMAT:FILE
	json    string   // FILE or "-"
	require bool
	bisect  bool // of run: the exit status is for git bisect

	stdout report.Format // as check found it
	files  []reportFile

	recordings report.Recordings // how the evidence is read for reports that show frames; nil: without limits of the user's own
}

// reportFile is a file that a report is written to.
type reportFile struct {
	name   string
	format report.Format
}

func (o *outputFlags) define(fs *pflag.FlagSet) {
	var names, extensions []string
	for _, f := range report.Formats() {
		names = append(names, f.Name)
		extensions = append(extensions, f.Extensions...)
	}
	fs.StringVar(&o.format, "format", "text", "what goes to standard output: "+strings.Join(names, ", ")+"; where it is not text, the text goes to standard error")
	fs.StringArrayVar(&o.reports, "report", nil, "write the report to this `FILE` as well, in the format of its extension ("+strings.Join(extensions, " ")+"), or FORMAT:FILE. May be given several times")
	fs.StringVar(&o.json, "json", "", "short for --report json:`FILE`; '-' for --format json")
	fs.BoolVar(&o.require, "require", false, "a skipped scenario counts as not shown: exit status 3")
}

// check finds the formats, before anything is run.
func (o *outputFlags) check() (err error) {
	name, reports := o.format, o.reports
	switch {
	case o.json == "-" && o.format != "text" && o.format != "json":
		return fmt.Errorf("--json - and --format %s: standard output has room for one; write the other with --report FILE", o.format)
	case o.json == "-":
		name = "json"
	case o.json != "":
		reports = append(append([]string{}, reports...), "json:"+o.json)
	}
	if o.stdout, err = report.FormatNamed(name); err != nil {
		return fmt.Errorf("--format: %w", err)
	}
	o.files = nil
	taken := map[string]bool{}
	for _, spec := range reports {
		f, err := fileOf(spec)
		if err != nil {
			return fmt.Errorf("--report %s: %w", spec, err)
		}
		if taken[filepath.Clean(f.name)] {
			return fmt.Errorf("--report %s: the file is written already", spec)
		}
		taken[filepath.Clean(f.name)] = true
		o.files = append(o.files, f)
	}
	return nil
}

// formatPrefix is what may be a format's name before a file's. Of a file named
// so, "./" keeps it apart.
var formatPrefix = regexp.MustCompile(`^([a-zA-Z]+):(.*)$`)

// fileOf reads FILE or FORMAT:FILE.
func fileOf(spec string) (f reportFile, err error) {
	f.name = spec
	m := formatPrefix.FindStringSubmatch(spec)
	if m != nil {
		f.name = m[2]
	}
	switch {
	case f.name == "":
		return f, errors.New("which file?")
	case f.name == "-":
		return f, errors.New("what goes to standard output is said by --format; a file of this name is ./-")
	case m != nil:
		f.format, err = report.FormatNamed(m[1])
	default:
		f.format, err = report.FormatOf(f.name)
	}
	return f, err
}

// write renders the report to standard output and to each file, and returns the
// exit status that the report stands for. What cannot be written must not hide
// a failure.
func (o *outputFlags) write(c *cobra.Command, rep report.Report) error {
	err := o.render(c, rep)
	code, unshown := report.ExitCode(rep, o.require), report.ExitInconclusive
	if o.bisect {
		code, unshown = report.BisectCode(rep, o.require), report.BisectSkip
	}
	if err != nil {
		fmt.Fprintln(c.ErrOrStderr(), "netverify: the report could not be written:", plain.Line(strings.Join(lines(err), "; ")))
		if code == report.ExitPass {
			code = unshown
		}
	}
	if code != report.ExitPass {
		return status(code)
	}
	return nil
}

// render writes all that was asked for; what fails does not keep the rest from
// being written. The files come first: once a reader sees the verdicts they are there.
func (o *outputFlags) render(c *cobra.Command, rep report.Report) (err error) {
	var written []string
	for _, f := range o.files {
		if e := f.write(rep, o.options); e != nil {
			err = errors.Join(err, e)
		} else if f.format.Name != "github" {
			written = append(written, f.name)
		}
	}
	to := func(w io.Writer, f report.Format) {
		opt := o.options(w)
		opt.Files = written
		err = errors.Join(err, f.Write(w, rep, opt))
	}
	to(c.OutOrStdout(), o.stdout)
	if o.stdout.Name != "text" {
		to(c.ErrOrStderr(), textFormat)
	}
	return err
}

var textFormat = report.Format{Name: "text", Write: report.Text}

// options are those of a renderer that writes to w.
func (o *outputFlags) options(w io.Writer) report.Options {
	opt := options(w)
	if opt.Recordings = o.recordings; opt.Recordings == nil {
		opt.Recordings = (&reading{limit: pcapng.DefaultLimit}).recordings
	}
	return opt
}

func (f reportFile) write(rep report.Report, options func(io.Writer) report.Options) error {
	var b bytes.Buffer
	if err := f.format.Write(&b, rep, options(&b)); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return replace(f.name, b.Bytes())
}

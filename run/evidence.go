package run

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/internal/whole"
	"netverify/recording"
	"netverify/report"
)

// write leaves the recording as a pcapng beside the verdicts. Where it cannot
// be written the verdict stands: it was reached without the file.
func (s *session) write(r *assert.Result) {
	if s.j.opt.Out == "" || s.j.repeat > 1 && r.Outcome == assert.Pass && !s.j.opt.Keep {
		return
	}
	name := EvidenceName(r)
	r.Evidence = []string{name} // the report inside names the file, too
	below := filepath.Join(s.j.opt.Below, name)
	if err := whole.Write(s.j.opt.Out, below, func(f *os.File) error { return s.encode(f, r) }); err != nil {
		r.Evidence, r.Trouble = nil, err.Error()
	}
}

// EvidenceName is where a result has its evidence, below the folder of its run: the scenario's name with a suffix, its topic as the folder.
func EvidenceName(r *assert.Result) string {
	parts := strings.Split(r.Name, "/")
	for i, p := range parts {
		parts[i] = strings.Map(fileRune, p)
	}
	name := strings.Join(parts, "/")
	if r.Repeat > 1 {
		name += fmt.Sprintf(".%d", r.Repeat)
	}
	return name + ".pcapng"
}

// fileRune keeps what is harmless in a file's name on any system.
func fileRune(c rune) rune {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("-_.=,+", c):
		return c
	}
	return '_'
}

func (s *session) encode(f *os.File, r *assert.Result) error {
	w := bufio.NewWriterSize(f, 1<<16)
	kernel := s.j.opt.Kernel
	kernel.Release, kernel.Config = Kernel()
	kernel.Build = Build()
	hardware := fmt.Sprintf("%s, %d processors", runtime.GOARCH, runtime.NumCPU())
	if err := Encode(w, s.rec, r, kernel, hardware); err != nil {
		return err
	}
	return w.Flush()
}

// Encode writes a recording with what came of it: comments for the readers of
// the frames, and the report on this one scenario, whole, in the record.
func Encode(w io.Writer, rec *recording.Recording, r *assert.Result, kernel report.Kernel, hardware string) error {
	text, err := json.Marshal(report.Of(report.New(kernel, 1, []assert.Result{*r})))
	if err != nil {
		return err
	}
	return pcapng.Write(w, rec, pcapng.WriteOptions{
		Hardware:       hardware,
		OS:             "Linux " + kernel.Release,
		Application:    "netverify",
		Comments:       header(r, kernel),
		PacketComments: comments(rec, r),
		Report:         text,
	})
}

// Amend writes the evidence name below dir anew after a change of its recording,
// with the result that the change has led to.
func Amend(dir, name string, r *assert.Result, change func(*recording.Recording)) error {
	evidence, err := whole.Open(dir, name)
	if err != nil {
		return fmt.Errorf("amend: %w", err)
	}
	defer evidence.Close()
	file, err := pcapng.Read(evidence)
	if err != nil {
		return fmt.Errorf("amend %s: %w", name, err)
	}
	s := file.Sections[0]
	rep, err := report.Parse(s.Report)
	if err == nil && len(rep.Runs) != 1 {
		err = fmt.Errorf("a report of %d runs", len(rep.Runs))
	}
	if err != nil {
		return fmt.Errorf("amend %s: the report inside: %w", name, err)
	}
	change(s.Recording)
	return whole.Write(dir, name, func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<16)
		if err := Encode(w, s.Recording, r, rep.Runs[0].Kernel, s.Hardware); err != nil {
			return err
		}
		return w.Flush()
	})
}

package run

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"netverify/assert"
	"netverify/capture/pcapng"
)

// write leaves the recording as a pcapng beside the verdicts. Where it cannot
// be written the verdict stands: it was reached without the file.
func (s *session) write(r *assert.Result) {
	if s.j.opt.Out == "" || s.j.repeat > 1 && r.Outcome == assert.Pass && !s.j.opt.Keep {
		return
	}
	name := evidenceName(r)
	file := filepath.Join(s.j.opt.Out, name)
	if err := WriteWhole(file, func(f *os.File) error { return s.encode(f, r) }); err != nil {
		r.Trouble = err.Error()
		return
	}
	r.Evidence = append(r.Evidence, name)
}

// evidenceName is the scenario's name with a suffix, its topic as the folder.
func evidenceName(r *assert.Result) string {
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
	release, _ := Kernel()
	w := bufio.NewWriterSize(f, 1<<16)
	opt := pcapng.WriteOptions{
		Hardware:       fmt.Sprintf("%s, %d processors", runtime.GOARCH, runtime.NumCPU()),
		OS:             "Linux " + release,
		Application:    "netverify",
		Comments:       []string{r.Name + ": " + r.Title, verdict(r.Outcome, r.Reason)},
		PacketComments: deciding(r.Checks),
	}
	if err := pcapng.Write(w, s.rec, opt); err != nil {
		return err
	}
	return w.Flush()
}

// deciding are the comments of the frames that decided a check.
func deciding(checks []assert.Check) map[int][]string {
	m := make(map[int][]string)
	for _, k := range checks {
		for _, i := range k.Frames {
			m[i] = append(m[i], fmt.Sprintf("%s: %s: %s", k.Name, k.Text, verdict(k.Outcome, k.Reason)))
		}
	}
	return m
}

func verdict(o assert.Outcome, reason string) string {
	if reason == "" {
		return o.String()
	}
	return o.String() + ": " + reason
}

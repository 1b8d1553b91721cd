package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"netverify/assert"
	"netverify/recording"
	"netverify/report"
)

// header are the comments of the whole file: what was run, what came of it, on
// what kernel, and what was built.
func header(r *assert.Result, kernel report.Kernel) []string {
	lines := []string{r.Name + ": " + r.Title, Verdict(r.Outcome, r.Reason)}
	about := "kernel: Linux " + kernel.Release
	if kernel.Where == "qemu" {
		about += " in QEMU"
	}
	lines = append(lines, about)
	if len(kernel.Config) > 0 {
		var options []string
		for _, name := range slices.Sorted(maps.Keys(kernel.Config)) {
			options = append(options, name+"="+kernel.Config[name])
		}
		lines = append(lines, "kernel config: "+strings.Join(options, " "))
	}
	if len(r.Facts) > 0 {
		built := "what was built:"
		for _, f := range r.Facts {
			built += "\n" + f.Key + ": " + f.Value
		}
		lines = append(lines, built)
	}
	return lines
}

// comments are those of frames: where the scenario and its steps begin, and
// which checks a frame decided.
func comments(rec *recording.Recording, r *assert.Result) map[int][]string {
	m := make(map[int][]string)
	add := func(i int, format string, args ...any) {
		if i < len(rec.Observations) {
			m[i] = append(m[i], fmt.Sprintf(format, args...))
		}
	}
	add(0, "scenario %s: %s", r.Name, r.Title)
	for i, s := range rec.Steps {
		text := fmt.Sprintf("step %d: %s", i+1, s.Name)
		if s.Count == 0 { // told by the first frame after it
			text += " (no frame was seen in it)"
		}
		add(s.First, "%s", text)
	}
	for _, k := range r.Checks {
		for _, i := range k.Frames {
			add(i, "%s: %s: %s", k.Name, k.Text, Verdict(k.Outcome, k.Reason))
		}
	}
	return m
}

// Verdict is an outcome with its reason, in one text.
func Verdict(o assert.Outcome, reason string) string {
	if reason == "" {
		return o.String()
	}
	return o.String() + ": " + reason
}

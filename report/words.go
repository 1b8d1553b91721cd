package report

import (
	"path"
	"strings"

	"netverify/internal/cells"
)

// What several renderers say in the same words.

// briefly is how many cells a reason may take where there is room for one line.
const briefly = 240

// brief is the first line of a text, shortened.
func brief(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return cells.Cut(clean(first), briefly)
}

// verbatim is text of any number of lines, each made harmless.
func verbatim(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return strings.Join(lines, "\n")
}

// says is why a scenario did not pass, in a line: its own reason, or that of
// the first check that did not pass either.
func says(s Scenario) string {
	if s.Reason != "" {
		return s.Reason
	}
	for _, c := range s.Checks {
		if c.Outcome != "pass" && c.Outcome != "skip" {
			return c.Text + ": " + c.Reason
		}
	}
	return s.Outcome
}

// detailWidth is the width of details in files, in columns.
const detailWidth = 100

// detailText is why a scenario did not pass, as [Text] tells it.
func detailText(run Run, s Scenario) string {
	p := &page{width: detailWidth}
	p.detail(run, s)
	return p.b.String()
}

// openCommand shows what is in a file of the evidence.
func openCommand(run Run, file string) string {
	name := quote(path.Join(run.Evidence, file))
	if strings.HasSuffix(file, ".pcapng") {
		return "tshark -r " + name
	}
	return name
}

// runIsWhole names the test that fails where unwhole has a reason.
const runIsWhole = "the run is whole"

// unwhole are the reasons for which a run does not show what it should, besides
// its scenarios: the file of a format without a place for them would look better
// than the exit status.
func unwhole(run Run) []string {
	out := append([]string{}, run.Trouble...)
	if len(run.Scenarios) == 0 {
		out = append(out, "nothing was run")
	}
	return out
}

// cutBytes shortens a text to at most n bytes, at a line break where it can, and
// says so.
func cutBytes(s string, n int) string {
	const notice = "\n(cut: the rest is in the JSON report)\n"
	if len(s) <= n {
		return s
	}
	s = strings.ToValidUTF8(s[:max(n-len(notice), 0)], "")
	if i := strings.LastIndexByte(s, '\n'); i > len(s)/2 {
		s = s[:i]
	}
	return s + notice
}

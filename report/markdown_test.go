package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"netverify/assert"
)

var (
	openTag  = regexp.MustCompile(`<[^>\n]*>?`) // what Markdown would let through
	ours     = regexp.MustCompile(`^</?(details|summary|code)>$`)
	backtick = regexp.MustCompile("`+")
)

// unspanned takes the code spans of a line away (CommonMark 6.1).
func unspanned(line string) string {
	at := backtick.FindAllStringIndex(line, -1)
	for i, open := range at {
		if open[0] > 0 && line[open[0]-1] == '\\' {
			continue
		}
		for _, end := range at[i+1:] {
			if end[1]-end[0] == open[1]-open[0] {
				return line[:open[0]] + unspanned(line[end[1]:])
			}
		}
	}
	return line
}

// prose takes the blocks and spans of code away.
func prose(t interface{ Fatalf(string, ...any) }, page string) string {
	var out []string
	fence := ""
	for _, line := range strings.Split(page, "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence = line[:strings.LastIndexByte(line, '`')+1]
		case fence != "" && line == fence:
			fence = ""
		case fence == "":
			out = append(out, line)
		}
	}
	if fence != "" {
		t.Fatalf("a fence is not closed:\n%s", page)
	}
	return strings.Join(out, "\n")
}

func markdownIsSound(t interface {
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, page string) {
	text := prose(t, page)
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Errorf("details do not match")
	}
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "<") { // in a block of HTML a span means nothing
			line = unspanned(line)
		}
		for _, tag := range openTag.FindAllString(line, -1) {
			if !ours.MatchString(tag) {
				t.Errorf("%q in %q", tag, line)
			}
		}
	}
}

func TestMarkdownKeepsTextInItsPlace(t *testing.T) {
	for _, sample := range samples {
		markdownIsSound(t, string(rendered(t, formatNamed(t, "markdown"), sample())))
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		if err := Markdown(&b, anyReport(t), Options{}); err != nil {
			t.Fatal(err)
		}
		markdownIsSound(t, b.String())
	})
}

func TestCellsOfMarkdown(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"a", "`a`"}, {"a|b", "`a\\|b`"}, {"`", "`` ` ``"}, {"a``b", "```a``b```"}, {"", "unnamed"}, {"a\nb", "`a b`"},
	} {
		if got := cell(code(tt.in)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
}

// TestMarkdownIsCutBelowTheLimit: GitHub shows nothing of a summary that is too long.
func TestMarkdownIsCutBelowTheLimit(t *testing.T) {
	var runs []Run
	for k := range 5 {
		var results []assert.Result
		for i := range 200 {
			r := failing(fmt.Sprintf("macvlan/%03d", i))
			r.Checks[1].Reason = strings.Repeat("as long as a console ", 500)
			results = append(results, r)
		}
		run := New(guest(fmt.Sprintf("debian:%d", k), "6.1"), 200, results)
		runs = append(runs, run)
	}
	page := string(rendered(t, formatNamed(t, "markdown"), Of(runs...)))
	if len(page) > 1<<20 || len(page) < 1<<19 {
		t.Errorf("%d bytes", len(page))
	}
	markdownIsSound(t, page)
	told := strings.Count(page, "<details>")
	if want := fmt.Sprintf("**Cut here**: %d more parts have no room", 1000-told); !strings.Contains(page, want) {
		t.Errorf("does not say %q after %d", want, told)
	}
	if strings.Count(page, "\n| `macvlan/") != 200 {
		t.Error("the table is not whole")
	}
}

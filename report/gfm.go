package report

import (
	"html"
	"strings"
)

// Text in GitHub's dialect of Markdown (github.github.com/gfm).

// special may have a meaning within a line of Markdown. A backslash before any
// ASCII punctuation makes it literal (CommonMark 2.4).
var special = func() *strings.Replacer {
	var pairs []string
	for _, r := range "\\`*_[]|~$" {
		pairs = append(pairs, string(r), `\`+string(r))
	}
	return strings.NewReplacer(append(pairs, "&", "&amp;", "<", "&lt;", ">", "&gt;")...)
}()

// escape makes text mean itself, unless it begins a line.
func escape(s string) string { return special.Replace(clean(s)) }

// entities makes a line of text mean itself inside of HTML. A line break would
// end its block.
func entities(s string) string { return html.EscapeString(clean(s)) }

// code is a code span; its delimiter is longer than any run of backticks in it.
func code(s string) string {
	s = clean(s)
	if strings.TrimSpace(s) == "" {
		return "unnamed"
	}
	mark := strings.Repeat("`", backticks(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return mark + s + mark
}

// cell makes of a line what may stand in a table: there a bar ends the cell even
// in a code span, unless it is escaped (GFM 4.10). Of what is escaped already
// nothing changes.
func cell(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r == '|' && (i == 0 || s[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fenced is a block of code; its fence is longer than any run of backticks in it.
func fenced(s string) string {
	fence := strings.Repeat("`", max(3, backticks(s)+1))
	return fence + "text\n" + strings.TrimRight(s, "\n") + "\n" + fence + "\n"
}

// backticks is the length of the longest run of them.
func backticks(s string) (most int) {
	run := 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		most = max(most, run)
	}
	return most
}

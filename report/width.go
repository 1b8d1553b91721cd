package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"netverify/internal/plain"
)

// columns is how many terminal cells s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// cells is the width of one character (Unicode Standard Annex #11).
func cells(r rune) int {
	if r >= ' ' && r < 0x7f {
		return 1 // what most text is
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// clean makes a line of text harmless: what a kernel's or a scenario's text may
// carry that is not to be seen is escaped.
func clean(s string) string { return plain.Line(s) }

// control tells whether clean escapes a character.
func control(r rune) bool { return plain.Hidden(r) }

// cut shortens s to at most n cells, the last of which is then an ellipsis.
func cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	head, _ := split(s, n-1)
	return head + "…"
}

// split takes at most n cells off the front of s.
func split(s string, n int) (head, tail string) {
	used := 0
	for i, r := range s {
		if used += cells(r); used > n {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// pad fills s with blanks up to n cells.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

// wrap breaks s into lines of at most n cells, at blanks where it can. Line
// breaks of s stay.
func wrap(s string, n int) []string {
	n = max(n, 2) // room for a wide character
	var out []string
	for part := range strings.SplitSeq(s, "\n") {
		out = append(out, wrapLine(clean(part), n)...)
	}
	return out
}

func wrapLine(s string, n int) []string {
	if columns(s) <= n {
		return []string{s} // with its own spacing: it may be a column of a table
	}
	// What is indented (a branch of a journey) stays so, in all its lines.
	if indent := len(s) - len(strings.TrimLeft(s, " ")); indent > 0 && indent <= n/2 {
		out := wrapLine(s[indent:], n-indent)
		for i := range out {
			out[i] = s[:indent] + out[i]
		}
		return out
	}
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= n:
			line += " " + word
		default:
			out = append(out, line)
			line = word
		}
		for head, rest := split(line, n); rest != ""; head, rest = split(line, n) {
			out, line = append(out, head), rest
		}
	}
	return append(out, line)
}

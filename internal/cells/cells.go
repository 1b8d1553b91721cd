// Package cells measures, cuts, pads and wraps text by the cells that a terminal
// shows it in. It is pure.
package cells

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"netverify/internal/plain"
)

// Count returns how many terminal cells s takes.
func Count(s string) int {
	n := 0
	for _, r := range s {
		n += ofRune(r)
	}
	return n
}

// ofRune returns the width of one character (Unicode Standard Annex #11).
func ofRune(r rune) int {
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

// Cut shortens s to at most n cells, the last of which is then an ellipsis.
func Cut(s string, n int) string {
	if Count(s) <= n {
		return s
	}
	head, _ := Split(s, n-1)
	return head + "…"
}

// Split takes at most n cells off the front of s.
func Split(s string, n int) (head, tail string) {
	used := 0
	for i, r := range s {
		if used += ofRune(r); used > n {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// Pad fills s with blanks up to n cells.
func Pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-Count(s)))
}

// Wrap breaks s into lines of at most n cells, at blanks where it can. Line
// breaks of s stay.
func Wrap(s string, n int) []string {
	n = max(n, 2) // room for a wide character
	var out []string
	for part := range strings.SplitSeq(s, "\n") {
		out = append(out, wrapLine(plain.Line(part), n)...)
	}
	return out
}

func wrapLine(s string, n int) []string {
	if Count(s) <= n {
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
		case Count(line)+1+Count(word) <= n:
			line += " " + word
		default:
			out = append(out, line)
			line = word
		}
		for head, rest := Split(line, n); rest != ""; head, rest = Split(line, n) {
			out, line = append(out, head), rest
		}
	}
	return append(out, line)
}

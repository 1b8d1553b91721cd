// Package plain makes text harmless to whoever reads it: a terminal, a page, another
// program. Names, comments and messages come from files, captures and kernels of
// others, and a character that cannot be seen may clear a screen, turn the
// direction of a line, or begin another one.
package plain

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Hidden tells whether a character is not one to be seen but does something, by its
// category (Unicode Standard, 4.5): control (Cc), format (Cf: directions of writing,
// joiners, tags), separators of lines and paragraphs (Zl, Zp), surrogates (Cs), and
// what is no character (U+FFFE).
func Hidden(r rune) bool {
	if r >= ' ' && r < 0x7f {
		return false // what most text is
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Noncharacter_Code_Point)
}

// Line makes one line of text: what is hidden appears as Go writes it (\x1b,
// \u202e), line breaks and tabs as blanks, and bytes that are not UTF-8 as U+FFFD.
func Line(s string) string { return replace(s, "") }

// Text is Line for text of several lines: its line breaks stay.
func Text(s string) string { return replace(s, "\n") }

func replace(s, keep string) string {
	if !strings.ContainsFunc(s, Hidden) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case r == '\t' || r == '\n':
			b.WriteByte(' ')
		case Hidden(r):
			q := fmt.Sprintf("%+q", r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// JSON escapes in a JSON text what its strings have hidden in them (RFC 8259,
// section 7): the values stay what they are.
func JSON(text []byte) []byte {
	hidden := func(r rune) bool { return r >= 0x7f && Hidden(r) } // the rest is escaped by whoever writes JSON, or between strings
	if !bytes.ContainsFunc(text, hidden) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// Writer makes Text of each piece that is written: whole lines, tabs as they are.
// A piece must not end within a character.
func Writer(w io.Writer) io.Writer {
	return writer{w, func(b []byte) []byte { return []byte(replace(string(b), "\n\t")) }}
}

// JSONWriter is JSON of each piece that is written.
func JSONWriter(w io.Writer) io.Writer { return writer{w, JSON} }

type writer struct {
	to   io.Writer
	make func([]byte) []byte
}

// Write counts the bytes of b, not those that they become.
func (w writer) Write(b []byte) (int, error) {
	if _, err := w.to.Write(w.make(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

package filter

import (
	"fmt"
	"sort"
	"strings"

	"netverify/frame"
)

// Error is a mistake in the text of a filter.
type Error struct {
	Offset, Len int // of the piece that is wrong, in bytes
	Msg         string
}

// Error returns the message without the position, which the caller shows in
// its own way.
func (e *Error) Error() string { return e.Msg }

func errorAt(off, n int, format string, args ...any) *Error {
	return &Error{Offset: off, Len: n, Msg: fmt.Sprintf(format, args...)}
}

// unknownField names the closest field, or what Wireshark's field of that name
// would need.
func unknownField(off int, name string) *Error {
	if why, ok := refused[name]; ok {
		return errorAt(off, len(name), "%s", why)
	}
	if why := undecoded(name); why != "" {
		return errorAt(off, len(name), "%s", why)
	}
	fields := frame.Fields()
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return errorAt(off, len(name), "unknown field %s%s", shorten(name), suggest(name, names, ""))
}

// refused are fields that depend on more than the frame and its known layers.
var refused = map[string]string{
	"tcp.seq":         `tcp.seq is relative to the connection's first frame in Wireshark; use "tcp.seq_raw"`,
	"tcp.ack":         `tcp.ack is relative to the connection's first frame in Wireshark; use "tcp.ack_raw"`,
	"tcp.window_size": `tcp.window_size depends on the connection's options; use "tcp.window_size_value"`,
	"_ws.malformed":   `_ws.malformed depends on all protocols that Wireshark knows`,
	"_ws.short":       `_ws.short depends on all protocols that Wireshark knows; use "frame.cap_len" and "frame.len"`,
}

// shorten quotes a word for a message.
func shorten(s string) string {
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return fmt.Sprintf("%q", s)
}

// suggest returns `; did you mean "x"?` for the closest of names, if one is
// close.
func suggest(word string, names []string, prefix string) string {
	if len(word) > 64 {
		return ""
	}
	best, bestName := len(word)/2+1, ""
	sort.Strings(names)
	for _, n := range names {
		if strings.EqualFold(n, word) {
			bestName = n
			break
		}
		if d := distance(word, n); d < best {
			best, bestName = d, n
		}
	}
	if bestName == "" || best > 4 && !strings.EqualFold(bestName, word) {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", prefix+bestName)
}

// distance is the number of bytes to insert, delete, change or swap with their
// neighbour to turn a into b (optimal string alignment).
func distance(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

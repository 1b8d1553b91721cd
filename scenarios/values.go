package scenarios

import (
	"strconv"
	"strings"
	"time"

	"netverify/assert"
	"netverify/scenarios/internal/yamltree"
)

// The values of a scenario as written. Each knows its place in the file; the
// zero value means "not written".

// loc is where a value stands. In a struct it is filled in by the decoder.
type loc struct{ node *yamltree.Node }

func (l loc) pos() Pos {
	if l.node == nil {
		return Pos{}
	}
	return Pos{l.node.Line, l.node.Col}
}

func (l loc) set() bool { return l.node != nil }

func (l *loc) setNode(n *yamltree.Node) { l.node = n }

// text is a word or a sentence, as written: "02" stays "02".
type text struct {
	loc
	S string
}

// flag is true or false.
type flag struct {
	loc
	V bool
}

func (f flag) ptr() *bool {
	if !f.set() {
		return nil
	}
	return &f.V
}

// number is an integer.
type number struct {
	loc
	N int64
}

func (n number) ptr() *int {
	if !n.set() {
		return nil
	}
	v := int(n.N)
	return &v
}

// or returns the number, or what stands for it where it is not written.
func (n number) or(usual int) int {
	if !n.set() {
		return usual
	}
	return int(n.N)
}

// duration is written as Go does: "50ms", "2s", "1m30s".
type duration struct {
	loc
	D time.Duration
}

// span is a number of times: 3, "1-3" or "2-" (two or more).
type span struct {
	loc
	R assert.Range
}

func (s span) ptr() *assert.Range {
	if !s.set() {
		return nil
	}
	return &s.R
}

// table is a map whose keys are names that the user gives, in the order of the file.
type table[T any] struct {
	loc
	Entries []entry[T]
}

type entry[T any] struct {
	Key   text
	Value T
}

// some is a list that may be written without brackets where it has one element.
type some[T any] []T

// scalar is a value that decodes itself; it reports what it cannot take.
type scalar interface {
	decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool
}

func (t *text) decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	if !d.isScalar(n, tag.want("text")) || !tag.allows(d, n) {
		return false
	}
	t.S, t.node = n.Value, n
	return true
}

func (f *flag) decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	if n.Kind != yamltree.Scalar || !n.Plain || n.Value != "true" && n.Value != "false" {
		d.at(n, "%s must be true or false, not %s", tag.name, n.What())
		return false
	}
	f.V, f.node = n.Value == "true", n
	return true
}

func (v *number) decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	i, ok := d.integer(n, tag)
	if ok {
		v.N, v.node = i, n
	}
	return ok
}

func (v *duration) decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	parsed, err := time.ParseDuration(n.Value)
	if mayBeZero := tag.min != nil; n.Kind != yamltree.Scalar || err != nil || parsed < 0 || parsed == 0 && !mayBeZero {
		d.at(n, "%s must be a duration such as 50ms or 2s, not %s", tag.name, n.What())
		return false
	}
	v.D, v.node = parsed, n
	return true
}

func (v *span) decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	r, ok := parseSpan(n.Value)
	if n.Kind != yamltree.Scalar || !ok {
		d.at(n, "%s must be a number (3), a range (1-3) or a lower bound (2-), not %s", tag.name, n.What())
		return false
	}
	v.R, v.node = r, n
	return true
}

func parseSpan(s string) (assert.Range, bool) {
	from, to, isRange := strings.Cut(s, "-")
	low, err := strconv.ParseUint(from, 10, 31)
	r := assert.Range{Min: int(low), Max: int(low)}
	switch {
	case err != nil:
		return r, false
	case isRange && to == "":
		r.Max = -1
	case isRange:
		high, err := strconv.ParseUint(to, 10, 31)
		r.Max = int(high)
		return r, err == nil && high >= low
	}
	return r, true
}

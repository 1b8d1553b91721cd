package filter

import "netverify/frame"

// Filter is a parsed filter.
type Filter struct {
	src string
}

// Error is a mistake in the text of a filter.
type Error struct {
	Offset, Len int // bytes
	Msg         string
}

func (e *Error) Error() string { return e.Msg }

// Ref is an "@node:interface" operand.
type Ref struct {
	Name   string // "c1:eth0", without the '@'
	Offset int    // of the '@' in the text, bytes
}

// Matcher is a filter that is ready to be asked.
type Matcher struct {
	text string
}

// Parse reads a filter. Its errors are *Error.
func Parse(src string) (*Filter, error) {
	return nil, &Error{0, len(src), "filters are not built yet"}
}

// String returns the text.
func (f *Filter) String() string { return f.src }

// Refs returns the operands that Bind resolves, in the order of the text.
func (f *Filter) Refs() []Ref { return nil }

// Bind resolves all Refs.
func (f *Filter) Bind(b frame.Bindings) (*Matcher, error) { return &Matcher{text: f.src}, nil }

// Match tells whether the filter is true of v.
func (m *Matcher) Match(v *frame.View) bool { return false }

// String returns Wireshark's text of the filter.
func (m *Matcher) String() string { return m.text }

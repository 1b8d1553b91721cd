package filter

import (
	"fmt"
	"strings"
	"sync"

	"netverify/frame"
	"netverify/recording"
)

// Filter is a parsed filter. It is immutable.
type Filter struct {
	src  string
	root node
	refs []Ref
	subs []substitution // in the order of the text

	places int
}

// Ref is an "@node:interface" operand.
type Ref struct {
	Name   string // "c1:eth0", without the '@'
	Offset int    // of the '@' in the text, bytes
}

// substitution is a piece of the text that Wireshark writes differently.
type substitution struct {
	off, n int
	text   string // used unless ref is set
	ref    *refValue
}

// Matcher is a filter that is ready to be asked. It may be used by many
// goroutines.
type Matcher struct {
	text string
	root node
}

// Parse reads a filter. Its errors are *Error.
func Parse(src string) (*Filter, error) {
	p := parser{src: src}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Filter{src: src, root: root, refs: p.refs, subs: p.subs, places: p.places}, nil
}

// String returns the text that was parsed.
func (f *Filter) String() string { return f.src }

// Places is how large the regular expressions are when each {n} is written out: a
// few bytes of text may take a hundred bytes of memory for each of them.
func (f *Filter) Places() int { return f.places }

// Refs returns the operands that Bind resolves, in the order of the text.
func (f *Filter) Refs() []Ref { return append([]Ref(nil), f.refs...) }

// Bind resolves all Refs. It is an *Error at the place of the operand if an
// interface is unknown or has no address of the kind that is asked for.
func (f *Filter) Bind(b recording.Bindings) (*Matcher, error) {
	root, err := f.root.bind(b)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	last := 0
	for _, s := range f.subs {
		text.WriteString(f.src[last:s.off])
		if s.ref != nil {
			v, err := s.ref.resolve(b)
			if err != nil {
				return nil, err
			}
			s.text = addressText(s.ref.typ, v)
		}
		text.WriteString(s.text)
		last = s.off + s.n
	}
	text.WriteString(f.src[last:])
	return &Matcher{text: text.String(), root: root}, nil
}

// Match tells whether the filter is true of v.
func (m *Matcher) Match(v *frame.View) bool {
	s := scratchPool.Get().(*scratch)
	ok := m.root.match(v, s)
	scratchPool.Put(s)
	return ok
}

// String returns the filter as text for Wireshark, with all addresses put in.
func (m *Matcher) String() string { return m.text }

// scratch holds the values of one comparison, so that Match need not allocate.
type scratch struct{ left, right []frame.Value }

var scratchPool = sync.Pool{New: func() any {
	return &scratch{left: make([]frame.Value, 0, 16), right: make([]frame.Value, 0, 16)}
}}

// refValue is an "@node:interface" operand and the type that it must have.
type refValue struct {
	name string
	off  int
	typ  frame.Type // TypeEther, TypeIPv4, TypeIPv6
}

func (r *refValue) resolve(b recording.Bindings) (frame.Value, error) {
	bad := func(format string, args ...any) (frame.Value, error) {
		return frame.Value{}, &Error{Offset: r.off, Len: len(r.name) + 1, Msg: fmt.Sprintf(format, args...)}
	}
	bound, ok := b[r.name]
	if !ok {
		names := make([]string, 0, len(b))
		for n := range b {
			names = append(names, n)
		}
		return bad("unknown interface \"@%s\"%s", r.name, suggest(r.name, names, "@"))
	}
	switch r.typ {
	case frame.TypeIPv4:
		if !bound.IPv4.Is4() {
			return bad("%s has no IPv4 address", r.name)
		}
		a := bound.IPv4.As4()
		return frame.Value{Num: uint64(a[0])<<24 | uint64(a[1])<<16 | uint64(a[2])<<8 | uint64(a[3])}, nil
	case frame.TypeIPv6:
		if !bound.IPv6.Is6() {
			return bad("%s has no IPv6 address", r.name)
		}
		a := bound.IPv6.As16()
		return frame.Value{Bytes: a[:]}, nil
	}
	return frame.Value{Bytes: append([]byte(nil), bound.MAC[:]...)}, nil
}

package assert

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"netverify/recording"
)

// state: what the kernel reported at the end of the step is what was expected.
// Facts stand in the recording in the order of the wants of the step.
func (s *scope) state(e *Expectation, k *Check) {
	if len(e.State) == 0 {
		k.err("no value is compared: nothing is checked")
		return
	}
	var wrong []string
	for _, w := range e.State {
		if name, ref := strings.CutPrefix(w.Want, "@"); ref && !w.Absent {
			if _, ok := s.r.Bindings[name]; !ok {
				k.err("%s of %s: %s does not exist in this step", w.Key, w.Target, w.Want)
				return
			}
		}
		f := s.fact(w.Target, s.bound(w.Key))
		if f == nil {
			k.Outcome, k.Reason = Inconclusive, fmt.Sprintf("%s of %s was not read", w.Key, w.Target)
			return
		}
		if !s.holds(w, f) {
			wrong = append(wrong, fmt.Sprintf("%s of %s: expected %s, the kernel has %s", w.Key, w.Target, s.wantText(w), factText(f)))
		}
	}
	k.Outcome = Pass
	if len(wrong) > 0 {
		k.Outcome, k.Reason = Fail, strings.Join(wrong, "; ")
	}
}

func (s *scope) fact(target, key string) *recording.StateFact {
	for i := range s.r.State {
		if f := &s.r.State[i]; f.Target == target && f.Key == key {
			return f
		}
	}
	return nil
}

func (s *scope) holds(w StateWant, f *recording.StateFact) bool {
	switch {
	case w.Absent:
		return f.Absent != w.Not
	case f.Absent:
		return w.Not
	}
	if w.Range != nil {
		n, err := strconv.Atoi(f.Value)
		return (err == nil && w.Range.holds(n)) != w.Not
	}
	return s.equal(w.Want, f.Value) != w.Not
}

// equal compares with any address that "@node:interface" stands for.
func (s *scope) equal(want, got string) bool {
	name, ref := strings.CutPrefix(want, "@")
	if !ref {
		return strings.EqualFold(want, got)
	}
	b, ok := s.r.Bindings[name]
	if !ok {
		return false
	}
	return got == net.HardwareAddr(b.MAC[:]).String() ||
		b.IPv4.IsValid() && got == b.IPv4.String() || b.IPv6.IsValid() && got == b.IPv6.String()
}

func (s *scope) bound(key string) string { return BindKey(key, s.r.Bindings) }

// BindKey puts addresses in the place of "@node:interface" in the key of a
// state: "fdb.@c1:eth0" asks for a MAC, "neighbour.@c1:eth0" for the IPv4
// address (the IPv6 address of an interface that has no other).
func BindKey(key string, b recording.Bindings) string {
	table, ref, ok := strings.Cut(key, ".@")
	if !ok {
		return key
	}
	binding, known := b[ref]
	switch {
	case !known:
		return key
	case strings.HasPrefix(table, "fdb"):
		return table + "." + net.HardwareAddr(binding.MAC[:]).String()
	case binding.IPv4.IsValid():
		return table + "." + binding.IPv4.String()
	case binding.IPv6.IsValid():
		return table + "." + binding.IPv6.String()
	}
	return key
}

func (s *scope) wantText(w StateWant) string {
	want := w.Want
	if name, ref := strings.CutPrefix(want, "@"); ref {
		want += " (" + addresses(s.r.Bindings[name]) + ")"
	}
	switch {
	case w.Absent && w.Not:
		return "one to exist"
	case w.Absent:
		return "none"
	case w.Not:
		return "anything but " + want
	}
	return want
}

// addresses lists what a reference may stand for.
func addresses(b recording.Binding) string {
	text := net.HardwareAddr(b.MAC[:]).String()
	for _, a := range []netip.Addr{b.IPv4, b.IPv6} {
		if a.IsValid() {
			text += ", " + a.String()
		}
	}
	return text
}

func factText(f *recording.StateFact) string {
	if f.Absent {
		return "none"
	}
	return f.Value
}

// fails: create, remove or set was refused with this errno, or with none.
func (s *scope) fails(e *Expectation, k *Check) {
	if s.r.Errno == e.Errno {
		k.Outcome = Pass
		return
	}
	got := s.r.Errno
	if got == "" {
		got = "success"
	}
	if s.r.Errtext != "" {
		got += " (" + s.r.Errtext + ")"
	}
	want := e.Errno
	if want == "" {
		want = "success"
	}
	k.fail("expected %s; the kernel answered %s", want, got)
}

package filter_test

import (
	"testing"

	"netverify/filter"
	"netverify/frame"
	"netverify/frame/frametest"
)

// seeds are filters that reach every part of the parser.
var seeds = append([]string{
	"", "(", "!", "vlan.id in {1..2, 3}", "eth.src[0:3,5] == 02:00", "any ip.src == @c1:eth0", `frame matches r"\x{e080}[^a]"`, `frame contains "\x00\377\""`,
	"tcp.flags & 0x12 & 2 == 2", "ip.src in {@c1:eth0..@c2:eth0}", "frame.time_epoch >= 1.5",
}, written...)

// FuzzParse demands of any text: no panic, an error that lies inside the
// text, or a filter whose substituted text means the same when parsed again.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	views := frametest.Views(frametest.Whole()[:40])
	f.Fuzz(func(t *testing.T, src string) {
		parsed, err := filter.Parse(src)
		if err != nil {
			e, ok := err.(*filter.Error)
			if !ok || e.Msg == "" || e.Offset < 0 || e.Len < 0 || e.Offset+e.Len > len(src) {
				t.Fatalf("Parse(%q): %#v", src, err)
			}
			return
		}
		for _, r := range parsed.Refs() {
			if src[r.Offset] != '@' {
				t.Fatalf("Parse(%q): reference %v", src, r)
			}
		}
		m, err := parsed.Bind(bindings)
		if err != nil {
			return
		}
		again, err := filter.Parse(m.String())
		if err != nil {
			t.Fatalf("Parse(%q) of the text of %q: %v", m, src, err)
		}
		m2, err := again.Bind(nil)
		if err != nil {
			t.Fatalf("Bind(%q): %v", m, err)
		}
		for i := range views {
			if m.Match(&views[i]) != m2.Match(&views[i]) {
				t.Fatalf("%q and %q differ on frame %d", src, m, i+1)
			}
		}
	})
}

// FuzzMatch asks every seed of any bytes: no panic, and the same answer twice.
func FuzzMatch(f *testing.F) {
	for _, w := range frametest.Whole() {
		f.Add(w.Data, uint16(0))
	}
	var all []*filter.Matcher
	for _, s := range append(seeds, presence()...) {
		if parsed, err := filter.Parse(s); err == nil {
			if m, err := parsed.Bind(bindings); err == nil {
				all = append(all, m)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, more uint16) {
		v := &frame.View{Frame: frame.NewCut(b, len(b)+int(more)), Number: 1, Interface: "c1:eth0", Dir: frame.In}
		for _, m := range all {
			if first, second := m.Match(v), m.Match(v); first != second {
				t.Fatalf("%s changes its mind", m)
			}
		}
	})
}

// presence is every field as a filter.
func presence() []string {
	var all []string
	for _, f := range frame.Fields() {
		all = append(all, f.Name)
	}
	return all
}

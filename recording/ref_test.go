package recording

import "testing"

func TestParseRef(t *testing.T) {
	for text, want := range map[string]struct {
		ref Ref
		ok  bool
	}{
		"c1:eth0":    {Ref{"c1", "eth0"}, true},
		"c1:eth0.10": {Ref{"c1", "eth0.10"}, true},
		"c1:a:b":     {Ref{"c1", "a:b"}, true},
		"c1":         {Ref{"c1", ""}, false},
		"c1:":        {Ref{"c1", ""}, false},
		":eth0":      {Ref{"", "eth0"}, false},
		"":           {Ref{}, false},
	} {
		ref, ok := ParseRef(text)
		if ref != want.ref || ok != want.ok {
			t.Errorf("%q: %+v %t, want %+v %t", text, ref, ok, want.ref, want.ok)
		}
		if ok && ref.String() != text {
			t.Errorf("%q is written as %q", text, ref)
		}
		if got := NodeOf(text); got != want.ref.Node {
			t.Errorf("node of %q: %q", text, got)
		}
	}
}

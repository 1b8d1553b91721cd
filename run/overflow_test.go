package run

import "testing"

func TestTableFulls(t *testing.T) {
	const text = `entries  allocs   destroys table_fulls
00000000 000046be 00003f54 00000000
00000000 00004711 00004e7b 0000001f
00000000 00000001 00000002 00000002
`
	for text, want := range map[string]uint64{text: 33, "": 0, "entries\n0001\n": 0, "entries table_fulls\n0001\n0001 x\n": 0} {
		if got := tableFulls(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// A run during which the table overflowed proves no absence.
func TestOverflowOfTheTableIsTold(t *testing.T) {
	now := neighbourOverflows()
	if got := overflowed(now); got != nil {
		t.Errorf("nothing overflowed: %q", got)
	}
	if got := overflowed(now + 1); len(got) != 1 {
		t.Errorf("told %q", got)
	}
}

package run

import (
	"strings"
	"testing"
)

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

func TestBacklogDrops(t *testing.T) {
	const text = `0177b6ab 0000001f 00000000 00000000
0110ed7b 00000002 00000005 00000000
`
	for text, want := range map[string]uint64{text: 33, "": 0, "0001\n": 0, "0001 x\n": 0} {
		if got := backlogDrops(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// A run during which something overflowed that is not the lab's proves no absence.
func TestOverflowsAreTold(t *testing.T) {
	now := overflows{neighbours: 3, backlog: 4}
	for _, tt := range []struct {
		before overflows
		want   string
	}{
		{now, ""},
		{overflows{neighbours: 2, backlog: 4}, "table of neighbours"},
		{overflows{neighbours: 3, backlog: 1}, "3 frames were dropped"},
	} {
		got := strings.Join(now.since(tt.before), "; ")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("since %+v: %q, want %q", tt.before, got, tt.want)
		}
	}
}

package cells

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		name, in string
		n        int
		want     []string
	}{
		{"short", "a b", 5, []string{"a b"}},
		{"breaks at a blank", "ab cd ef", 5, []string{"ab cd", "ef"}},
		{"breaks a long word", "abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"counts wide characters twice", "日本語", 4, []string{"日本", "語"}},
		{"never loops on a wide character", "日本", 1, []string{"日", "本"}},
		{"keeps the indentation", "  ab cd ef", 7, []string{"  ab cd", "  ef"}},
		{"keeps columns that fit", "a  b", 9, []string{"a  b"}},
		{"keeps line breaks", "a\nb", 9, []string{"a", "b"}},
		{"empty", "", 9, []string{""}},
		{"combining marks take no room", "e\u0301e\u0301", 2, []string{"e\u0301e\u0301"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Wrap(tt.in, tt.n)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestALongWordIsBrokenInOnePass: what a guest's init says before it dies may
// be megabytes without a blank, and took minutes when each line measured the rest.
func TestALongWordIsBrokenInOnePass(t *testing.T) {
	const size = 4 << 20
	lines := Wrap(strings.Repeat("x", size), 80)
	if len(lines) != (size+79)/80 || strings.Join(lines, "") != strings.Repeat("x", size) {
		t.Errorf("%d lines", len(lines))
	}
}

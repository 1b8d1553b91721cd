package filter

import (
	"strings"
	"testing"
)

// TestLargeRegularExpressionsAreRefused before they are compiled: what is bounded is
// their size when each repetition is written out, over all of a filter.
func TestLargeRegularExpressionsAreRefused(t *testing.T) {
	one := `frame matches "\\pL{900}"`
	for src, places := range map[string]int{
		`eth.src == 02:00:00:00:00:01`:       0,
		`frame matches "abc"`:                3,
		`frame matches "a{1000}"`:            2000,
		one:                                  1800,
		strings.Repeat(one+" or ", 10) + one: 11 * 1800,
		strings.Repeat(one+" or ", 11) + one: -1,
		`frame matches "` + strings.Repeat(`\\pL{1000}`, 6000) + `"`: -2, // as package regexp says
		`frame matches "(\\pL{30}){30}"`:                             1860,
		`frame matches "` + strings.Repeat(`\\pL{1000}`, 100) + `"`:  -1,
		`frame matches "` + strings.Repeat("x", 30_000) + `"`:        -1,
	} {
		f, err := Parse(src)
		switch {
		case places == -2 && (err == nil || !strings.Contains(err.Error(), "expression too large") || len(err.Error()) > 200):
			t.Errorf("%.60s: %.300v", src, err)
		case places == -1 && (err == nil || !strings.Contains(err.Error(), "at most 20000 are allowed")):
			t.Errorf("%.60s: %v", src, err)
		case places >= 0 && err != nil:
			t.Errorf("%.60s: %v", src, err)
		case places >= 0 && f.Places() != places:
			t.Errorf("%.60s: %d places", src, f.Places())
		}
	}
}

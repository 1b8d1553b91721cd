package plain

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestEveryCharacter: what is hidden is escaped, whatever its code, and the rest
// stays as it is.
func TestEveryCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := "a" + string(r) + "b" // of a surrogate it is U+FFFD
		line := Line(s)
		switch {
		case strings.ContainsFunc(line, Hidden), !utf8.ValidString(line):
			t.Fatalf("%U: %q", r, line)
		case utf8.ValidRune(r) && !Hidden(r) && line != s:
			t.Fatalf("%U is to be seen: %q", r, line)
		}
	}
	for _, r := range "\x00\x1b\x7f\u0085\u009b\u00ad\u200b\u200f\u2028\u2029\u202e\u2066\ufeff\ufffe\U000e0041" {
		if !Hidden(r) {
			t.Errorf("%U is not hidden", r)
		}
	}
}

func TestLineAndText(t *testing.T) {
	const in = "a\tb\nc\x1b[2J\u2028d\xff\u202e é 日"
	if got, want := Line(in), `a b c\x1b[2J\u2028d`+"\uFFFD"+`\u202e é 日`; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got, want := Text(in), "a b\nc"+`\x1b[2J\u2028d`+"\uFFFD"+`\u202e é 日`; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestJSONKeepsItsValue(t *testing.T) {
	const in = "\x00\x1b\x7f\u009b\u2028\u202e\ufeff\U000e0041 é 日 \\u202e"
	text, err := json.MarshalIndent(map[string]string{in: in}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	safe := JSON(text)
	var got map[string]string
	if err := json.Unmarshal(safe, &got); err != nil || got[in] != in {
		t.Errorf("%q, %v", got, err)
	}
	if strings.ContainsFunc(string(safe), func(r rune) bool { return Hidden(r) && r != '\n' && r != '\t' }) {
		t.Errorf("%q", safe)
	}
}

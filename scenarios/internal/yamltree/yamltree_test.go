package yamltree

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestAt: for every byte of a scalar, the place it is said to stand at holds
// that byte.
func TestAt(t *testing.T) {
	for _, tt := range []struct{ name, src string }{
		{"plain", "k: arp || icmp # comment\n"},
		{"single quotes", "k: 'it''s ''so'''\n"},
		{"double quotes", "k: \"say \\\"x\\\" twice\"\n"},
		{"behind wide characters", "é: {ü: \"äöü == 1\"}\n"},
		{"literal block", "k: |\n  one && two\n    three\n  four\n"},
		{"folded block", "k: >-\n  one &&\n  two\n"},
		{"plain over lines", "k: one &&\n  two && three\n"},
		{"windows line ends", "a: 1\r\nk: arp || icmp\r\n"},
		{"in a flow list", "k: [a, 'b c', \"d e\"]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, errs := Parse([]byte(tt.src))
			if errs != nil {
				t.Fatal(errs)
			}
			lines := strings.Split(tt.src, "\n")
			checked := 0
			check(t, root, lines, &checked)
			if checked < 5 {
				t.Errorf("only %d characters found", checked)
			}
		})
	}
}

func check(t *testing.T, n *Node, lines []string, checked *int) {
	for _, p := range n.Pairs {
		check(t, p.Value, lines, checked)
	}
	for _, i := range n.Items {
		check(t, i, lines, checked)
	}
	for off, r := range n.Value {
		if r == ' ' || r == '\n' {
			continue // a folded line end
		}
		at := n.At(off)
		line := []rune(lines[at.Line-1])
		if at.Col > len(line) || line[at.Col-1] != r && line[at.Col-1] != '\\' {
			t.Errorf("%q[%d] = %q is said to be at %v", n.Value, off, r, at)
		}
		*checked++
	}
}

// TestHostileTextIsRefusedFast: what is small enough to be read is read in
// time, however it is made.
// TestHostileTextTakesLittleWork: whatever the text, what is allocated for it is
// bounded by its length, whether it is refused or read.
func TestHostileTextTakesLittleWork(t *testing.T) {
	if testing.Short() {
		t.Skip("counts the work of parsing large texts")
	}
	for name, unit := range map[string]string{
		"brackets": "[", "braces": "{", "dashes": "- ", "keys": "a: ", "quotes": "'", "double quotes": "\"", "questions": "? ", "anchors": "&a ",
		"bangs": "!", "pipes": "a: |\n", "colons": ":", "comments": "#\n", "commas": "[,", "lines": "a\n", "nested": "[{a: ", "tabs": "\t", "percent": "%\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{8 << 10, 32 << 10, 64 << 10, 1 << 20} {
				src := []byte(strings.Repeat(unit, size/len(unit)))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, errs := Parse(src)
				runtime.ReadMemStats(&after)
				// The most is 6,300 a byte, of nested block scalars, and 500 of anything else.
				if took := after.TotalAlloc - before.TotalAlloc; took > 10_000*uint64(len(src)) {
					t.Errorf("%d bytes of text allocated %d", len(src), took)
				}
				for _, e := range errs {
					if e.Line < 1 || e.Col < 1 {
						t.Errorf("%+v", e)
					}
				}
			}
		})
	}
}

func TestPathAndFind(t *testing.T) {
	root, errs := Parse([]byte("a:\n  b: [x, {c: y}]\n"))
	if errs != nil {
		t.Fatal(errs)
	}
	n := root.Find("a.b[1].c")
	if n.Value != "y" || n.Path() != "a.b[1].c" {
		t.Errorf("%q at %s", n.Value, n.Path())
	}
	if deepest := root.Find("a.b[7].z"); deepest.Kind != List {
		t.Error(deepest.What())
	}
}

func TestExpandKeepsShapesAndEscapes(t *testing.T) {
	root, errs := Parse([]byte("a: ${x}\nb: '${x}'\nc: v${y}w\nd: $${x}\n\"${y}\": 1\n"))
	if errs != nil {
		t.Fatal(errs)
	}
	values, _ := Parse([]byte("x: [1, 2]\ny: z\n"))
	out, errs := root.Expand(func(name string) (*Node, error) {
		if v := values.Get(name); v != nil {
			return v, nil
		}
		return nil, fmt.Errorf("no %s", name)
	})
	if errs != nil {
		t.Fatal(errs)
	}
	if out.Get("a").Kind != List || out.Get("b").Kind != List || out.Get("c").Value != "vzw" || out.Get("d").Value != "${x}" || out.Get("z") == nil {
		t.Errorf("%+v", out)
	}
	if at := out.Get("c").At(2); at != (Pos{3, 9}) {
		t.Errorf("the w stands at %v", at)
	}
}

package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"netverify/assert"
	"netverify/internal/plain"
)

// nasty has a character of each category that is not to be seen, and bytes that
// are none.
const nasty = "\x1b[2J\x7f\u0085\u009b\u00ad\u200b\u2028\u2029\u202e\u2066\ufeff\ufffe\U000e0041\xff\xed\xa0\x80\x00"

// TestNothingHiddenInAnyFormat: what a scenario's file, a capture's comment, an
// interface's name or a kernel's extended answer may carry.
func TestNothingHiddenInAnyFormat(t *testing.T) {
	r := failing("macvlan/" + nasty)
	r.Title, r.File, r.Reason, r.Trouble = nasty, nasty, nasty, nasty
	r.Evidence, r.Verifies, r.Facts = []string{nasty}, []string{nasty}, []assert.Fact{{Key: nasty, Value: nasty}}
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Name, c.Text, c.Reason, c.Journey = nasty, nasty, nasty, []string{nasty}
	}
	r.Topology = assert.Topology{Nodes: []assert.Node{{Name: nasty, Kind: nasty, Firewall: nasty, Interfaces: []assert.Interface{{Name: nasty, Kind: nasty, MAC: nasty}}}}}
	one := New(Kernel{Name: nasty, Release: nasty, Where: nasty, Accel: nasty, Config: map[string]string{nasty: nasty}}, 2, []assert.Result{r, with(passing(nasty), assert.Skip, nasty)})
	one.Because, one.Hint, one.Evidence, one.Trouble = nasty, nasty, nasty, []string{nasty}
	two := New(Kernel{Name: "other" + nasty}, 1, []assert.Result{r})
	for name, rep := range map[string]Report{"one": Of(one), "compared": Of(one, two)} {
		formats := Formats()
		formats = append(formats, Format{Name: "text", Write: Text})
		for _, f := range formats {
			var b bytes.Buffer
			if err := f.Write(&b, rep, Options{Path: func(Scenario) string { return nasty }, Files: []string{nasty}}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "")
				if strings.ContainsFunc(line, plain.Hidden) || !utf8.ValidString(line) {
					t.Errorf("%s as %s: %q", name, f.Name, line)
					break
				}
			}
		}
	}
}

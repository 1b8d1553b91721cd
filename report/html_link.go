package report

import (
	"fmt"
	"html/template"
	"strings"
)

// Link leads to a place of the page.
func (in *instance) Link() template.URL { return template.URL("#" + in.ID) }

// Link leads to the scenario.
func (s *section) Link() template.URL { return template.URL("#" + s.ID) }

// fragment writes a name as what may stand behind # in an address, and as the
// id of the element that this leads to: a browser compares the two as they are.
// The signs of except stay as they are. An address is scenario@result/place.
func fragment(name, except string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("._-+,"+except, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

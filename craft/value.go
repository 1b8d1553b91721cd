package craft

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxData is the longest payload and hex dump, bytes: what an IPv4 length
// field can count, with room for the headers of a frame around it.
const maxData = 65600

// num returns *p, or def where p is nil.
func (c *composer) num(path string, p *int, def, lo, hi int) int {
	if p == nil {
		return def
	}
	return c.inRange(path, *p, lo, hi)
}

func (c *composer) inRange(path string, v, lo, hi int) int {
	if v < lo || v > hi {
		c.errorf(path, "%d is out of range %d-%d", v, lo, hi)
		return lo
	}
	return v
}

// multiple is num for fields that count in units.
func (c *composer) multiple(path string, p *int, def, hi, unit int) int {
	v := c.num(path, p, def, 0, hi)
	if v%unit != 0 {
		c.errorf(path, "%d is not a multiple of %d", v, unit)
	}
	return v
}

// named is a number that scenarios may write as a word.
type named struct {
	name  string
	value int
}

// code parses a number or one of the names. The name comes back empty for a
// number; ok is false for "" and after an error.
func (c *composer) code(path, s string, names []named, hi int) (value int, name string, ok bool) {
	if s == "" {
		return 0, "", false
	}
	var known []string
	for _, n := range names {
		if n.name == s {
			return n.value, n.name, true
		}
		known = append(known, n.name)
	}
	v, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		c.errorf(path, "%q is neither a number nor one of %s", s, strings.Join(known, ", "))
		return 0, "", false
	}
	if v > uint64(hi) {
		c.errorf(path, "%d is out of range 0-%d", v, hi)
		return 0, "", false
	}
	return int(v), "", true
}

// flags returns the sum of the named bits.
func (c *composer) flags(path string, set []string, names []named) int {
	sum := 0
	for i, s := range set {
		v, known := 0, make([]string, 0, len(names))
		for _, n := range names {
			if n.name == s {
				v = n.value
			}
			known = append(known, n.name)
		}
		if v == 0 {
			c.errorf(fmt.Sprintf("%s[%d]", path, i), "%q is not one of %s", s, strings.Join(known, ", "))
		}
		sum |= v
	}
	return sum
}

// hexBytes decodes hexadecimal digits with blanks, colons and line breaks
// between them.
func (c *composer) hexBytes(path, s string) []byte {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n:", r) {
			return -1
		}
		return r
	}, s)
	if len(s) > 2*maxData {
		c.errorf(path, "%d bytes are more than %d", len(s)/2, maxData)
		return nil
	}
	b, err := hex.DecodeString(s)
	switch {
	case errors.Is(err, hex.ErrLength):
		c.errorf(path, "odd number of hexadecimal digits: %d", len(s))
	case err != nil:
		c.errorf(path, "%v", strings.TrimPrefix(err.Error(), "encoding/hex: "))
	case len(b) == 0:
		c.errorf(path, "no hexadecimal digits")
	}
	return b
}

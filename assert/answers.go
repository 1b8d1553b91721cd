package assert

import (
	"strings"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// contents numbers the frames of a recording by their bytes. Most are seen at
// several taps unchanged, and few filters can tell those sightings apart.
type contents struct {
	number []int // by observation; -1: captured only in part, like no other
	count  int
}

func newContents(rec *recording.Recording) *contents {
	c := &contents{number: make([]int, len(rec.Observations))}
	known := make(map[string]int)
	for i := range rec.Observations {
		f := rec.Observations[i].Frame
		if f.CapLen() < f.Len() {
			c.number[i] = -1
			continue
		}
		n, ok := known[string(f.Bytes())]
		if !ok {
			n = c.count
			known[string(f.Bytes())] = n
			c.count++
		}
		c.number[i] = n
	}
	return c
}

// answers are what one filter said of the contents: 0 where it was not asked.
type answers []int8

// aboutFrame tells whether a filter can only ask about the bytes of a frame,
// not about the capture (frame.*) or how certain its checksums are
// (*.checksum.status): what the fields of package frame ask of a frame.View.
func aboutFrame(text string) bool {
	return !strings.Contains(text, "frame") && !strings.Contains(text, "checksum")
}

// ask is the filter's answer about an observation.
func (j *judging) ask(i int, m *filter.Matcher) bool {
	if m != j.asking {
		j.asking, j.said = m, j.saidBy(m)
	}
	if j.said == nil || j.contents.number[i] < 0 {
		return j.evaluate(i, m)
	}
	said := &j.said[j.contents.number[i]]
	if *said == 0 {
		*said = -1
		if j.evaluate(i, m) {
			*said = 1
		}
	}
	return *said > 0
}

// saidBy are the answers that a filter has given already, nil if it has to be
// asked every time.
func (j *judging) saidBy(m *filter.Matcher) answers {
	text := m.String()
	if !aboutFrame(text) {
		return nil
	}
	if j.contents == nil {
		j.contents = newContents(j.rec)
	}
	if j.given[text] == nil {
		j.given[text] = make(answers, j.contents.count)
	}
	return j.given[text]
}

func (j *judging) evaluate(i int, m *filter.Matcher) bool {
	j.look(i)
	return m.Match(&j.view)
}

// look turns the view to an observation.
func (j *judging) look(i int) {
	o := &j.rec.Observations[i]
	j.view = frame.View{
		Frame: o.Frame, Number: i + 1, Interface: j.names[o.Point],
		At: o.At, Dir: o.Dir, Type: o.Type, ChecksumPending: o.ChecksumPending,
	}
}

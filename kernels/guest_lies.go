package kernels

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"netverify/assert"
)

// errGuestLies says that a stream whose checksums are right says what cannot be.
// A kernel under test may have written anything there: after that no pass of this
// guest is believed.
var errGuestLies = errors.New("the guest says what cannot be")

func lie(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errGuestLies, fmt.Sprintf(format, args...))
}

// Bounds on what a guest may make the host hold. The largest labs, of 10,000
// interfaces, take some 100,000 objects; one of Go's takes up to 100 times as
// much memory as "{}" does.
const (
	mostObjects = 1 << 20
	mostJSON    = 64 << 20  // bytes of the JSON in one record
	mostOutput  = 256 << 20 // bytes that a test program may write
	mostBroken  = 1000      // times that init may tell what keeps it from going on
)

// decodeJSON reads JSON of a guest.
func decodeJSON(text []byte, v any) error {
	if len(text) > mostJSON {
		return lie("%d bytes of JSON, at most %d are allowed", len(text), mostJSON)
	}
	if n := bytes.Count(text, []byte("{")); n > mostObjects {
		return lie("JSON of %d objects, at most %d are allowed", n, mostObjects)
	}
	return json.Unmarshal(text, v)
}

// credible says what in a result no run gives.
func credible(r *assert.Result) error {
	if r.Outcome < assert.Pass || r.Outcome > assert.Error {
		return lie("the outcome of %q is number %d", r.Name, uint8(r.Outcome))
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		switch {
		case c.Outcome < assert.Pass || c.Outcome > assert.Error:
			return lie("the outcome of check %d of %q is number %d", i+1, r.Name, uint8(c.Outcome))
		case r.Outcome == assert.Pass && c.Outcome != assert.Pass:
			return lie("%q is a pass, its check %d is none: %s", r.Name, i+1, c.Outcome)
		case c.Step < 0:
			return lie("check %d of %q is of step %d", i+1, r.Name, c.Step)
		}
		for _, n := range c.Frames {
			if n < 0 {
				return lie("check %d of %q was decided by frame %d", i+1, r.Name, n)
			}
		}
	}
	return nil
}

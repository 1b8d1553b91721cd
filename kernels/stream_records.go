package kernels

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"netverify/assert"
)

// hello is what a guest says of itself before it does anything.
type hello struct {
	Release string            // uname -r
	Config  map[string]string // as run.Kernel
	Trouble []string          // modules that could not be loaded, folders that could not be mounted
}

// exitRecord is how a test program ended.
type exitRecord struct {
	Status int    // 128 + signal where it was killed
	Error  string // why it could not be started; "" where it was
}

// doneRecord is the last one. Its counts are compared with what came in.
type doneRecord struct {
	Results int       // records of results
	Output  int64     // bytes of a test program's output
	Late    []trouble // logged while no scenario ran
	Error   string    // of run.All
}

// trouble is a report of the kernel against itself: an oops or a warning.
type trouble struct {
	Line string   // the line that names it: "WARNING: CPU: 0 PID: 1 at net/core/dev.c:123 ..."
	Text []string // that line and those after it, as the kernel logged them

	// After is the scenario that had ended last; "" before the first end. A lab
	// is taken away in the background, so what comes late may be its doing.
	After string
}

// evidenceFile is a file that a scenario left.
type evidenceFile struct {
	Name string // as in Result.Evidence
	Data []byte
}

// resultRecord is one scenario's outcome with its evidence.
type resultRecord struct {
	Result   assert.Result
	Trouble  []trouble // what the kernel logged while the scenario ran
	Evidence []evidenceFile
}

// encode makes the payload: JSON, compressed, because a serial port moves a few
// hundred kilobytes a second under TCG.
func (r *resultRecord) encode() ([]byte, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(json.NewEncoder(z).Encode(r), z.Close()); err != nil {
		return nil, fmt.Errorf("encode the result of %s: %w", r.Result.Name, err)
	}
	return b.Bytes(), nil
}

func (r *resultRecord) decode(payload []byte) error {
	z := flate.NewReader(bytes.NewReader(payload))
	text, err := io.ReadAll(io.LimitReader(z, recordLimit+1))
	if err == nil && len(text) > recordLimit {
		err = fmt.Errorf("more than %d bytes", recordLimit)
	}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		return fmt.Errorf("%w: a result: %w", errStreamCut, err)
	}
	return nil
}

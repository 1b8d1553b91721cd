package kernels

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"netverify/assert"
)

// hello is what a guest says of itself before it does anything.
type hello struct {
	Release string            // uname -r
	Build   string            // as run.Build
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
	Shared  int       // records that went through shared memory
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
	Size int    // bytes, while it travels
	Data []byte `json:"-"`
}

// resultRecord is one scenario's outcome with its evidence.
type resultRecord struct {
	Result   assert.Result
	Trouble  []trouble // what the kernel logged while the scenario ran
	Evidence []evidenceFile
}

// encode makes the payload: the length of the JSON (4 bytes, little endian), the
// JSON, and the files one behind the other.
func (r *resultRecord) encode() ([]byte, error) {
	head := *r
	head.Evidence = make([]evidenceFile, len(r.Evidence))
	size := 0
	for i, f := range r.Evidence {
		head.Evidence[i] = evidenceFile{Name: f.Name, Size: len(f.Data)}
		size += len(f.Data)
	}
	text, err := json.Marshal(&head)
	if err != nil {
		return nil, fmt.Errorf("encode the result of %s: %w", r.Result.Name, err)
	}
	b := make([]byte, 0, 4+len(text)+size)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	b = append(b, text...)
	for _, f := range r.Evidence {
		b = append(b, f.Data...)
	}
	return b, nil
}

// decode is the way back. The files share the payload's memory.
func (r *resultRecord) decode(payload []byte) error {
	if len(payload) < 4 {
		return fmt.Errorf("%w: a result of %d bytes", errStreamCut, len(payload))
	}
	length, rest := binary.LittleEndian.Uint32(payload), payload[4:]
	if uint64(length) > uint64(len(rest)) {
		return fmt.Errorf("%w: a result of %d bytes is in a record of %d", errStreamCut, length, len(payload))
	}
	if err := decodeJSON(rest[:length], r); errors.Is(err, errGuestLies) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: a result: %w", errStreamCut, err)
	}
	rest = rest[length:]
	for i := range r.Evidence {
		f := &r.Evidence[i]
		if f.Size < 0 || f.Size > len(rest) {
			return fmt.Errorf("%w: %s of %d bytes, %d have come", errStreamCut, f.Name, f.Size, len(rest))
		}
		f.Data, rest = rest[:f.Size:f.Size], rest[f.Size:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: %d bytes behind a result", errStreamCut, len(rest))
	}
	return nil
}

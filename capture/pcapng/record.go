package pcapng

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

const (
	recordPrefix  = "netverify-record v1 "
	recordChunk   = 60000 // bytes of JSON in one comment
	chunksInBlock = 16    // comments in one block
)

// record is the JSON of the final blocks. Fields are only ever added; a
// change of meaning changes recordPrefix.
type record struct {
	Frames int    `json:"frames"` // number of observations
	Bytes  int64  `json:"bytes"`  // length of the section before the record
	CRC32C uint32 `json:"crc32c"` // of those bytes

	// Recording has no Observations: those are the frames of the section.
	Recording recording.Recording `json:"recording"`

	Report json.RawMessage `json:"report,omitempty"` // what was reported of the recording

	// Marks are the observations whose Mark, Step and Seq are not what their
	// own tag says (frame.FindTag), or for want of one the step whose range
	// they are in: index, mark, step, seq.
	Marks [][4]int `json:"marks,omitempty"`
	// Types are the observations whose PacketType epb_flags cannot say: index,
	// type.
	Types [][2]int `json:"types,omitempty"`
}

// derived returns what Mark, Step and Seq of an observation follow from its
// bytes and its place.
func derived(rec *recording.Recording, b []byte, step int) (frame.Mark, int, int) {
	if t, ok := frame.FindTag(b, rec.Nonce); ok {
		return t.Mark, t.Step, t.Seq
	}
	return frame.Unmarked, step, 0
}

// stepsOf calls f with every observation and the step whose range it is in.
func stepsOf(rec *recording.Recording, f func(i, step int)) {
	step := 0
	for i := range rec.Observations {
		for step+1 < len(rec.Steps) && i >= rec.Steps[step+1].First {
			step++
		}
		f(i, step)
	}
}

// record writes the final blocks.
func (s *sink) record(rec *recording.Recording, report []byte) error {
	r := record{Frames: len(rec.Observations), Bytes: s.n, CRC32C: s.crc, Recording: *rec, Report: report}
	r.Recording.Observations = nil
	stepsOf(rec, func(i, step int) {
		o := &rec.Observations[i]
		m, st, seq := derived(rec, o.Frame.Bytes(), step)
		if m != o.Mark || st != o.Step || seq != o.Seq {
			r.Marks = append(r.Marks, [4]int{i, int(o.Mark), o.Step, o.Seq})
		}
		if typeOf(flagsOf(o)) != o.Type {
			r.Types = append(r.Types, [2]int{i, int(o.Type)})
		}
	})
	text, err := json.Marshal(&r)
	if err != nil {
		return err
	}
	sum := crc32.Checksum(text, castagnoli)
	var chunks []string
	for rest := string(text); rest != ""; {
		var head string
		head, rest = cutText(rest, recordChunk)
		chunks = append(chunks, head)
	}
	for i := 0; i < len(chunks); i += chunksInBlock {
		b := beginBlock(s.buf, blockNRB)
		b = append(b, 0, 0, 0, 0) // nrb_record_end: no names
		for j := i; j < min(i+chunksInBlock, len(chunks)); j++ {
			b = appendText(b, optComment, fmt.Sprintf("%s%d/%d %08x %s", recordPrefix, j+1, len(chunks), sum, chunks[j]))
		}
		s.buf = endBlock(appendOptEnd(b), 0)
		if err := s.flush(); err != nil {
			return err
		}
	}
	return nil
}

// parts gathers the comments of the record as they come.
type parts struct {
	total int
	got   int
	sum   string // CRC-32C of the whole JSON, 8 hexadecimal digits
	text  strings.Builder
}

// done tells whether the last part has come.
func (p *parts) done() bool { return p.total > 0 && p.got == p.total }

// add takes one comment; ok is false if it is no part of a record.
func (p *parts) add(comment string) (ok bool, err error) {
	rest, ok := strings.CutPrefix(comment, recordPrefix)
	if !ok {
		if strings.HasPrefix(comment, "netverify-record ") {
			return true, fmt.Errorf("record of another version: %.40q", comment)
		}
		return false, nil
	}
	head, rest, _ := strings.Cut(rest, " ")
	sum, body, _ := strings.Cut(rest, " ")
	no, of, _ := strings.Cut(head, "/")
	n, err1 := strconv.Atoi(no)
	total, err2 := strconv.Atoi(of)
	if err := errors.Join(err1, err2); err != nil {
		return true, fmt.Errorf("record: %w", err)
	}
	if total < 1 || n != p.got+1 || n > total || p.total != 0 && (total != p.total || sum != p.sum) {
		return true, fmt.Errorf("record: part %d of %d after %d of %d", n, total, p.got, p.total)
	}
	p.total, p.got, p.sum = total, n, sum
	p.text.WriteString(body)
	return true, nil
}

// cost is the memory that a record may ask for when it is decoded: a short text
// may ask for much, as "{}" is a whole step.
func (p *parts) cost() int {
	text := p.text.String()
	return costObject*strings.Count(text, "{") + costValue*strings.Count(text, ",")
}

// join decodes the record and puts the recording of sec, which has the frames
// of the section, together with it. length and crc are of the section before
// the record.
func (p *parts) join(sec *Section, length int64, crc uint32) error {
	rec := sec.Recording
	text := []byte(p.text.String())
	if sum := fmt.Sprintf("%08x", crc32.Checksum(text, castagnoli)); sum != p.sum {
		return fmt.Errorf("the record was changed after it had been written: its CRC-32C is %s, not %s", sum, p.sum)
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if r.Frames != len(rec.Observations) || len(r.Recording.Points) != len(rec.Points) {
		return fmt.Errorf("the record is of %d frames at %d points, the section has %d at %d",
			r.Frames, len(r.Recording.Points), len(rec.Observations), len(rec.Points))
	}
	if r.Bytes != length || r.CRC32C != crc {
		return fmt.Errorf("the section was changed after it had been written: %d bytes with CRC-32C %08x, the record says %d and %08x",
			length, crc, r.Bytes, r.CRC32C)
	}
	obs := rec.Observations
	sec.Report = r.Report
	*rec = r.Recording
	rec.Observations = obs
	stepsOf(rec, func(i, step int) {
		o := &obs[i]
		o.Mark, o.Step, o.Seq = derived(rec, o.Frame.Bytes(), step)
	})
	for _, m := range r.Marks {
		if m[0] < 0 || m[0] >= len(obs) {
			return fmt.Errorf("record: mark of frame %d", m[0])
		}
		obs[m[0]].Mark, obs[m[0]].Step, obs[m[0]].Seq = frame.Mark(m[1]), m[2], m[3]
	}
	for _, t := range r.Types {
		if t[0] < 0 || t[0] >= len(obs) {
			return fmt.Errorf("record: type of frame %d", t[0])
		}
		obs[t[0]].Type = frame.PacketType(t[1])
	}
	return nil
}

package kernels

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/report"
	"netverify/run"
)

// words are the records of a guest, one behind the other.
type words []byte

func (b words) say(kind recordKind, v any) words {
	text, ok := v.(string)
	if r, is := v.(*resultRecord); is {
		payload, _ := r.encode() // of strings and numbers
		text, ok = string(payload), true
	}
	if !ok {
		j, _ := json.Marshal(v)
		text = string(j)
	}
	return appendRecord(b, kind, []byte(text))
}

// heard is what a host makes of a stream, through a ring of its own.
func heard(stream []byte, c *collector) (*session, error) {
	s := &session{onBegin: c.begin, onResult: c.add}
	host, _ := sides()
	for in := bytes.NewReader(stream); s.cause == 0; {
		kind, payload, err := readRecord(in)
		if err == nil {
			kind, payload, err = unfold(host, kind, payload)
		}
		s.take(record{kind, payload, err})
	}
	err := s.err
	if s.cause == causeDone && s.difference() != "" {
		err = &GuestError{Ending: CountsDiffer, Detail: s.difference()}
	}
	c.distrust(err)
	return s, err
}

// TestALyingGuestPassesNothing: the checksums of each stream are right, and no
// pass is left of what it says, nor a file but the scenarios' own.
func TestALyingGuestPassesNothing(t *testing.T) {
	plans := trio(t)
	a, b := plans[0].Name, plans[1].Name
	pass := func(name string) *resultRecord { return came(name, 0) }
	with := func(change func(*resultRecord)) *resultRecord { r := pass(a); change(r); return r }
	greeted := words(nil).say(recordHello, hello{Release: "1.2.3"})
	begun := greeted.say(recordBegin, a)
	named := func(files ...string) *resultRecord {
		return with(func(r *resultRecord) {
			for _, f := range files {
				r.Evidence = append(r.Evidence, evidenceFile{Name: f, Data: []byte("x")})
			}
		})
	}
	piece := func(p ringPiece) string { return string(p.encode()) }
	for name, tt := range map[string]struct {
		stream words
		says   string
	}{
		"two greetings":           {begun.say(recordResult, pass(a)).say(recordHello, hello{Release: "4.5.6"}), "greets twice"},
		"another's begin":         {begun.say(recordResult, pass(a)).say(recordBegin, "not/asked"), `"not/asked" begins`},
		"another's result":        {begun.say(recordResult, pass(a)).say(recordResult, pass("not/asked")), `result of "not/asked"`},
		"another repetition":      {begun.say(recordResult, came(a, 7)), "repetition 7"},
		"a second result":         {begun.say(recordResult, pass(a)).say(recordResult, pass(a)), "a second result"},
		"more results than sent":  {begun.say(recordResult, pass(a)).say(recordDone, doneRecord{Results: 3}), "sent 3 results"},
		"fewer results than sent": {begun.say(recordResult, pass(a)).say(recordResult, pass(b)).say(recordDone, doneRecord{Results: 1}), "sent 1 results"},
		"an outcome of none":      {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Outcome = 0 })), "number 0"},
		"an outcome of its own":   {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Outcome = 99 })), "number 99"},
		"a check of its own":      {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks = []assert.Check{{Outcome: 99}} })), "check 1"},
		"a pass that failed":      {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks = []assert.Check{{Outcome: assert.Fail}} })), "its check 1 is none"},
		"a frame before all": {begun.say(recordResult, with(func(r *resultRecord) {
			r.Result.Checks = []assert.Check{{Outcome: assert.Pass, Frames: []int{-1}}}
		})), "frame -1"},
		"a file outside":           {begun.say(recordResult, named("../escaped.pcapng")), `evidence "../escaped.pcapng"`},
		"a file from the root":     {begun.say(recordResult, named("/escaped.pcapng")), "evidence"},
		"the file of another":      {begun.say(recordResult, named(b+".pcapng")), "evidence"},
		"its file twice":           {begun.say(recordResult, named(a+".pcapng", a+".pcapng")), "evidence"},
		"output of no test":        {begun.say(recordResult, pass(a)).say(recordOutput, "x"), "output of a test program"},
		"the end of no test":       {begun.say(recordResult, pass(a)).say(recordExit, exitRecord{}), "ends that does not run"},
		"a piece outside the ring": {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordResult, at: 990, size: 100})), "of a ring of 1000"},
		"a huge piece":             {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordResult, size: 1<<32 - 1})), "of a ring of 1000"},
		"a piece far ahead":        {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordResult, at: 1 << 60, size: 1})), "further than"},
		"a piece twice":            {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordBroken, size: 8, sum: zeros(8)})).say(recordAway, piece(ringPiece{kind: recordBroken, size: 8, sum: zeros(8)})), "of which 8 bytes were taken"},
		"pieces that overlap":      {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordBroken, size: 8, sum: zeros(8)})).say(recordAway, piece(ringPiece{kind: recordBroken, at: 4, size: 8, sum: zeros(8)})), "of which 8 bytes were taken"},
		"objects without number":   {begun.say(recordResult, pass(a)).say(recordDone, `{"Late":[`+strings.Repeat("{},", mostObjects)+`{}]}`), "objects"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			c := newCollector(plans, run.Options{Out: dir})
			_, err := heard(tt.stream, c)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v, want %q", err, tt.says)
			}
			c.missing(&GuestError{Ending: StreamCut, Detail: fmt.Sprint(err)})
			if got := outcomes(c.results); !slices.Equal(got, []assert.Outcome{assert.Error, assert.Error, assert.Error}) {
				t.Errorf("outcomes %v", got)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was written: %v", err)
			}
		})
	}
}

func zeros(n int) uint32 {
	p, _ := (&ring{memory: make([]byte, ringHead+1000)}).put(recordBroken, make([]byte, n))
	return p.sum
}

// TestAnHonestGuestIsBelieved is the control of the above.
func TestAnHonestGuestIsBelieved(t *testing.T) {
	plans, dir := trio(t), t.TempDir()
	c := newCollector(plans, run.Options{Out: dir})
	s := words(nil).say(recordHello, hello{Release: "1.2.3"})
	for _, p := range plans {
		r := came(p.Name, 0)
		r.Evidence = []evidenceFile{{Name: p.Name + ".pcapng", Data: []byte("y")}}
		s = s.say(recordBegin, p.Name).say(recordResult, r)
	}
	if _, err := heard(s.say(recordDone, doneRecord{Results: 3}), c); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.results {
		text, err := os.ReadFile(filepath.Join(dir, r.Name+".pcapng"))
		if r.Outcome != assert.Pass || len(r.Evidence) != 1 || string(text) != "y" || err != nil {
			t.Errorf("%+v: %q, %v", r, text, err)
		}
	}
}

// TestAGuestThatNeverEndsIsCut: words without number, each of which would put off
// the deadline of silence.
func TestAGuestThatNeverEndsIsCut(t *testing.T) {
	plans := trio(t)
	for kind, text := range map[recordKind]string{recordBegin: plans[0].Name, recordBroken: "again"} {
		one := words(nil).say(kind, text)
		stream := io.MultiReader(bytes.NewReader(words(nil).say(recordHello, hello{})), bytes.NewReader(bytes.Repeat(one, 2*mostBroken)))
		c := newCollector(plans, run.Options{})
		text, err := io.ReadAll(stream)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := heard(text, c); !errors.Is(err, errGuestLies) || len(s.begun) > mostBoots*len(plans) {
			t.Errorf("kind %d: %v, %d names are held", kind, err, len(s.begun))
		}
	}
}

// FuzzLyingGuest gives a host any stream: it neither panics nor holds more than
// was asked for, and every format can tell what it makes of it.
func FuzzLyingGuest(f *testing.F) {
	plans := trio(f)
	greeted := words(nil).say(recordHello, hello{Release: "1.2.3"})
	begun := greeted.say(recordBegin, plans[0].Name)
	f.Add([]byte(begun.say(recordResult, came(plans[0].Name, 0)).say(recordDone, doneRecord{Results: 1})))
	f.Add([]byte(begun.say(recordAway, string(ringPiece{kind: recordResult, at: 1 << 63, size: 1 << 31}.encode()))))
	odd := came(plans[0].Name, 0)
	odd.Result.Outcome = assert.Fail
	odd.Result.Checks = []assert.Check{{Step: 1 << 40, Outcome: assert.Fail, Frames: []int{1 << 40}, Line: -1, Kind: 99}}
	odd.Result.Graph = assert.Graph{{From: assert.Hop{Point: "nowhere", Dir: 77}}}
	f.Add([]byte(begun.say(recordResult, odd)))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newCollector(plans, run.Options{})
		s, _ := heard(b, c)
		if s.results > len(plans) || len(c.results) != len(plans) {
			t.Errorf("%d results of %d plans", s.results, len(plans))
		}
		rep := report.Of(report.New(report.Kernel{Release: s.hello.Release, Build: s.hello.Build, Config: s.hello.Config}, len(plans), c.results))
		for _, format := range report.Formats() {
			if err := format.Write(io.Discard, rep, report.Options{}); err != nil {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
	})
}

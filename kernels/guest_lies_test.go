package kernels

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/recording"
	"netverify/report"
	"netverify/run"
	"netverify/scenarios"
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
	pass := func(name string) *resultRecord { return proven(t, plans, name, 0, testRun) }
	with := func(change func(*resultRecord)) *resultRecord { r := pass(a); change(r); return r }
	greeted := words(nil).say(recordHello, hello{Release: "1.2.3"})
	begun := greeted.say(recordBegin, a)
	named := func(files ...string) *resultRecord {
		return with(func(r *resultRecord) {
			data := r.Evidence[0].Data
			r.Evidence = nil
			for _, f := range files {
				r.Evidence = append(r.Evidence, evidenceFile{Name: f, Data: data})
			}
		})
	}
	piece := func(p ringPiece) string { return string(p.encode()) }
	for name, tt := range map[string]struct {
		stream words
		says   string
	}{
		"two greetings":                  {begun.say(recordResult, pass(a)).say(recordHello, hello{Release: "4.5.6"}), "greets twice"},
		"another's begin":                {begun.say(recordResult, pass(a)).say(recordBegin, "not/asked"), `"not/asked" begins`},
		"another's result":               {begun.say(recordResult, pass(a)).say(recordResult, with(func(r *resultRecord) { r.Result.Name = "not/asked" })), `result of "not/asked"`},
		"another repetition":             {begun.say(recordResult, func() *resultRecord { r := pass(a); r.Result.Repeat = 7; return r }()), "repetition 7"},
		"a second result":                {begun.say(recordResult, pass(a)).say(recordResult, pass(a)), "a second result"},
		"more results than sent":         {begun.say(recordResult, pass(a)).say(recordDone, doneRecord{Results: 3}), "sent 3 results"},
		"fewer results than sent":        {begun.say(recordResult, pass(a)).say(recordResult, pass(b)).say(recordDone, doneRecord{Results: 1}), "sent 1 results"},
		"an outcome of none":             {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Outcome = 0 })), "number 0"},
		"an outcome of its own":          {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Outcome = 99 })), "number 99"},
		"a check of its own":             {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks[0].Outcome = 99 })), "check 1"},
		"a pass that failed":             {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks[0].Outcome = assert.Fail })), "its check 1 is none"},
		"another version":                {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Digest = "sha256:0" })), "another version"},
		"no version":                     {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Digest = "" })), "another version"},
		"another run":                    {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Run = "earlier" })), "of another run"},
		"another's checks":               {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks = pass(b).Result.Checks })), "checks"},
		"no checks":                      {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks = nil })), "has 0 checks"},
		"a check too many":               {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks = append(r.Result.Checks, r.Result.Checks[0]) })), "checks, its scenario"},
		"a check left out":               {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks = r.Result.Checks[1:] })), "checks, its scenario"},
		"checks in another order":        {begun.say(recordResult, with(func(r *resultRecord) { slices.Reverse(r.Result.Checks) })), "check 1"},
		"a check that is easier":         {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks[1].Text = "anything goes" })), "check 2"},
		"no evidence":                    {begun.say(recordResult, with(func(r *resultRecord) { r.Evidence = nil })), "without evidence"},
		"another's evidence":             {begun.say(recordResult, with(func(r *resultRecord) { r.Evidence[0].Data = pass(b).Evidence[0].Data })), "is that of " + strconv.Quote(b)},
		"evidence of another run":        {begun.say(recordResult, with(func(r *resultRecord) { r.Evidence[0].Data = proven(t, plans, a, 0, "earlier").Evidence[0].Data })), "earlier"},
		"evidence of another repetition": {begun.say(recordResult, with(func(r *resultRecord) { r.Evidence[0].Data = proven(t, plans, a, 2, testRun).Evidence[0].Data })), testRun + " 2"},
		"evidence that is cut":           {begun.say(recordResult, with(func(r *resultRecord) { d := r.Evidence[0].Data; r.Evidence[0].Data = d[:len(d)-40] })), "evidence of"},
		"evidence that is no file":       {begun.say(recordResult, with(func(r *resultRecord) { r.Evidence[0].Data = []byte("x") })), "is none"},
		"evidence of a failure":          {begun.say(recordResult, with(func(r *resultRecord) { r.Evidence[0].Data = failed(t, plans[0]) })), "its evidence says fail"},
		"a frame before all":             {begun.say(recordResult, with(func(r *resultRecord) { r.Result.Checks[0].Frames = []int{-1} })), "frame -1"},
		"a file outside":                 {begun.say(recordResult, named("../escaped.pcapng")), `evidence "../escaped.pcapng"`},
		"a file from the root":           {begun.say(recordResult, named("/escaped.pcapng")), "evidence"},
		"the file of another":            {begun.say(recordResult, named(b+".pcapng")), "evidence"},
		"its file twice":                 {begun.say(recordResult, named(a+".pcapng", a+".pcapng")), "evidence"},
		"output of no test":              {begun.say(recordResult, pass(a)).say(recordOutput, "x"), "output of a test program"},
		"the end of no test":             {begun.say(recordResult, pass(a)).say(recordExit, exitRecord{}), "ends that does not run"},
		"a piece outside the ring":       {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordResult, at: 990, size: 100})), "of a ring of 1000"},
		"a huge piece":                   {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordResult, size: 1<<32 - 1})), "of a ring of 1000"},
		"a piece far ahead":              {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordResult, at: 1 << 60, size: 1})), "further than"},
		"a piece twice":                  {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordBroken, size: 8, sum: zeros(8)})).say(recordAway, piece(ringPiece{kind: recordBroken, size: 8, sum: zeros(8)})), "of which 8 bytes were taken"},
		"pieces that overlap":            {begun.say(recordResult, pass(a)).say(recordAway, piece(ringPiece{kind: recordBroken, size: 8, sum: zeros(8)})).say(recordAway, piece(ringPiece{kind: recordBroken, at: 4, size: 8, sum: zeros(8)})), "of which 8 bytes were taken"},
		"objects without number":         {begun.say(recordResult, pass(a)).say(recordDone, `{"Late":[`+strings.Repeat("{},", mostObjects)+`{}]}`), "objects"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			c := newCollector(plans, run.Options{Out: dir, ID: testRun})
			_, err := heard(tt.stream, c)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v, want %q", err, tt.says)
			}
			c.missing(&GuestError{Ending: StreamCut, Detail: fmt.Sprint(err)})
			if got := outcomes(c.results); !slices.Equal(got, []assert.Outcome{assert.Error, assert.Error, assert.Error}) {
				t.Errorf("outcomes %v", got)
			}
			for _, f := range written(t, filepath.Dir(dir)) {
				if f != "out/"+a+".pcapng" && f != "out/"+b+".pcapng" {
					t.Errorf("%s was written", f)
				}
			}
		})
	}
}

func zeros(n int) uint32 {
	p, _ := (&ring{memory: make([]byte, ringHead+1000)}).put(recordBroken, make([]byte, n))
	return p.sum
}

// written are all files below a folder.
func written(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// proven is a pass with the evidence that bears it out, of a run with that id: the
// frames are those of the reference capture.
func proven(t testing.TB, plans []*scenarios.Plan, name string, repeat int, id string) *resultRecord {
	t.Helper()
	file, err := pcapng.Load(filepath.Join("../pcaps", name+".pcapng.gz"))
	if err != nil {
		t.Fatal(err)
	}
	r := came(t, plans, name, repeat)
	r.Result.Run = id
	r.Evidence = []evidenceFile{encoded(t, plans, r, file.Sections[0].Recording, assert.Pass)}
	return r
}

// failed is evidence of a plan in which a frame is missing that was to come, of
// which the guest says in the report inside that it passed.
func failed(t *testing.T, plan *scenarios.Plan) []byte {
	t.Helper()
	plans := []*scenarios.Plan{plan}
	rec := &recording.Recording{Scenario: plan.Name, Digest: plan.Digest, Stop: &recording.Stop{Kind: recording.StopUndone, Reason: "x"}}
	return encoded(t, plans, came(t, plans, plan.Name, 0), rec, assert.Fail).Data
}

// encoded is the evidence of a result, whose recording is judged to be of an outcome.
func encoded(t testing.TB, plans []*scenarios.Plan, r *resultRecord, rec *recording.Recording, want assert.Outcome) evidenceFile {
	t.Helper()
	plan := plans[slices.IndexFunc(plans, func(p *scenarios.Plan) bool { return p.Name == r.Result.Name })]
	cas := plan.Case()
	if v := assert.Judge(&cas, rec); v.Outcome != want {
		t.Fatalf("%s: %s %s", plan.Name, v.Outcome, v.Reason)
	}
	var b bytes.Buffer
	if err := run.Encode(&b, rec, &r.Result, report.Kernel{Where: "qemu"}, "a machine"); err != nil {
		t.Fatal(err)
	}
	return evidenceFile{Name: run.EvidenceName(&r.Result), Data: b.Bytes()}
}

// TestNoRecordingCountsTwice: each repetition has marks of its own.
func TestNoRecordingCountsTwice(t *testing.T) {
	plans := trio(t)
	c := newCollector(plans, run.Options{ID: testRun, Out: t.TempDir(), Repeat: 2, Keep: true})
	taken(t, c, proven(t, plans, plans[0].Name, 1, testRun))
	if err := c.add(proven(t, plans, plans[0].Name, 2, testRun)); !errors.Is(err, errGuestLies) || !strings.Contains(err.Error(), "has the marks of") {
		t.Errorf("the error is %v", err)
	}
}

// TestWhatTheHostKnowsIsNotTakenFromAGuest: what a scenario is called, and what it verifies.
func TestWhatTheHostKnowsIsNotTakenFromAGuest(t *testing.T) {
	plans := trio(t)
	c := newCollector(plans, run.Options{ID: testRun})
	r := came(t, plans, plans[0].Name, 0)
	r.Result.Title, r.Result.File, r.Result.Verifies, r.Result.Graph = "another", "/etc/passwd", []string{"all"}, nil
	taken(t, c, r)
	if got, want := c.results[0], plans[0].Result(); got.Title != want.Title || got.File != want.File || !slices.Equal(got.Verifies, want.Verifies) || len(got.Graph) != len(want.Graph) {
		t.Errorf("%+v", got)
	}
}

// TestAnHonestGuestIsBelieved is the control of the above.
func TestAnHonestGuestIsBelieved(t *testing.T) {
	plans, dir := trio(t), t.TempDir()
	c := newCollector(plans, run.Options{Out: dir, ID: testRun})
	s := words(nil).say(recordHello, hello{Release: "1.2.3"})
	for _, p := range plans {
		s = s.say(recordBegin, p.Name).say(recordResult, proven(t, plans, p.Name, 0, testRun))
	}
	if _, err := heard(s.say(recordDone, doneRecord{Results: 3}), c); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.results {
		file, err := pcapng.Load(filepath.Join(dir, r.Name+".pcapng"))
		if r.Outcome != assert.Pass || len(r.Evidence) != 1 || err != nil || len(file.Sections) != 1 || !file.Sections[0].Native {
			t.Errorf("%s: %s %s %q, %v", r.Name, r.Outcome, r.Reason, r.Evidence, err)
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
		c := newCollector(plans, run.Options{ID: testRun})
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
	f.Add([]byte(begun.say(recordResult, came(f, plans, plans[0].Name, 0)).say(recordDone, doneRecord{Results: 1})))
	f.Add([]byte(begun.say(recordAway, string(ringPiece{kind: recordResult, at: 1 << 63, size: 1 << 31}.encode()))))
	f.Add([]byte(begun.say(recordResult, proven(f, plans, plans[0].Name, 0, testRun)).say(recordDone, doneRecord{Results: 1})))
	odd := came(f, plans, plans[0].Name, 0)
	odd.Result.Outcome = assert.Fail
	odd.Result.Checks = []assert.Check{{Step: 1 << 40, Outcome: assert.Fail, Frames: []int{1 << 40}, Line: -1, Kind: 99}}
	odd.Result.Graph = recording.Graph{{From: recording.Hop{Point: "nowhere", Dir: 77}}}
	f.Add([]byte(begun.say(recordResult, odd)))
	out := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newCollector(plans, run.Options{ID: testRun, Out: out})
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

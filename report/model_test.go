package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"netverify/assert"
)

func TestExitCode(t *testing.T) {
	one := func(o assert.Outcome) assert.Result { return with(passing("a"), o, "why") }
	run := func(rs ...assert.Result) Report { return Of(New(kernel(), len(rs), rs)) }
	troubled := run(one(assert.Pass))
	troubled.Runs[0].Trouble = []string{"disk full"}
	troubledFail := run(one(assert.Fail))
	troubledFail.Runs[0].Trouble = []string{"disk full"}
	tests := []struct {
		name     string
		rep      Report
		want     int
		required int // with --require
	}{
		{"all pass", run(one(assert.Pass)), 0, 0},
		{"one fails", run(one(assert.Pass), one(assert.Fail)), 1, 1},
		{"failure outweighs the rest", run(one(assert.Error), one(assert.Inconclusive), one(assert.Fail)), 1, 1},
		{"inconclusive", run(one(assert.Pass), one(assert.Inconclusive)), 3, 3},
		{"error", run(one(assert.Pass), one(assert.Error)), 3, 3},
		{"some skipped", run(one(assert.Pass), one(assert.Skip)), 0, 3},
		{"all skipped", run(one(assert.Skip)), 0, 3},
		{"no scenario", run(), 3, 3},
		{"no run", Of(), 3, 3},
		{"trouble", troubled, 3, 3},
		{"trouble and a failure", troubledFail, 1, 1},
		{"not all were run", Of(New(kernel(), 2, []assert.Result{one(assert.Pass)})), 3, 3},
		{"a result without an outcome was not run", run(one(assert.Pass), assert.Result{Name: "b"}), 3, 3},
		{"an outcome that does not exist", run(one(99)), 3, 3},
		{"a failure of the second kernel", Of(New(kernel(), 0, nil), New(kernel(), 1, []assert.Result{one(assert.Fail)})), 1, 1},
		{"a summary that lies", Report{Runs: []Run{{Summary: Summary{Pass: 1}, Scenarios: []Scenario{{Outcome: "fail"}}}}}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ExitCode(tt.rep, false); got != tt.want {
				t.Errorf("exit %d, want %d", got, tt.want)
			}
			if got := ExitCode(tt.rep, true); got != tt.required {
				t.Errorf("with require: exit %d, want %d", got, tt.required)
			}
		})
	}
}

func TestWhatDidNotRunTookNoTime(t *testing.T) {
	ran := passing("a")
	got := New(kernel(), 2, []assert.Result{{Name: "b", Outcome: assert.Error}, ran, {Name: "c", Outcome: assert.Error}}).DurationNS
	if got != int64(ran.Duration) {
		t.Errorf("%v, want %v", time.Duration(got), ran.Duration)
	}
}

func TestFramesAreNumberedFromOne(t *testing.T) {
	s := New(kernel(), 1, []assert.Result{passing("a")}).Scenarios[0]
	want := []Frame{{File: "a.pcapng", Frame: 4}} // observation 3
	if diff := cmp.Diff(want, s.Checks[0].Evidence); diff != "" {
		t.Error(diff)
	}
}

// TestEveryFieldAppearsInJSON fills every field of the model with something,
// and looks for each of them in the encoded form.
func TestEveryFieldAppearsInJSON(t *testing.T) {
	var rep Report
	fill(reflect.ValueOf(&rep).Elem())
	var b bytes.Buffer
	if err := JSON(&b, rep); err != nil {
		t.Fatal(err)
	}
	var back Report
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rep, back); diff != "" {
		t.Errorf("lost on the way through JSON; -sent +got:\n%s", diff)
	}
}

// TestEveryResultFieldReachesTheModel changes one field of a result at a time;
// the report must change with it.
func TestEveryResultFieldReachesTheModel(t *testing.T) {
	encode := func(r assert.Result) string {
		var b bytes.Buffer
		if err := JSON(&b, Of(New(kernel(), 1, []assert.Result{r}))); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	base := encode(passing("a"))
	result := reflect.TypeFor[assert.Result]()
	for i := range result.NumField() {
		r := passing("a")
		change(reflect.ValueOf(&r).Elem().Field(i))
		if encode(r) == base {
			t.Errorf("Result.%s is not in the report", result.Field(i).Name)
		}
	}
	check := reflect.TypeFor[assert.Check]()
	for i := range check.NumField() {
		r := passing("a")
		change(reflect.ValueOf(&r.Checks[0]).Elem().Field(i))
		if encode(r) == base {
			t.Errorf("Check.%s is not in the report", check.Field(i).Name)
		}
	}
}

// fill gives every field below v a value that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"key": "value"}))
	default:
		change(v)
	}
}

// change makes v another value than it is.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 7)
	case reflect.Uint8:
		v.SetUint(v.Uint() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(at.Add(time.Hour)))
			return
		}
		for i := range v.NumField() {
			change(v.Field(i))
		}
	default:
		panic("no such field yet: " + v.Kind().String())
	}
}

func TestArraysAreNeverNull(t *testing.T) {
	var b bytes.Buffer
	bare := New(Kernel{}, 1, []assert.Result{{Name: "a", Outcome: assert.Pass, Checks: []assert.Check{{}}}})
	if err := JSON(&b, Of(bare)); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b.Bytes(), []byte("null")) {
		t.Errorf("null in\n%s", b.Bytes())
	}
}

func TestRepetitionsThatDisagreeAreFlaky(t *testing.T) {
	run := New(kernel(), 4, []assert.Result{
		repeat(passing("a"), 1), repeat(passing("b"), 1), repeat(passing("a"), 2), repeat(failing("b"), 2),
	})
	want := []Repeat{
		{Name: "a", Runs: 2, Summary: Summary{Pass: 2}},
		{Name: "b", Runs: 2, Summary: Summary{Pass: 1, Fail: 1}, Flaky: true},
	}
	if diff := cmp.Diff(want, run.Repeats); diff != "" {
		t.Error(diff)
	}
}

// TestUnwrittenEvidenceChangesNoVerdict: each cause is told once, and the exit
// status says that not all is there.
func TestUnwrittenEvidenceChangesNoVerdict(t *testing.T) {
	lost := func(name, trouble string) assert.Result {
		r := passing(name)
		r.Evidence, r.Trouble = nil, trouble
		return r
	}
	run := New(kernel(), 4, []assert.Result{
		lost("a", "x/a.pcapng: no space left on device"), lost("b", "mkdir x: permission denied"),
		lost("c", "x/c.pcapng: no space left on device"), passing("d"),
	})
	want := []string{
		"the evidence of a and of 1 more could not be written: x/a.pcapng: no space left on device",
		"the evidence of b could not be written: mkdir x: permission denied",
	}
	if diff := cmp.Diff(want, run.Trouble); diff != "" {
		t.Error(diff)
	}
	if run.Summary != (Summary{Pass: 4}) || ExitCode(Of(run), false) != ExitInconclusive {
		t.Errorf("%+v, exit status %d", run.Summary, ExitCode(Of(run), false))
	}
	run = New(kernel(), 1, []assert.Result{{Name: "a", Outcome: assert.Fail, Trouble: "x: read-only file system"}})
	if ExitCode(Of(run), false) != ExitFail {
		t.Error("the trouble hides a failure")
	}
}

func TestSummaryCountsEveryOutcomeOnce(t *testing.T) {
	if diff := cmp.Diff(Summary{Pass: 1, Fail: 1, Inconclusive: 1, Skip: 3, Error: 1}, everything().Summary); diff != "" {
		t.Error(diff)
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestRenderersReturnTheWritersError(t *testing.T) {
	rep := Of(everything())
	if err := JSON(fullDisk{}, rep); !errors.Is(err, errFull) {
		t.Errorf("JSON: %v", err)
	}
	if err := Text(fullDisk{}, rep, Options{}); !errors.Is(err, errFull) {
		t.Errorf("Text: %v", err)
	}
}

// anyReport has whatever the types allow.
func anyReport(t *rapid.T) Report {
	checks := rapid.Custom(func(t *rapid.T) assert.Check {
		return assert.Check{
			Step: rapid.Int().Draw(t, "step"), Name: rapid.String().Draw(t, "name"),
			Kind: assert.Kind(rapid.Byte().Draw(t, "kind")), Text: rapid.String().Draw(t, "text"),
			Outcome: assert.Outcome(rapid.Byte().Draw(t, "outcome")), Reason: rapid.String().Draw(t, "reason"),
			Frames:  rapid.SliceOfN(rapid.IntRange(0, 1e6), 0, 12).Draw(t, "frames"),
			Journey: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "journey"),
		}
	})
	results := rapid.Custom(func(t *rapid.T) assert.Result {
		return assert.Result{
			Name: rapid.String().Draw(t, "name"), Title: rapid.String().Draw(t, "title"), File: rapid.String().Draw(t, "file"),
			Outcome: assert.Outcome(rapid.ByteRange(0, 7).Draw(t, "outcome")), Reason: rapid.String().Draw(t, "reason"),
			Duration: time.Duration(rapid.Int64().Draw(t, "duration")), Repeat: rapid.IntRange(0, 3).Draw(t, "repeat"),
			Checks:   rapid.SliceOfN(checks, 0, 8).Draw(t, "checks"),
			Evidence: rapid.SliceOfN(rapid.StringMatching(`.*(\.pcapng)?`), 0, 2).Draw(t, "evidence"),
		}
	})
	runs := rapid.Custom(func(t *rapid.T) Run {
		return New(Kernel{Name: rapid.String().Draw(t, "kernel"), Release: rapid.String().Draw(t, "release")},
			rapid.IntRange(0, 9).Draw(t, "planned"), rapid.SliceOfN(results, 0, 6).Draw(t, "results"))
	})
	return Of(rapid.SliceOfN(runs, 0, 3).Draw(t, "runs")...)
}

func TestRenderersNeverPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rep := anyReport(t)
		var out, jsn bytes.Buffer
		if err := Text(&out, rep, Options{Width: rapid.IntRange(math.MinInt32, 300).Draw(t, "width")}); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsFunc(out.Bytes(), func(r rune) bool { return r != '\n' && control(r) }) {
			t.Fatalf("a control character reached the terminal: %q", out.String())
		}
		if err := JSON(&jsn, rep); err != nil {
			t.Fatal(err)
		}
		if code := ExitCode(rep, false); code != 0 && code != 1 && code != 3 {
			t.Fatalf("exit code %d", code)
		}
	})
}

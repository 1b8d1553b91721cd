package report

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"netverify/assert"
	"netverify/internal/golden"
)

// repeatedRun are repetitions of three scenarios: one always passes, one fails
// now and then and is inconclusive once, one always fails.
func repeatedRun() Run {
	var results []assert.Result
	for n := range 4 {
		odd := passing("macvlan/flaky")
		switch n {
		case 1, 3:
			odd = failing("macvlan/flaky")
		case 2:
			odd = inconclusive("macvlan/flaky")
		}
		results = append(results, repeat(passing("macvlan/steady"), n+1), repeat(odd, n+1), repeat(failing("vlan/broken"), n+1))
	}
	run := New(kernel(), 12, results)
	run.Kernel.Name, run.Evidence = "host", "evidence"
	return run
}

// hostileRun has in every text what a format could take for its own.
func hostileRun() Run {
	const evil = "]]> <!-- </failure> & \" ' \x00\x1b[2J\u202e\ufffe \xff\xfe\r\n## h1 | `x` ``` # SKIP not ok 1\nok 2 # XFAIL x\nKTAP version 1\n1..9\n# Subtest: x\nBail out!\n::error::x %0A @all <script>alert(1)</script>, a:b"
	r := failing("macvlan/" + evil)
	r.Title, r.File, r.Reason = evil, "scenarios/a,b:c%.yaml", evil
	for i := range r.Checks {
		r.Checks[i].Name, r.Checks[i].Text, r.Checks[i].Journey = evil, evil, []string{evil}
		if r.Checks[i].Outcome != assert.Pass {
			r.Checks[i].Reason = evil + strings.Repeat(" very long", 5000)
		}
	}
	r.Evidence = []string{evil + ".pcapng"}
	run := New(Kernel{Name: evil, Release: evil, Where: "qemu", Accel: evil, Config: map[string]string{evil: evil}}, 3, []assert.Result{
		r, with(passing(evil), assert.Skip, evil), with(passing("# Subtest: x"), assert.Error, evil),
	})
	run.Because, run.Hint, run.Evidence = evil, evil, evil
	run.Trouble = append(run.Trouble, evil)
	return run
}

// stoppedRun is one of which half was not run.
func stoppedRun() Run { return New(kernel(), 2, []assert.Result{passing("macvlan/done"), {}}) }

// samples are reports in which everything occurs, by the name of their golden file.
var samples = map[string]func() Report{
	"every-outcome": func() Report { return Of(everything()) },
	"kernels":       func() Report { return matrixOf(2) },
	"flaky":         func() Report { return Of(repeatedRun()) },
	"hostile":       func() Report { return Of(hostileRun()) },
	"stopped":       func() Report { return Of(stoppedRun()) },
	"all-skipped": func() Report {
		return Of(New(kernel(), 1, []assert.Result{with(passing("vlan/trunk"), assert.Skip, noVLAN)}))
	},
	"empty":  func() Report { return Of(New(kernel(), 0, nil)) },
	"no-run": func() Report { return Of() },
}

func rendered(t testing.TB, f Format, rep Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, rep, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func formatNamed(t testing.TB, name string) Format {
	t.Helper()
	f, err := FormatNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSamplesInEachFormat compares with golden files; text, JSON and HTML have theirs elsewhere.
func TestSamplesInEachFormat(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "text" || f.Name == "json" || f.Name == "html" {
			continue
		}
		for name, rep := range samples {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				golden.Equal(t, filepath.Join("testdata", name+"."+f.Name), rendered(t, f, rep()))
			})
		}
	}
}

func TestFormatsAreFound(t *testing.T) {
	for _, f := range Formats() {
		if f.About == "" {
			t.Errorf("%s: what is it for?", f.Name)
		}
		if got, err := FormatNamed(f.Name); err != nil || got.Name != f.Name {
			t.Errorf("%s: %v %v", f.Name, got.Name, err)
		}
		for _, ext := range f.Extensions {
			if got, err := FormatOf("a.b/c" + strings.ToUpper(ext)); err != nil || got.Name != f.Name {
				t.Errorf("%s: %v %v", ext, got.Name, err)
			}
		}
	}
	for _, file := range []string{"", "json", "a.json/b", "a.doc"} {
		if _, err := FormatOf(file); err == nil || !strings.Contains(err.Error(), ".json") {
			t.Errorf("%q: %v", file, err)
		}
	}
	if _, err := FormatNamed("JSON "); err == nil || !strings.Contains(err.Error(), "junit") {
		t.Error(err)
	}
}

// TestFormatsReturnTheWritersError: a report on a full disk is no report.
func TestFormatsReturnTheWritersError(t *testing.T) {
	for _, f := range Formats() {
		if err := f.Write(fullDisk{}, Of(everything()), Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// TestFormatsOfAnything: no format panics, whatever a report says, or writes a
// character that its readers cannot bear.
func TestFormatsOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rep := anyReport(t)
		for _, f := range Formats() {
			var b bytes.Buffer
			if err := f.Write(&b, rep, Options{}); err != nil {
				t.Fatal(f.Name, err)
			}
			if f.Name != "json" && bytes.ContainsFunc(b.Bytes(), func(r rune) bool { return r != '\n' && control(r) }) {
				t.Fatalf("%s: a control character: %q", f.Name, b.String())
			}
		}
	})
}

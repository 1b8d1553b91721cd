package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A strict reader of KTAP, written from Documentation/dev-tools/ktap.rst and
// from nothing else. What that page recommends it demands (plans, "#" before
// diagnostics, these directly before the result line), and it knows no unknown lines.

// ktapResult is a test as a reader sees it.
type ktapResult struct {
	Name      string
	OK        bool
	Directive string   // SKIP, ktapToDo, XFAIL, TIMEOUT, ERROR; "" for none
	Data      string   // diagnostic data
	About     []string // diagnostic lines
	Tests     []ktapResult
}

// fails tells whether the test makes the one that it is part of fail.
func (r ktapResult) fails() bool {
	return !r.OK && !slices.Contains([]string{"SKIP", "XFAIL", ktapToDo}, r.Directive)
}

const ktapToDo = "TO" + "DO" // a directive that the specification discourages

var (
	ktapPlan       = regexp.MustCompile(`^1\.\.(0|[1-9][0-9]{0,8})$`)
	ktapLine       = regexp.MustCompile(`^(ok|not ok) ([1-9][0-9]{0,8})(?: ([^# ][^#]*?))??(?: # ?(.*))?$`)
	ktapDirectives = []string{"SKIP", ktapToDo, "XFAIL", "TIMEOUT", "ERROR"}
)

type ktapReader struct {
	lines []string
	at    int
}

// readKTAP returns the tests of the outermost level.
func readKTAP(text string) ([]ktapResult, error) {
	if !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("the last line does not end")
	}
	r := &ktapReader{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	tests, err := r.block("", 0)
	if err == nil && r.at < len(r.lines) {
		err = fmt.Errorf("more than was planned")
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", r.at+1, err)
	}
	return tests, nil
}

// next is the next line of this level, without its indentation.
func (r *ktapReader) next(indent string) (string, bool) {
	if r.at == len(r.lines) || !strings.HasPrefix(r.lines[r.at], indent) {
		return "", false
	}
	line := r.lines[r.at][len(indent):]
	return line, !strings.HasPrefix(line, " ")
}

func (r *ktapReader) diagnostics(indent string) (out []string) {
	for {
		line, ok := r.next(indent)
		if !ok || line != "#" && !strings.HasPrefix(line, "# ") {
			return out
		}
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(line, "#"), " "))
		r.at++
	}
}

// block is a version line, a plan and as many results.
func (r *ktapReader) block(indent string, depth int) ([]ktapResult, error) {
	if depth > 100 {
		return nil, fmt.Errorf("nested too deeply")
	}
	if line, ok := r.next(indent); !ok || line != "KTAP version 1" {
		return nil, fmt.Errorf("no version line")
	}
	r.at++
	r.diagnostics(indent)
	line, _ := r.next(indent)
	m := ktapPlan.FindStringSubmatch(line)
	if m == nil {
		return nil, fmt.Errorf("no plan")
	}
	r.at++
	planned, _ := strconv.Atoi(m[1])
	var tests []ktapResult
	for n := 1; n <= planned; n++ {
		t, err := r.test(indent, n, depth)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func (r *ktapReader) test(indent string, number, depth int) (t ktapResult, err error) {
	if r.at < len(r.lines) && r.lines[r.at] == indent+"  KTAP version 1" {
		if t.Tests, err = r.block(indent+"  ", depth+1); err != nil {
			return t, err
		}
	}
	t.About = r.diagnostics(indent)
	line, ok := r.next(indent)
	m := ktapLine.FindStringSubmatch(line)
	switch {
	case !ok || m == nil:
		return t, fmt.Errorf("no result line of test %d", number)
	case m[2] != strconv.Itoa(number):
		return t, fmt.Errorf("test %s where %d belongs", m[2], number)
	}
	t.OK, t.Name, t.Data = m[1] == "ok", m[3], m[4]
	word, rest, _ := strings.Cut(t.Data, " ")
	if slices.Contains(ktapDirectives, word) {
		t.Directive, t.Data = word, rest
	}
	switch {
	case t.OK && (t.Directive == "ERROR" || t.Directive == "TIMEOUT"):
		return t, fmt.Errorf("ok with %s", t.Directive)
	case t.OK && slices.ContainsFunc(t.Tests, ktapResult.fails):
		return t, fmt.Errorf("ok, with a part that is not")
	}
	r.at++
	return t, nil
}

// The examples of the specification, with their meaning.
const ktapExample = `KTAP version 1
1..1
  KTAP version 1
  1..3
    KTAP version 1
    1..1
    # test_1: initializing test_1
    ok 1 test_1
  ok 1 example_test_1
    KTAP version 1
    1..2
    ok 1 test_1 # SKIP test_1 skipped
    ok 2 test_2
  ok 2 example_test_2
    KTAP version 1
    1..3
    ok 1 test_1
    # test_2: FAIL
    not ok 2 test_2
    ok 3 test_3 # SKIP test_3 skipped
  not ok 3 example_test_3
not ok 1 main_test
`

func TestTheReaderOfKTAPReadsTheSpecification(t *testing.T) {
	got, err := readKTAP(ktapExample)
	if err != nil {
		t.Fatal(err)
	}
	skip := func(name string) ktapResult {
		return ktapResult{Name: name, OK: true, Directive: "SKIP", Data: name + " skipped"}
	}
	want := []ktapResult{{Name: "main_test", Tests: []ktapResult{
		{Name: "example_test_1", OK: true, Tests: []ktapResult{{Name: "test_1", OK: true, About: []string{"test_1: initializing test_1"}}}},
		{Name: "example_test_2", OK: true, Tests: []ktapResult{skip("test_1"), {Name: "test_2", OK: true}}},
		{Name: "example_test_3", Tests: []ktapResult{
			{Name: "test_1", OK: true}, {Name: "test_2", About: []string{"test_2: FAIL"}}, skip("test_3"),
		}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, err = readKTAP("KTAP version 1\n1..5\nok 1 test # SKIP necessary dependency unavailable\nnot ok 2 test # TIMEOUT 30 seconds\nok 3 check return code # rcode=0\nok 4\nnot ok 5 # ERROR\n")
	want = []ktapResult{
		{Name: "test", OK: true, Directive: "SKIP", Data: "necessary dependency unavailable"},
		{Name: "test", Directive: "TIMEOUT", Data: "30 seconds"},
		{Name: "check return code", OK: true, Data: "rcode=0"}, {OK: true}, {Directive: "ERROR"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestTheReaderOfKTAPRefuses(t *testing.T) {
	for _, text := range []string{
		"", "\n", "KTAP version 1\n1..1\n", "KTAP version 1\n1..1\nok 1 a", "KTAP version 2\n1..0\n",
		"KTAP version 1\n1..1\nok 1 a\nok 2 b\n", "KTAP version 1\n1..1\nok 2 a\n", "KTAP version 1\nok 1 a\n",
		"KTAP version 1\n1..1\nok 1 a#b\n", "KTAP version 1\n1..1\nok 1 a # ERROR x\n", "KTAP version 1\n1..1\nhello\nok 1 a\n",
		"KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 a\nok 1 b\n", "KTAP version 1\n1..1\n   ok 1 a\n",
		"KTAP version 1\n1..1\n    KTAP version 1\n    1..0\nok 1 b\n",
	} {
		if got, err := readKTAP(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// FuzzKTAPReader: what is read can be written again, and reads the same.
func FuzzKTAPReader(f *testing.F) {
	f.Add(ktapExample)
	for _, sample := range samples {
		f.Add(string(rendered(f, formatNamed(f, "ktap"), sample())))
	}
	f.Fuzz(func(t *testing.T, text string) {
		tests, err := readKTAP(text)
		if err != nil {
			return
		}
		var b strings.Builder
		writeKTAP(&b, "", tests)
		again, err := readKTAP(b.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if diff := cmp.Diff(tests, again); diff != "" {
			t.Error(diff)
		}
	})
}

func writeKTAP(b *strings.Builder, indent string, tests []ktapResult) {
	fmt.Fprintf(b, "%sKTAP version 1\n%s1..%d\n", indent, indent, len(tests))
	for i, t := range tests {
		if t.Tests != nil {
			writeKTAP(b, indent+"  ", t.Tests)
		}
		for _, line := range t.About {
			fmt.Fprintf(b, "%s# %s\n", indent, line)
		}
		line, after := fmt.Sprintf("not ok %d", i+1), t.Data
		if t.OK {
			line = strings.TrimPrefix(line, "not ")
		}
		if t.Name != "" {
			line += " " + t.Name
		}
		if t.Directive != "" {
			after = t.Directive + " " + t.Data
		}
		if after != "" {
			line += " # " + after
		}
		fmt.Fprintf(b, "%s%s\n", indent, line)
	}
}

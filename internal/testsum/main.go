package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	noskip := flag.Bool("noskip", false, "count a skipped test as a failure")
	flag.Parse()
	s := newSummary()
	if err := s.read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !s.finish(os.Stdout, *noskip) {
		os.Exit(1)
	}
}

// event is a line of `go test -json` (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

type summary struct {
	passed, failed int
	skipped        []string            // "package test: reason"
	output         map[string][]string // lines by package and test, until the verdict
	open           map[string]bool     // packages that have started and not ended
	failedPackages int
}

func newSummary() *summary {
	return &summary{output: map[string][]string{}, open: map[string]bool{}}
}

// read takes the stream and writes the packages as they end.
func (s *summary) read(r io.Reader, w io.Writer) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, "{") {
			var e event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				return fmt.Errorf("not a line of go test -json: %w", err)
			}
			s.event(e, w)
		} else if line != "" {
			fmt.Fprint(w, line) // go's own messages
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) event(e event, w io.Writer) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "start":
		s.open[e.Package] = true
	case "build-output":
		fmt.Fprint(w, e.Output)
	case "output":
		if strings.HasPrefix(e.Output, "=== ") { // RUN, PAUSE, CONT: no news
			return
		}
		s.output[key] = append(s.output[key], e.Output)
		if len(s.output[key]) > 5000 { // a test that floods: keep its end
			s.output[key] = slices.Clone(s.output[key][1000:])
		}
	case "pass", "fail", "skip":
		s.verdict(e, w, key)
		delete(s.output, key)
	}
}

func (s *summary) verdict(e event, w io.Writer, key string) {
	if e.Test == "" {
		delete(s.open, e.Package)
		if e.Action == "fail" {
			s.failedPackages++
			fmt.Fprint(w, strings.Join(s.output[key], ""))
			return
		}
		for _, l := range s.output[key] { // "ok  package  0.1s", "?  package [no test files]"
			if strings.HasPrefix(l, "ok") || strings.HasPrefix(l, "?") {
				fmt.Fprint(w, l)
			}
		}
		return
	}
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprint(w, strings.Join(s.output[key], ""))
	case "skip":
		s.skipped = append(s.skipped, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(s.output[key])))
	}
}

// reason is what a test said when it skipped itself.
func reason(output []string) string {
	for _, l := range slices.Backward(output) {
		l = strings.TrimSpace(l)
		if l != "" && !strings.HasPrefix(l, "---") {
			return l
		}
	}
	return "no reason given"
}

// finish writes the last lines and tells whether all is well.
func (s *summary) finish(w io.Writer, noskip bool) bool {
	for _, l := range s.skipped {
		fmt.Fprintln(w, "skipped:", l)
	}
	for _, p := range slices.Sorted(maps.Keys(s.open)) {
		fmt.Fprintln(w, "never ended:", p)
	}
	fmt.Fprintf(w, "tests: %d passed, %d failed, %d skipped; %d packages failed\n", s.passed, s.failed, len(s.skipped), s.failedPackages)
	switch {
	case s.failed > 0, s.failedPackages > 0, len(s.open) > 0:
		return false
	case s.passed == 0:
		fmt.Fprintln(w, "no test ran")
		return false
	case noskip && len(s.skipped) > 0:
		fmt.Fprintln(w, "skipped tests count as failures here")
		return false
	}
	return true
}

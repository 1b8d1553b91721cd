package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	const start = `{"Action":"start","Package":"p"}` + "\n"
	const pass = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	const end = `{"Action":"pass","Package":"p"}` + "\n"
	tests := []struct {
		name, in     string
		noskip, want bool
		says         string
	}{
		{"all pass", start + pass + end, true, true, "1 passed, 0 failed, 0 skipped"},
		{"a failure shows its output", start + `{"Action":"output","Package":"p","Test":"TestA","Output":"boom\n"}` + "\n" +
			`{"Action":"fail","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n", false, false, "boom"},
		{"a package that does not build", `{"Action":"build-output","ImportPath":"p","Output":"syntax error\n"}` + "\n" + start +
			`{"Action":"fail","Package":"p","FailedBuild":"p"}` + "\n", false, false, "syntax error"},
		{"a skip is named", start + pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: no tshark\n"}` + "\n" +
			`{"Action":"skip","Package":"p","Test":"TestB"}` + "\n" + end, false, true, "skipped: p TestB: b_test.go:3: no tshark"},
		{"a skip counts where told", start + pass + `{"Action":"skip","Package":"p","Test":"TestB"}` + "\n" + end, true, false, "count as failures"},
		{"no test", start + end, false, false, "no test ran"},
		{"nothing", "", false, false, "no test ran"},
		{"cut short", start + pass, false, false, "never ended: p"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			s := newSummary()
			if err := s.read(strings.NewReader(tt.in), &out); err != nil {
				t.Fatal(err)
			}
			if got := s.finish(&out, tt.noskip); got != tt.want {
				t.Errorf("ok = %v, want %v; it says:\n%s", got, tt.want, out.String())
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("does not say %q but:\n%s", tt.says, out.String())
			}
		})
	}
}

func TestBrokenStreamIsAnError(t *testing.T) {
	if err := newSummary().read(strings.NewReader("{\"Action\":\n"), &bytes.Buffer{}); err == nil {
		t.Error("no error")
	}
}

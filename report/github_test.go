package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
)

// command is a workflow command as the runner of GitHub Actions reads it
// (actions/runner, src/Runner.Common/ActionCommand.cs: TryParseV2).
type command struct {
	name       string
	properties map[string]string
	data       string
}

var commandLine = regexp.MustCompile(`^::([a-z]+) ([^:]*)::(.*)$`)

func readCommands(t *testing.T, text string) (out []command) {
	t.Helper()
	decode := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
	for line := range strings.Lines(text) {
		m := commandLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("no command: %q", line)
		}
		c := command{name: m[1], properties: map[string]string{}, data: decode.Replace(m[3])}
		for _, p := range strings.Split(m[2], ",") {
			key, value, ok := strings.Cut(p, "=")
			if !ok {
				t.Fatalf("no property: %q in %q", p, line)
			}
			c.properties[key] = decode.Replace(value)
		}
		out = append(out, c)
	}
	return out
}

func annotations(t *testing.T, rep Report, opt Options) []command {
	t.Helper()
	var b strings.Builder
	if err := GitHub(&b, rep, opt); err != nil {
		t.Fatal(err)
	}
	return readCommands(t, b.String())
}

// TestAnnotationsReadBack: hostile text stays where it belongs.
func TestAnnotationsReadBack(t *testing.T) {
	opt := Options{Path: func(s Scenario) string { return s.File }}
	for name, sample := range samples {
		for _, c := range annotations(t, sample(), opt) {
			if c.name != "error" && c.name != "notice" || c.properties["title"] == "" || c.data == "" {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
	c := annotations(t, Of(hostileRun()), opt)[0]
	if c.properties["file"] != "scenarios/a,b:c%.yaml" || c.properties["line"] != "24" {
		t.Errorf("%v", c.properties)
	}
	if !strings.Contains(c.data, "::error::x %0A @all") || len(c.data) > mostOfAnnotation {
		t.Errorf("%d bytes: %s", len(c.data), c.data)
	}
}

// TestAnnotationsNameThePlace: the line of the check, once for all kernels; no
// file where none is in the repository.
func TestAnnotationsNameThePlace(t *testing.T) {
	run := func(kernel string) Run {
		r := New(Kernel{Name: kernel}, 2, []assert.Result{failing("macvlan/vepa"), with(passing("vlan/lab"), assert.Error, "create br0: file exists")})
		r.Evidence = "evidence"
		return r
	}
	place := func(s Scenario) string {
		if s.Name == "vlan/lab" {
			return ""
		}
		return "scenarios/" + s.File
	}
	var got []string
	for _, c := range annotations(t, Of(run("host"), run("debian:6.1")), Options{Path: place}) {
		got = append(got, fmt.Sprintf("%s:%s %s", c.properties["file"], c.properties["line"], c.properties["title"]))
	}
	want := []string{
		"scenarios/macvlan/vepa.yaml:24 fail: macvlan/vepa on host, debian:6.1",
		"scenarios/macvlan/vepa.yaml:26 fail: macvlan/vepa on host, debian:6.1",
		": error: vlan/lab on host, debian:6.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAnnotationsBeyondTheLimitAreCounted: GitHub would drop them without a word.
func TestAnnotationsBeyondTheLimitAreCounted(t *testing.T) {
	for _, n := range []int{mostAnnotations, mostAnnotations + 1, 200} {
		var results []assert.Result
		for i := range n {
			results = append(results, with(passing(fmt.Sprint("a/", i)), assert.Error, "why"))
		}
		got := annotations(t, Of(New(kernel(), n, results)), Options{})
		if len(got) != mostAnnotations {
			t.Errorf("%d annotations of %d", len(got), n)
		}
		want := ""
		if n > mostAnnotations {
			want = fmt.Sprintf("and %d more", n-mostAnnotations+1)
		}
		if title := got[len(got)-1].properties["title"]; want != "" && title != want || want == "" && strings.HasPrefix(title, "and ") {
			t.Errorf("%d: %q, want %q", n, title, want)
		}
	}
}

package scenarios

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/internal/golden"
)

// TestAChangeKnowsWhatItsStepJudges: of its own target only.
func TestAChangeKnowsWhatItsStepJudges(t *testing.T) {
	plans, err := LoadBytes("judged.yaml", []byte(`
name: test/judged
title: x
topology:
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts: {a: {interfaces: {eth0: {cable: "sw:p1"}}}, b: {interfaces: {eth0: {cable: "sw:p2"}}}}
steps:
  - name: x
    set: {"sw:p1": {state: blocking}, "sw:p2": {hairpin: true}}
    expect: {state: {"sw:p1": {port_state: forwarding, cost: 2}}}
  - name: y
    create: {"a:mv0": {macvlan: {link: eth0, mode: passthru}, macaddress: "02:00:00:00:77:77"}}
    expect: {state: {"a:mv0": {macaddress: "@a:eth0"}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"macaddress"}, plans[0].Steps[1].Create.Judged); diff != "" {
		t.Error(diff)
	}
	set := plans[0].Steps[0].Set
	if diff := cmp.Diff([][]string{{"port_state", "cost"}, nil}, [][]string{set[0].Iface.Judged, set[1].Iface.Judged}); diff != "" {
		t.Error(diff)
	}
}

func TestLibraryLoads(t *testing.T) {
	plans, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	if len(plans) < 2 {
		t.Fatalf("%d plans", len(plans))
	}
	for _, p := range plans {
		if want := base(p.Name) + ".yaml"; p.File != want && !strings.HasPrefix(base(p.Name), strings.TrimSuffix(p.File, ".yaml")) {
			t.Errorf("%s stands in %s", p.Name, p.File)
		}
	}
}

// TestPlan pins what a file is resolved to, MACs, build order, graph and needs
// included, and that it is the same every time.
func TestPlan(t *testing.T) {
	for _, name := range []string{"vepa", "kinds"} {
		src, err := os.ReadFile("testdata/plan/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var first string
		for range 5 {
			plans, err := LoadBytes(name+".yaml", src)
			if err != nil {
				t.Fatal(err)
			}
			got := render(t, plans[0])
			if first == "" {
				first = got
			}
			if got != first {
				t.Fatal("two loads differ")
			}
		}
		golden.Equal(t, "testdata/plan/"+name+".plan", []byte(first))
	}
}

// render writes a plan as JSON, with the graph one edge a line.
func render(t *testing.T, p *Plan) string {
	t.Helper()
	var edges []string
	for _, e := range p.Graph {
		line := assert.Place{Point: e.From.Point, Dir: e.From.Dir}.String() + " -> " + assert.Place{Point: e.To.Point, Dir: e.To.Dir}.String()
		if e.Routed {
			line += " routed"
		}
		edges = append(edges, line)
	}
	copied := *p
	copied.Graph = nil
	copied.Steps = nil
	for _, s := range p.Steps {
		expect := s.Expect
		s.Expect = nil
		for _, e := range expect {
			e.Frames, e.Path = nil, nil // told by their text
			s.Expect = append(s.Expect, e)
		}
		copied.Steps = append(copied.Steps, s)
	}
	out, err := json.Marshal(copied)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(out, &tree); err != nil {
		t.Fatal(err)
	}
	if out, err = json.MarshalIndent(pruned(tree), "", " "); err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n" + strings.Join(edges, "\n") + "\n"
}

// pruned leaves out what is not set, and writes MACs as such.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			x = pruned(x)
			if b, isBytes := x.(string); k == "MAC" && isBytes {
				if raw, err := base64.StdEncoding.DecodeString(b); err == nil && len(raw) == 6 {
					x = net.HardwareAddr(raw).String()
				}
			}
			if v[k] = x; x == nil || x == false || x == "" || x == 0.0 {
				delete(v, k)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	}
	return v
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	vepa, err := Source("macvlan/vepa-reflective-relay")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write("own/vepa.yaml", string(vepa))
	mine := write("own/mine.yaml", strings.Replace(string(vepa), "macvlan/vepa-reflective-relay", "own/mine", 1))
	broken := write("broken/x.yaml", "name: 1\n")
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want string // names joined by blanks, or the error after "error: "
	}{
		{"by name", []string{"macvlan/vepa-reflective-relay"}, "macvlan/vepa-reflective-relay"},
		{"by pattern across the slash", []string{"*vepa-refl*"}, "macvlan/vepa-reflective-relay"},
		{"twice named, once found", []string{"macvlan/vepa-reflective-relay", "*vepa-reflective-relay"}, "macvlan/vepa-reflective-relay"},
		{"a file", []string{mine}, "own/mine"},
		{"a folder", []string{filepath.Join(dir, "own")}, "own/mine macvlan/vepa-reflective-relay"},
		{"two files of one name", []string{file, "macvlan/vepa-reflective-relay"}, "error: macvlan/vepa-reflective-relay.yaml: the scenario \"macvlan/vepa-reflective-relay\" is in " + file + " already"},
		{"a misspelt name", []string{"macvlan/vepa-reflectiv-relay"}, "error: macvlan/vepa-reflectiv-relay: no such scenario, file or folder; did you mean \"macvlan/vepa-reflective-relay\"?"},
		{"a topic", []string{"macvla"}, "error: macvla: no such scenario, file or folder"},
		{"a pattern without a match", []string{"nosuch/*"}, "error: nosuch/*: no such scenario, file or folder"},
		{"an empty folder", []string{filepath.Join(dir, "empty")}, "error: " + filepath.Join(dir, "empty") + ": no scenario (*.yaml) below this folder"},
		{"a broken file, named as it was given", []string{broken}, "error: " + broken + ":1:1: a scenario needs \"title\", \"topology\", \"steps\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plans, err := Find(tt.args)
			got := strings.Join(names(plans), " ")
			if err != nil {
				got = "error: " + err.Error()
			}
			if !strings.HasPrefix(got, tt.want) || tt.want == "" {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	all, err := Find(nil)
	built, _ := Library()
	if err != nil || len(all) != len(built) {
		t.Errorf("%d of %d, %v", len(all), len(built), err)
	}
}

// TestAStepJudgesTheCarriersThatItExpects: the lab does not insist on those.
func TestAStepJudgesTheCarriersThatItExpects(t *testing.T) {
	plans, err := Load(os.DirFS("."), "vlan/carrier.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := plans[0].Steps[1].Set[0].Carriers, []string{"h:eth0", "h:eth0.10"}; !slices.Equal(got, want) {
		t.Errorf("judged carriers %q, want %q", got, want)
	}
}

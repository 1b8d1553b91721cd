package foreign

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/craft"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

const labText = `
name: test/lab
title: A station asks another over a switch
topology:
  switches:
    sw: {ports: {p1: {}, p2: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24]}}}
steps:
  - name: asked
    arping: {from: a, to: b}
    expect:
      reply: {mac: "@b:eth0"}
      path: ["a:eth0 out", "sw:p1 in", "sw:p2 out", "b:eth0 in"]
      seen:
        - {at: "sw:p2 out", frames: "arp.opcode == 1 && eth.src == @a:eth0"}
        - {at: "sw:p2", frames: "arp.opcode == 1", count: 1}
        - {at: "b:eth0 in", frames: "arp.opcode == 1", within: 10ms}
        - {at: "a:eth0 in", frames: "eth.dst == @a:eth0"}
      answer: {at: "a:eth0 in", frames: "arp"}
      never: {at: "sw:p2 in", frames: "arp.opcode == 1"}
      state: {"sw:p1": {hairpin: false}}
`

// theLab is a plan of labText with something replaced.
func theLab(t *testing.T, edits ...string) *scenarios.Plan {
	t.Helper()
	plans, err := scenarios.LoadBytes("lab.yaml", []byte(strings.NewReplacer(edits...).Replace(labText)))
	if err != nil {
		t.Fatal(err)
	}
	return plans[0]
}

// film makes files of what is seen in a lab.
type film struct {
	t     *testing.T
	plan  *scenarios.Plan
	files []File
}

func (f *film) section(file, label string) *pcapng.Section {
	for _, have := range f.files {
		if have.Name == file {
			return have.Sections[0]
		}
	}
	node, iface, ok := strings.Cut(label, ":")
	if !ok {
		node, iface = "capture", label
	}
	s := &pcapng.Section{Recording: &recording.Recording{Points: []recording.Point{{Node: node, Interface: iface}}},
		LinkTypes: []uint16{1}, Skipped: []int{0}, Units: []int64{1000}, Dropped: []int64{-1}}
	f.files = append(f.files, File{Name: file, File: &pcapng.File{Format: "pcapng", Sections: []*pcapng.Section{s}}})
	return s
}

// see adds frames to a file: "time µs, direction, what".
func (f *film) see(file string, lines ...string) *film {
	f.t.Helper()
	for _, l := range lines {
		var at int64
		var dir, what string
		if _, err := fmt.Sscanf(l, "%d %s %s", &at, &dir, &what); err != nil {
			f.t.Fatal(l, err)
		}
		data, err := craft.Build(f.spec(what), scenarios.Bindings(f.plan.At(0)), frame.Tag{}, [8]byte{})
		if err != nil {
			f.t.Fatal(err)
		}
		s := f.section(file, "eth0")
		s.Recording.Observations = append(s.Recording.Observations, recording.Observation{
			Dir: map[string]frame.Direction{"in": frame.In, "out": frame.Out}[dir], At: at * 1000, Frame: frame.New(data)})
		s.Numbers = append(s.Numbers, len(s.Numbers)+1)
	}
	return f
}

func (f *film) spec(what string) *craft.Spec {
	ask := craft.Spec{ARP: &craft.ARP{Opcode: "request", Sender: "@a:eth0", Target: "@b:eth0"}, Nonce: "none"}
	switch what {
	case "asks":
		return &ask
	case "stranger":
		ask.Eth = &craft.Eth{Src: "02:00:00:00:77:77"}
		return &ask
	case "tells":
		return &craft.Spec{ARP: &craft.ARP{Opcode: "reply", Sender: "@b:eth0", Target: "@a:eth0"}, Nonce: "none"}
	}
	f.t.Fatalf("no such frame: %s", what)
	return nil
}

// all is the whole of what goes on, at all places.
func all(t *testing.T, p *scenarios.Plan) *film {
	f := &film{t: t, plan: p}
	return f.see("a_eth0.pcap", "10 out asks", "17 in tells").see("sw_p1.pcap", "11 in asks", "16 out tells").
		see("sw_p2.pcap", "12 out asks", "15 in tells").see("b_eth0.pcap", "13 in asks", "14 out tells")
}

// verdicts are "outcome legs" by the beginning of a check's text.
func (f *film) verdicts(o Options) (map[string]string, *recording.Recording) {
	f.t.Helper()
	o.Files = f.files
	rec, _, err := Record(f.plan, o)
	if err != nil {
		f.t.Fatal(err)
	}
	c := f.plan.Case()
	out := map[string]string{}
	v := assert.Judge(&c, rec)
	for _, k := range v.Checks {
		text := k.Outcome.String()
		for _, l := range k.Lacks {
			text += " " + l.String()
		}
		out[k.Text] = text
	}
	if v.Outcome == assert.Pass {
		f.t.Error("a whole that is not judged wholly passes")
	}
	return out, rec
}

// like finds the verdict of the check whose text begins so.
func like(t *testing.T, got map[string]string, text string) string {
	t.Helper()
	for k, v := range got {
		if strings.HasPrefix(k, text) {
			return v
		}
	}
	t.Fatalf("no check %q among %v", text, got)
	return ""
}

func TestWhatWasCapturedCounts(t *testing.T) {
	directed := map[string]string{
		"reply": "inconclusive socket", "path": "pass", "seen at sw:p2 out": "pass", "seen at sw:p2 once": "inconclusive fences",
		"seen at b:eth0 in": "pass", "seen at a:eth0 in": "pass", "answer": "pass", "never": "inconclusive fences", "state": "inconclusive kernel",
	}
	tests := []struct {
		name string
		edit func(*film)
		want map[string]string // where it differs from directed
	}{
		{"all of it", func(*film) {}, nil},
		{"no direction: the source MACs tell", func(f *film) { f.eachFrame(func(o *recording.Observation) { o.Dir = 0 }) }, nil},
		{"the switch is missing", func(f *film) { f.files = slices.Delete(f.files, 1, 3) }, map[string]string{
			"path": "inconclusive captures", "seen at sw:p2 out": "inconclusive captures", "seen at sw:p2 once": "inconclusive captures", "never": "inconclusive captures"}},
		{"the question was not seen leaving", func(f *film) { f.cut("a_eth0.pcap", 1) }, map[string]string{
			"path": "inconclusive fences", "seen at b:eth0 in": "inconclusive stimulus", "answer": "inconclusive stimulus"}},
		{"nothing at the asker", func(f *film) { f.cut("a_eth0.pcap", 2) }, map[string]string{
			"path": "inconclusive fences", "seen at b:eth0 in": "inconclusive stimulus", "answer": "inconclusive stimulus", "seen at a:eth0 in": "inconclusive fences"}},
		{"a clock is late", func(f *film) { f.shift("b_eth0.pcap", -1_000_000) }, map[string]string{
			"path": "inconclusive clocks", "answer": "inconclusive clocks"}},
		{"all at the same µs", func(f *film) { f.eachFrame(func(o *recording.Observation) { o.At = 10_000 }) }, nil},
		{"the forbidden frame", func(f *film) { f.see("sw_p2.pcap", "20 in asks") }, map[string]string{
			"never": "fail", "seen at sw:p2 once": "fail"}},
		{"the forbidden frame, on an unknown side", func(f *film) { f.see("sw_p2.pcap", "20 - stranger") }, map[string]string{
			"never": "inconclusive fences direction", "seen at sw:p2 once": "fail"}},
		{"destinations are lost", func(f *film) { f.files[0].Sections[0].LinkTypes[0] = 113; f.eachFrame(noDst) }, map[string]string{
			"seen at a:eth0 in": "inconclusive fences"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := all(t, theLab(t))
			tt.edit(f)
			got, rec := f.verdicts(Options{})
			for text, want := range directed {
				if w, ok := tt.want[text]; ok {
					want = w
				}
				if have := like(t, got, text); have != want {
					t.Errorf("%s: %s, want %s (clocks %v)", text, have, want, rec.Foreign.Clocks)
				}
			}
		})
	}
}

func noDst(o *recording.Observation) {
	b := slices.Clone(o.Frame.Bytes())
	copy(b, make([]byte, 6))
	o.Frame = frame.New(b)
}

func (f *film) eachFrame(change func(*recording.Observation)) {
	for _, file := range f.files {
		obs := file.Sections[0].Recording.Observations
		for i := range obs {
			change(&obs[i])
		}
	}
}

// cut leaves the first n frames out.
func (f *film) cut(file string, n int) {
	s := f.section(file, "")
	s.Recording.Observations, s.Numbers = s.Recording.Observations[n:], s.Numbers[n:]
}

func (f *film) shift(file string, ns int64) {
	obs := f.section(file, "").Recording.Observations
	for i := range obs {
		obs[i].At += ns + 10_000_000
	}
	for _, other := range f.files {
		if other.Name != file {
			obs := other.Sections[0].Recording.Observations
			for i := range obs {
				obs[i].At += 10_000_000
			}
		}
	}
}

func TestFilesThatAreCutNeverPass(t *testing.T) {
	p := theLab(t, `      reply: {mac: "@b:eth0"}`, "", `        - {at: "sw:p2", frames: "arp.opcode == 1", count: 1}`, "",
		`      never: {at: "sw:p2 in", frames: "arp.opcode == 1"}`, "", `      state: {"sw:p1": {hairpin: false}}`, "")
	c := p.Case()
	f := all(t, p)
	rec, _, err := Record(p, Options{Files: f.files})
	if err != nil {
		t.Fatal(err)
	}
	if v := assert.Judge(&c, rec); v.Outcome != assert.Pass {
		t.Fatalf("%+v", v)
	}
	f.files[2].Err = errors.New("it ends early")
	if rec, _, err = Record(p, Options{Files: f.files}); err != nil {
		t.Fatal(err)
	}
	if v := assert.Judge(&c, rec); v.Outcome != assert.Inconclusive || v.Reason != "sw_p2.pcap: it ends early" {
		t.Errorf("%s: %s", v.Outcome, v.Reason)
	}
}

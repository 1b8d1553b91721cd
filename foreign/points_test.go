package foreign

import (
	"strings"
	"testing"
)

func TestPlacesAreFound(t *testing.T) {
	tests := []struct {
		name   string
		files  []string // file, and the interface in it
		points []string
		want   string // the places in the order of the files, or the error
	}{
		{"by the names of the files", []string{"x/a_eth0.pcap eth0", "sw:p1.pcapng.gz any"}, nil, "a:eth0, sw:p1"},
		{"by node and interface", []string{"a.pcapng eth0"}, nil, "a:eth0"},
		{"by the name of the interface", []string{"dump.pcapng b:eth0"}, nil, "b:eth0"},
		{"as the user says", []string{"one.pcap eth7"}, []string{"sw:p2=one.pcap#eth7"}, "sw:p2"},
		{"as the user says, of the only one", []string{"one.pcap eth7"}, []string{"sw:p2=one.pcap"}, "sw:p2"},
		{"what the user says goes before names", []string{"a_eth0.pcap eth0"}, []string{"sw:p2=a_eth0.pcap"}, "sw:p2"},
		{"by nothing", []string{"one.pcap eth7"}, nil, "one.pcap: neither its name nor one of its interfaces (eth7) is that of a place of test/lab (sw:br0, sw:p1, sw:p2, a:eth0, b:eth0): say what it is, as in --point sw:p1=one.pcap"},
		{"no such interface", []string{"one.pcap eth7"}, []string{"sw:p2=one.pcap#eth8"}, `one.pcap has no interface "eth8"; it has eth7`},
		{"no such place", []string{"one.pcap eth7"}, []string{"sw:p9=one.pcap"}, "sw:p9 is no place of the scenario; it has sw:br0, sw:p1"},
		{"a place twice", []string{"a_eth0.pcap eth0", "a.pcap eth0"}, nil, "a:eth0 is in a_eth0.pcap#eth0 and in a.pcap#eth0"},
		{"a capture twice", []string{"one.pcap eth7"}, []string{"sw:p1=one.pcap", "sw:p2=one.pcap"}, "one.pcap#eth7 is said to be of sw:p1 and of sw:p2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &film{t: t, plan: theLab(t)}
			for _, l := range tt.files {
				name, iface, _ := strings.Cut(l, " ")
				f.section(name, iface)
			}
			var o Options
			for _, text := range tt.points {
				m, err := ParseMapping(text)
				if err != nil {
					t.Fatal(err)
				}
				o.Points = append(o.Points, m)
			}
			o.Files = f.files
			rec, _, err := Record(f.plan, o)
			var got []string
			if err != nil {
				got = []string{err.Error()}
			} else {
				for _, p := range rec.Points {
					got = append(got, p.Name())
				}
			}
			if text := strings.Join(got, ", "); !strings.HasPrefix(text, tt.want) {
				t.Errorf("got %s\nwant %s", text, tt.want)
			}
		})
	}
}

func TestMappingsAreRead(t *testing.T) {
	for text, want := range map[string]Mapping{
		"sw:p1=eth1.pcap":          {"sw:p1", "eth1.pcap", ""},
		"c1:eth0=a=b.pcapng#c1#x":  {"c1:eth0", "a=b.pcapng#c1", "x"},
		"c1:eth0=d.pcapng#c1-eth0": {"c1:eth0", "d.pcapng", "c1-eth0"},
		"sw=eth1.pcap":             {},
		"sw:p1":                    {},
		"sw:p1=":                   {},
		":p1=x":                    {},
	} {
		if got, err := ParseMapping(text); got != want || (err != nil) != (want == Mapping{}) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestTheStepOfACapture(t *testing.T) {
	two := theLab(t, "steps:", "steps:\n  - name: before\n    arping: {from: b, to: a}\n    expect: {reply: {}}")
	f := all(t, two)
	o := Options{Files: f.files}
	if _, _, err := Record(two, o); err == nil || !strings.Contains(err.Error(), "--step 1  before\n  --step 2  asked") {
		t.Errorf("got %v", err)
	}
	if o.Step = 3; true {
		if _, _, err := Record(two, o); err == nil || !strings.Contains(err.Error(), "steps 1 to 2") {
			t.Errorf("got %v", err)
		}
	}
	got, rec := f.verdicts(Options{Step: 2})
	if like(t, got, "path") != "pass" || like(t, got, "reply: any") != "inconclusive steps" || rec.Steps[0].Count != 0 {
		t.Errorf("%v", got)
	}
}

package foreign

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/scenarios"
)

// FuzzRecord makes recordings of whatever a file holds and judges them: no
// panic, the same verdict twice, and never a pass of a scenario that expects
// what no capture can tell.
func FuzzRecord(f *testing.F) {
	seeds, err := filepath.Glob("../pcaps/foreign/*/*.pcap*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("%d seeds: %v", len(seeds), err)
	}
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	plans, err := scenarios.LoadBytes("lab.yaml", []byte(labText))
	if err != nil {
		f.Fatal(err)
	}
	c := plans[0].Case()
	f.Fuzz(func(t *testing.T, data []byte) {
		var outcomes [2]assert.Outcome
		for i := range outcomes {
			file, err := pcapng.Read(bytes.NewReader(data))
			o := Options{Files: []File{{Name: "x.pcap", File: file, Err: err}}}
			for _, s := range streams(o.Files[0]) {
				o.Points = append(o.Points, Mapping{[]string{"a:eth0", "sw:p1", "sw:p2", "b:eth0"}[len(o.Points)%4], "x.pcap", s.label})
			}
			rec, _, err := Record(plans[0], o)
			if err != nil {
				return
			}
			v := assert.Judge(&c, rec)
			if outcomes[i] = v.Outcome; v.Outcome == assert.Pass {
				t.Fatalf("a pass: %+v", v)
			}
		}
		if outcomes[0] != outcomes[1] {
			t.Errorf("%s, then %s", outcomes[0], outcomes[1])
		}
	})
}

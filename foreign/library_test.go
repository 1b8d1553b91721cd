package foreign

import (
	"path/filepath"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/recording"
	"netverify/scenarios"
)

// asCaptured is a recording as tcpdump(1) would have made it: the frames and
// their places, and nothing of what netverify wrote beside them.
func asCaptured(file *pcapng.File, change func(*recording.Observation)) File {
	sec := *file.Sections[0]
	rec := &recording.Recording{Points: sec.Recording.Points}
	for _, o := range sec.Recording.Observations {
		o.Mark, o.Step, o.Seq = 0, 0, 0
		change(&o)
		rec.Observations = append(rec.Observations, o)
	}
	sec.Recording, sec.Native = rec, false
	return File{Name: "all.pcapng", File: &pcapng.File{Format: "pcapng", Sections: []*pcapng.Section{&sec}}}
}

// eachReference calls f with every reference capture of today's library.
func eachReference(t *testing.T, f func(t *testing.T, p *scenarios.Plan, file *pcapng.File)) {
	t.Helper()
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../pcaps/*/*.pcapng.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d reference captures: %v", len(files), err)
	}
	for _, name := range files {
		file, err := pcapng.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		rec := file.Sections[0].Recording
		for _, p := range plans {
			if p.Name == rec.Scenario && p.Digest == rec.Digest {
				t.Run(p.Name, func(t *testing.T) { f(t, p, file) })
			}
		}
	}
}

// TestThePlanTellsTheAddresses: without a kernel to ask, the plan says what the
// kernel said.
func TestThePlanTellsTheAddresses(t *testing.T) {
	eachReference(t, func(t *testing.T, p *scenarios.Plan, file *pcapng.File) {
		for step, r := range file.Sections[0].Recording.Steps {
			told := scenarios.Bindings(p.At(step))
			for name, b := range r.Bindings {
				got, ok := told[name]
				if strings.HasSuffix(name, ":lo") {
					continue
				}
				if !ok {
					t.Logf("step %d: the plan does not tell of %s (%v)", step+1, name, b)
					continue
				}
				if got.IPv6.IsLinkLocalUnicast() && !b.IPv6.IsValid() {
					got.IPv6 = b.IPv6
				}
				if got != b {
					t.Errorf("step %d: %s is %+v, and the plan says %+v", step+1, name, b, got)
				}
			}
			for name := range told {
				if _, ok := r.Bindings[name]; !ok {
					t.Errorf("step %d: %s is not there, and the plan tells of it", step+1, name)
				}
			}
		}
	})
}

// TestCapturesBesideARun: frames find their steps, those without a direction
// their side, and no verdict contradicts that of the run.
func TestCapturesBesideARun(t *testing.T) {
	passes, open := 0, 0
	eachReference(t, func(t *testing.T, p *scenarios.Plan, file *pcapng.File) {
		for _, how := range []struct {
			name   string
			change func(*recording.Observation)
		}{
			{"whole", func(*recording.Observation) {}},
			{"no direction", func(o *recording.Observation) { o.Dir = 0 }},
			{"µs", func(o *recording.Observation) { o.At -= o.At % 1000 }},
		} {
			t.Run(how.name, func(t *testing.T) {
				rec, _, err := Record(p, Options{Files: []File{asCaptured(file, how.change)}})
				if err != nil {
					t.Fatal(err)
				}
				live := file.Sections[0].Recording
				for i, o := range rec.Observations {
					was := live.Observations[rec.Foreign.Frames[i]-1]
					if was.Mark != o.Mark || was.Seq != o.Seq || o.Dir != 0 && o.Dir != was.Dir {
						t.Fatalf("frame %d: step %d mark %d seq %d %s; was step %d mark %d seq %d %s", rec.Foreign.Frames[i],
							o.Step, o.Mark, o.Seq, o.Dir, was.Step, was.Mark, was.Seq, was.Dir)
					}
					if was.Step != o.Step {
						t.Errorf("frame %d: step %d, was step %d: %s", rec.Foreign.Frames[i], o.Step, was.Step, o.Frame.Summary())
					}
				}
				if len(rec.Foreign.Clocks) > 0 {
					t.Errorf("clocks: %v", rec.Foreign.Clocks)
				}
				c := p.Case()
				v := assert.Judge(&c, rec)
				for _, k := range v.Checks {
					switch k.Outcome {
					case assert.Pass:
						passes++
					case assert.Inconclusive:
						open++
						if len(k.Lacks) == 0 {
							t.Errorf("%s: %s: open for want of nothing: %s", k.Name, k.Text, k.Reason)
						}
					default:
						t.Errorf("%s: %s: %s: %s", k.Name, k.Text, k.Outcome, k.Reason)
					}
				}
			})
		}
	})
	t.Logf("%d checks pass, %d stay open", passes, open)
}

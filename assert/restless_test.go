package assert

import (
	"slices"
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// deaf is a recording in which three broadcast fences came to host:eth0, and
// none from there to c1:eth0, where unicast fences do come.
func deaf() *recording.Recording {
	rec := &recording.Recording{
		Nonce:  nonce,
		Points: bookPoints,
		Taps:   []recording.Tap{{Node: "host", Received: 9}, {Node: "c1", Received: 9}},
		Stop:   &recording.Stop{Kind: recording.StopRestless, Reason: "a broadcast fence from sw:p1 never reached c1:eth0 in (3 tries)"},
	}
	b := &book{rec: *rec}
	see := func(seq int, dst [6]byte, places ...string) {
		data := frame.AppendTag(append(append(append([]byte{}, dst[:]...), 0, 0, 0, 0, 0, 0), 0x88, 0xb5), nonce, frame.Tag{Step: 0xffff, Mark: frame.Fence, Seq: seq})
		for _, p := range places {
			at := place(p)
			rec.Observations = append(rec.Observations, recording.Observation{
				Point: b.point(at.Point), Dir: at.Dir, At: epoch + int64(len(rec.Observations)), Frame: frame.New(data), Mark: frame.Fence, Step: 0xffff, Seq: seq,
			})
		}
	}
	loss := recording.FenceLoss{From: b.point("sw:p1"), Point: b.point("c1:eth0"), Dir: frame.In, Class: recording.Multidestination}
	for seq := 1; seq <= 5; seq += 2 {
		see(seq, frame.Broadcast, "sw:p1 out", "host:eth0 in")
		see(seq+1, c1.mac, "sw:p1 out", "host:eth0 in", "c1:eth0 in")
		loss.Seqs = append(loss.Seqs, seq)
	}
	rec.Stop.Lost = []recording.FenceLoss{loss}
	return rec
}

// TestWhatMakesALostFenceTheKernelsFault: each condition by itself keeps the
// loss from being held against the kernel.
func TestWhatMakesALostFenceTheKernelsFault(t *testing.T) {
	drop := func(keep func(*recording.Observation) bool) func(*recording.Recording) {
		return func(r *recording.Recording) {
			r.Observations = slices.DeleteFunc(r.Observations, func(o recording.Observation) bool { return !keep(&o) })
		}
	}
	at := func(o *recording.Observation, name string) bool { return bookPoints[o.Point].Name() == name }
	for _, tt := range []struct {
		name   string
		change func(*recording.Recording)
		want   Outcome
	}{
		{"as it is", func(*recording.Recording) {}, Fail},
		{"too few tries", func(r *recording.Recording) { r.Stop.Lost[0].Seqs = r.Stop.Lost[0].Seqs[:2] }, Error},
		{"a counter of drops grew", func(r *recording.Recording) {
			r.Stop.Drops = []recording.StateFact{{Target: "host:eth0", Key: "counters.rx_dropped", Value: "3"}}
		}, Error},
		{"a tap dropped frames", func(r *recording.Recording) { r.Taps[1].Dropped = 1 }, Error},
		{"a tap cut a frame", func(r *recording.Recording) { r.Taps[0].Cut = 1 }, Error},
		{"trouble", func(r *recording.Recording) { r.Trouble = []string{"the table of neighbours was full"} }, Error},
		{"something else moved", func(r *recording.Recording) {
			r.Observations = append(r.Observations, recording.Observation{Frame: frame.New(whoHas(c1, c2)), Dir: frame.In})
		}, Error},
		{"chatter is no movement", func(r *recording.Recording) {
			r.Observations = append(r.Observations, recording.Observation{Frame: frame.New(igmp(c1)), Dir: frame.In})
		}, Fail},
		{"one of them came late", func(r *recording.Recording) {
			late := r.Observations[0]
			late.Point, late.Dir = r.Stop.Lost[0].Point, frame.In
			r.Observations = append(r.Observations, late)
		}, Error},
		{"nothing of the other class came either", drop(func(o *recording.Observation) bool { return !at(o, "c1:eth0") }), Error},
		{"one did not even leave", drop(func(o *recording.Observation) bool { return o.Seq != 3 || !at(o, "sw:p1") }), Error},
		{"one got lost earlier", drop(func(o *recording.Observation) bool { return o.Seq != 3 || !at(o, "host:eth0") }), Error},
		{"a point that is not there", func(r *recording.Recording) { r.Stop.Lost[0].Point = 99 }, Error},
		{"nothing is known of the loss", func(r *recording.Recording) { r.Stop.Lost = nil }, Error},
		{"numbers of fences that were never seen", func(r *recording.Recording) { r.Stop.Lost[0].Seqs = []int{7, 8, 9} }, Error},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := deaf()
			tt.change(rec)
			v := Judge(&Case{Name: "x"}, rec)
			if v.Outcome != tt.want || (v.Outcome == Fail) != strings.HasPrefix(v.Reason, "the kernel does not deliver broadcasts from host:eth0 to c1:eth0; 3 of 3 broadcast fences from sw:p1") {
				t.Errorf("%s: %s", v.Outcome, v.Reason)
			}
		})
	}
}

// TestHowARunEndedCounts: each ending with checks that would pass, and with one
// that failed.
func TestHowARunEndedCounts(t *testing.T) {
	for _, tt := range []struct {
		stop         *recording.Stop
		passed, lost Outcome // with a check that passed, and with one that failed
		reason       string
	}{
		{nil, Pass, Fail, ""},
		{&recording.Stop{Kind: recording.StopLacks, Reason: "no VLANs", Lacks: "CONFIG_VLAN_8021Q"}, Skip, Skip, "no VLANs"},
		{&recording.Stop{Kind: recording.StopLost, Reason: "it should"}, Fail, Fail, "it should"},
		{&recording.Stop{Kind: recording.StopUndone, Reason: "mode"}, Fail, Fail, "the kernel accepted this and did not do it: mode"},
		{&recording.Stop{Kind: recording.StopRefused, Reason: "EINVAL"}, Error, Fail, "EINVAL"},
		{&recording.Stop{Kind: recording.StopInterrupted, Reason: "by you"}, Error, Fail, "by you"},
		{&recording.Stop{Kind: recording.StopCut, Reason: "at byte 7"}, Inconclusive, Inconclusive, "at byte 7"},
		{&recording.Stop{Kind: recording.StopClock, Reason: "set by 1s"}, Inconclusive, Inconclusive, "set by 1s"},
		{&recording.Stop{Kind: recording.StopDamaged, Reason: "changed"}, Error, Error, "changed"},
		{&recording.Stop{Kind: "of old age"}, Error, Fail, "of old age"},
	} {
		for filter, want := range map[string]Outcome{"arp": tt.passed, "icmp": tt.lost} {
			b := newBook().step(ask(look(KindSeen, "host:eth0", filter))).see(whoHas(c1, c2), toSwitch...).rest()
			b.rec.Stop = tt.stop
			v := Judge(&b.cas, &b.rec)
			if v.Outcome != want {
				t.Errorf("%+v, %s: %s: %s", tt.stop, filter, v.Outcome, v.Reason)
			}
			if want != Fail && !strings.Contains(v.Reason, tt.reason) || want == tt.passed && filter == "arp" && !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%+v, %s: reason %q", tt.stop, filter, v.Reason)
			}
			if (v.Lacks != "") != (v.Outcome == Skip) {
				t.Errorf("%+v: lacks %q", tt.stop, v.Lacks)
			}
			b.rec.Reports = []string{"a WARNING"}
			if v := Judge(&b.cas, &b.rec); v.Outcome != Fail || v.Lacks != "" || !strings.HasSuffix(v.Reason, "a WARNING") {
				t.Errorf("%+v with a report of the kernel's: %s: %s", tt.stop, v.Outcome, v.Reason)
			}
		}
	}
	if v := Stopped(&recording.Stop{Kind: recording.StopRefused, Reason: "EPERM"}); v.Outcome != Error || v.Reason != "EPERM" {
		t.Errorf("nothing recorded: %+v", v)
	}
}

// TestRecordingsOfAnotherScenarioAreNotJudged, nor those of another version.
func TestRecordingsOfAnotherScenarioAreNotJudged(t *testing.T) {
	for _, tt := range []struct {
		name, scenario, digest string
		want                   Outcome
		reason                 string
	}{
		{"the same", "a/b", "0123", Pass, ""},
		{"of which nothing is known", "", "", Pass, ""},
		{"another one", "a/c", "0123", Error, "is of the scenario a/c, not of a/b"},
		{"another version", "a/b", "4567", Error, "its digest is 4567, that of the scenario here 0123"},
	} {
		b := newBook().step(ask(look(KindSeen, "host:eth0", "arp"))).see(whoHas(c1, c2), toSwitch...).rest()
		b.cas.Name, b.cas.Digest = "a/b", "0123"
		b.rec.Scenario, b.rec.Digest = tt.scenario, tt.digest
		if v := Judge(&b.cas, &b.rec); v.Outcome != tt.want || !strings.Contains(v.Reason, tt.reason) {
			t.Errorf("%s: %s: %s", tt.name, v.Outcome, v.Reason)
		}
	}
}

// TestChecksNameTheirFilters with the addresses of the step, and a path those
// of its stops.
func TestChecksNameTheirFilters(t *testing.T) {
	b := newBook().step(ask(
		look(KindSeen, "host:eth0", "eth.src == @c1:eth0"),
		Expectation{Kind: KindPath, Path: []Waypoint{
			{Place: place("c1:eth0 out"), Frames: must("arp")}, {Place: place("host:eth0 out"), Frames: must("eth.src == @c1:eth0")}, {Place: place("sw:p1 in"), Frames: must("arp")},
		}},
		Expectation{Kind: KindPath, Path: []Waypoint{{Place: place("c1:eth0 out")}, {Place: place("host:eth0 out"), Frames: must("arp || icmp")}}},
	)).see(whoHas(c1, c2), toSwitch...).rest()
	mac := frame.MAC(c1.mac[:]).String()
	want := []string{"eth.src == " + mac, "(arp) || (eth.src == " + mac + ")", "arp || icmp"}
	for i, k := range Judge(&b.cas, &b.rec).Checks {
		if k.Filter != want[i] {
			t.Errorf("%s: %q, want %q", k.Kind, k.Filter, want[i])
		}
	}
}

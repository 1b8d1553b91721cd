package kernels

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestThePaceOfTheCounter: what delays one reading in between leaves no trace.
func TestThePaceOfTheCounter(t *testing.T) {
	ns, n := int64(0), 0
	now := func() int64 {
		if n++; n%3 == 0 {
			ns += 40_000_000 // somebody else ran
		}
		ns += 20
		return ns
	}
	ticks := func() uint64 { return uint64(ns) * 23 / 10 }
	a := moments(ticks, now)
	ns += 50_000_000
	if khz := pace(a, moments(ticks, now)); khz < 2_299_900 || khz > 2_300_100 {
		t.Errorf("%d kHz, want 2300000", khz)
	}
	for _, tt := range []struct{ a, b moment }{{}, {b: moment{0, 5}}, {b: moment{1 << 60, 5}}, {b: moment{5, 1 << 40}}, {a: moment{5, 5}}} {
		if khz := pace(tt.a, tt.b); khz != 0 {
			t.Errorf("%+v: %d kHz, want none", tt, khz)
		}
	}
}

// TestAGuestIsToldHowFastItsCounterRuns under TCG, where it cannot find out.
func TestAGuestIsToldHowFastItsCounterRuns(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("no TSC")
	}
	want := fmt.Sprintf("tsc_early_khz=%d", tscKHz())
	if want == "tsc_early_khz=0" {
		t.Fatal("the pace of this machine's TSC is not known")
	}
	if line := strings.Fields((&machine{}).commandLine()); !slices.Contains(line, want) {
		t.Errorf("%q lacks %s", line, want)
	}
	if line := (&machine{kvm: true}).commandLine(); strings.Contains(line, "tsc") {
		t.Errorf("under KVM the guest's clock is the host's: %q", line)
	}
}

package kernels

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Under TCG the guest's TSC is that of the host's processor (QEMU's
// include/qemu/timer.h: cpu_get_host_ticks). A kernel finds out how fast it runs by
// counting it while a timer runs for some milliseconds (arch/x86/kernel/tsc.c:
// pit_hpet_ptimer_calibrate_cpu). On a busy host QEMU is put aside meanwhile, and
// the guest's clock then runs for good at a multiple of its pace: every time-out in
// it comes too early. So the kernel is told instead (tsc_early_khz, since Linux 5.8).

// tscTime is how long the counter is watched.
const tscTime = 50 * time.Millisecond

// moment is a counter, and the time of CLOCK_MONOTONIC at which it was read.
type moment struct {
	ticks uint64
	ns    int64
}

// moments reads both often, and keeps the pair that was read fastest: nothing came
// between.
func moments(ticks func() uint64, now func() int64) (best moment) {
	shortest := int64(-1)
	for range 64 {
		before := now()
		t := ticks()
		if took := now() - before; shortest < 0 || took < shortest {
			best, shortest = moment{t, before + took/2}, took
		}
	}
	return best
}

// pace is how many kHz the counter has between two moments; 0 where that is none
// that a processor has.
func pace(a, b moment) int64 {
	if b.ns <= a.ns || b.ticks <= a.ticks {
		return 0
	}
	khz := int64(float64(b.ticks-a.ticks)*1e6/float64(b.ns-a.ns) + 0.5)
	if khz < 100_000 || khz > 20_000_000 {
		return 0
	}
	return khz
}

// tscKHz is the pace of this machine's TSC, 0 where that is not known.
var tscKHz = sync.OnceValue(func() int64 {
	first := moments(rdtsc, monotonic)
	<-time.After(tscTime)
	return pace(first, moments(rdtsc, monotonic))
})

func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0
	}
	return t.Nano()
}

package kernels

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"netverify/internal/memory"
)

// qemuMemory is what QEMU takes beside the guest's memory: translated code
// most of all. Measured: 150 to 200 MiB after a run of the whole library.
const qemuMemory = 256 // MiB

// AtOnce is how many of these guests may run at a time: as many as there are
// processors for, and memory that is available now (proc_meminfo(5)) and that the
// control group of this process may have; at least one.
func AtOnce(machines []GuestOptions) int {
	cpus, each := 1, 1
	for _, m := range machines {
		m = m.withDefaults()
		cpus, each = max(cpus, m.CPUs), max(each, m.Memory+qemuMemory)
	}
	n := runtime.NumCPU() / cpus
	if f, err := os.Open("/proc/meminfo"); err == nil {
		defer f.Close()
		if available, ok := availableMemory(f); ok {
			n = min(n, available/each)
		}
	}
	n = int(min(int64(n), memory.Limit(os.DirFS("/"))>>20/int64(each)))
	return max(n, 1)
}

// availableMemory is MemAvailable in MiB.
func availableMemory(meminfo io.Reader) (int, bool) {
	for lines := bufio.NewScanner(meminfo); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !ok {
			continue
		}
		kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
		return kib >> 10, err == nil
	}
	return 0, false
}

// Each calls do for 0 to n-1, so many at a time, and returns when all calls have.
func Each(n, atOnce int, do func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, max(atOnce, 1)) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

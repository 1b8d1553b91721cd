package kernels

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkVLANs is the part of run's BenchmarkScale that few machines can do by
// themselves, in a guest. Emulated it takes some ten times as long as it would with KVM.
func BenchmarkVLANs(b *testing.B) {
	curve := 0
	for _, line := range inGuest(b, "run", 10*time.Minute, "-test.run=^$", "-test.bench=^BenchmarkScale$/^vlans=", "-test.benchtime=1x") {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "BenchmarkScale/") {
			continue
		}
		curve++
		b.Run(strings.TrimPrefix(f[0], "BenchmarkScale/"), func(b *testing.B) {
			for i := 2; i+1 < len(f); i += 2 { // name, runs, and pairs of number and unit
				v, err := strconv.ParseFloat(f[i], 64)
				if err != nil {
					b.Fatalf("%s: %v", line, err)
				}
				b.ReportMetric(v, f[i+1])
			}
		})
	}
	if curve != 4 {
		b.Errorf("%d points of the curve came back, want 4", curve)
	}
}

package kernels

import "testing"

func TestNeededIsOneCommand(t *testing.T) {
	for _, tt := range []struct {
		qemu, kernel, apt bool
		want              string
	}{
		{false, false, true, ""},
		{false, false, false, ""},
		{false, true, true, "netverify kernels add debian:6.1"},
		{true, false, true, "apt-get install qemu-system-x86"},
		{true, true, true, "apt-get install qemu-system-x86 && netverify kernels add debian:6.1"},
		{false, true, false, "netverify run --kernel IMAGE --modules DIR"},
		{true, true, false, "install qemu-system-x86_64"},
	} {
		if got := needed(tt.qemu, tt.kernel, tt.apt); got != tt.want {
			t.Errorf("QEMU missing %v, kernel missing %v, apt-get %v: %q, want %q", tt.qemu, tt.kernel, tt.apt, got, tt.want)
		}
	}
}

package lab

import "testing"

func TestKernelVersion(t *testing.T) {
	for _, tt := range []struct {
		name, release, build, signature string
		want                            string // "": unknown
	}{
		{"stable", "6.1.141", "#1 SMP", "", "6.1.141"},
		{"first of a series", "6.18.0", "#1 SMP", "", "6.18"},
		{"candidate", "6.5.0-rc3", "#2 SMP", "", "6.5"},
		{"candidate without patch level", "6.5-rc3-00012-g0123456789ab", "#2 SMP", "", "6.5"},
		{"new Debian", "6.12.95+deb12-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.95-1 (2026-01-01)", "", "6.12.95"},
		{"old Debian", "5.10.0-46-cloud-amd64", "#1 SMP Debian 5.10.251-1 (2026-03-01)", "", "5.10.251"},
		{"Debian backport", "6.1.0-0.deb11.13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1~bpo11+1 (2023-10-08)", "", "6.1.55"},
		{"Debian candidate", "6.5.0-0-amd64", "#1 SMP Debian 6.5~rc4-1~exp1", "", "6.5"},
		{"own kernel on Debian", "6.9.3", "#1 SMP Debian 6.1.55-1 (2023-09-29)", "", "6.9.3"},
		{"Ubuntu", "5.15.0-91-generic", "#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023", "Ubuntu 5.15.0-91.101-generic 5.15.131\n", "5.15.131"},
		{"own kernel on Ubuntu", "6.9.3-custom", "#1 SMP", "Ubuntu 5.15.0-91.101-generic 5.15.131\n", "6.9.3"},
		{"Android", "5.10.43-android12-9-00001", "#1 SMP", "", "5.10.43"},
		{"no version", "net-next-g0123456", "#1 SMP", "", ""},
		{"four numbers", "6.1.2.3", "#1 SMP", "", ""},
		{"nothing", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := kernelVersion(tt.release, tt.build, tt.signature)
			got := ""
			if ok {
				got = v.String()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

package lab

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// TestWhatAKernelLacks: one that is too old lacks what came later, whatever it
// was built with; an option is named where it is that.
func TestWhatAKernelLacks(t *testing.T) {
	learned, _ := scenarios.AttributeNamed("IFLA_BR_FDB_MAX_LEARNED")
	vlan, silent := feature(scenarios.FeatureVLAN), errors.New("the kernel says nothing")
	for _, tt := range []struct {
		name        string
		f           scenarios.Feature
		err         error
		v           scenarios.Version
		known       bool
		lacks, text string
	}{
		{"too old for an attribute", learned.Feature(), silent, scenarios.Version{Major: 6, Minor: 6, Patch: 99}, true,
			"IFLA_BR_FDB_MAX_LEARNED of Linux 6.7",
			"this kernel cannot do IFLA_BR_FDB_MAX_LEARNED, which came with Linux 6.7 (commit ddd1ad68826d): the kernel says nothing"},
		{"young enough for it", learned.Feature(), silent, scenarios.Version{Major: 6, Minor: 7}, true,
			"CONFIG_BRIDGE", "this kernel cannot do IFLA_BR_FDB_MAX_LEARNED (CONFIG_BRIDGE): the kernel says nothing"},
		{"does not say how old it is", learned.Feature(), silent, scenarios.Version{}, false,
			"CONFIG_BRIDGE", "this kernel cannot do IFLA_BR_FDB_MAX_LEARNED (CONFIG_BRIDGE, since Linux 6.7 (commit ddd1ad68826d)): the kernel says nothing"},
		{"too old for a feature", feature(scenarios.FeatureBridgePortLocked), silent, scenarios.Version{Major: 5, Minor: 10, Patch: 262}, true,
			"bridge-port-locked of Linux 5.18",
			"this kernel cannot do bridge-port-locked, which came with Linux 5.18 (commit a21d9a670d81): the kernel says nothing"},
		{"built without", vlan, silent, scenarios.Version{Major: 5, Minor: 10}, true, "CONFIG_VLAN_8021Q", "this kernel cannot do vlan (CONFIG_VLAN_8021Q): the kernel says nothing"},
		{"kept from this user", feature(scenarios.FeatureMacvtapQueue), withheld("mknod", unix.EPERM), scenarios.Version{Major: 6, Minor: 1}, true,
			"", "this user may not use macvtap-queue: " + withheld("mknod", unix.EPERM).Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := &Unsupported{tt.f, tt.err}
			if got := u.lacks(tt.v, tt.known); got != tt.lacks {
				t.Errorf("lacks %q, want %q", got, tt.lacks)
			}
			if got := u.text(tt.v, tt.known); got != tt.text {
				t.Errorf("%q, want %q", got, tt.text)
			}
		})
	}
}

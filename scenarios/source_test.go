package scenarios

import "testing"

// TestReferences: what can be named as a source is understood, and written
// again as it was. What cannot is in testdata/broken.
func TestReferences(t *testing.T) {
	for text, want := range map[string]Reference{
		"net/8021q/vlan_dev.c:vlan_dev_hard_start_xmit":                 {File: "net/8021q/vlan_dev.c", Symbol: "vlan_dev_hard_start_xmit"},
		"include/uapi/linux/if_link.h:IFLA_BRPORT_GUARD":                {File: "include/uapi/linux/if_link.h", Symbol: "IFLA_BRPORT_GUARD"},
		"net/core/dev.c:__dev_queue_xmit":                               {File: "net/core/dev.c", Symbol: "__dev_queue_xmit"},
		"Documentation/networking/ip-sysctl.rst":                        {File: "Documentation/networking/ip-sysctl.rst"},
		"RFC 826":                                                       {Document: "RFC 826"},
		"RFC 4861, 7.2.2":                                               {Document: "RFC 4861, 7.2.2"},
		"RFC 8200, A":                                                   {Document: "RFC 8200, A"},
		"ip-link(8)":                                                    {Document: "ip-link(8)"},
		"arch/x86/net/bpf_jit_comp32.c:do_jit":                          {File: "arch/x86/net/bpf_jit_comp32.c", Symbol: "do_jit"},
		"tools/testing/selftests/net/nettest.c:main":                    {File: "tools/testing/selftests/net/nettest.c", Symbol: "main"},
		"drivers/net/ethernet/mellanox/mlxsw/spectrum_nve_vxlan.c:init": {File: "drivers/net/ethernet/mellanox/mlxsw/spectrum_nve_vxlan.c", Symbol: "init"},
	} {
		got, err := ParseReference(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v (%s), %v", text, got, got, err)
		}
	}
}

// TestEveryScenarioNamesItsSource: a rule is one because it is written down
// somewhere, and not because it was seen.
func TestEveryScenarioNamesItsSource(t *testing.T) {
	plans, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		if len(p.Sources) == 0 {
			t.Errorf("%s: which function of the kernel decides what it checks? Name it under source:", p.File)
		}
	}
}

package report

import (
	"time"

	"netverify/assert"
)

// began is a fixed time: golden files know no clock.
var began = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

func kernel() Kernel {
	return Kernel{Release: "6.18.0", Where: "host", Config: map[string]string{"CONFIG_MACVLAN": "y"}}
}

func passing(name string) assert.Result {
	return assert.Result{
		Name: name, Title: "siblings of a bridge reach each other directly", File: name + ".yaml", Verifies: []string{"B9", "E7"},
		Outcome: assert.Pass, Began: began, Duration: 12 * time.Millisecond,
		Checks: []assert.Check{{
			Name: "the echo arrives", Kind: assert.KindSeen, Text: "seen at c2:eth0: icmp", Line: 12,
			Outcome: assert.Pass, Fence: 42 * time.Microsecond, Frames: []int{3},
		}},
		Evidence: []string{name + ".pcapng"},
		Facts:    []assert.Fact{{Key: "c1:eth0 mode", Value: "bridge"}},
	}
}

func failing(name string) assert.Result {
	r := passing(name)
	r.Outcome, r.Duration = assert.Fail, 31*time.Millisecond
	r.Title = "VEPA siblings reach each other only where the switch reflects"
	r.Reason = "the switch does not reflect: nothing matched before the fence"
	r.Checks = append(r.Checks, assert.Check{
		Step: 1, Name: "the switch does not reflect", Kind: assert.KindNever, Line: 24,
		Text: "never at c2:eth0: arp || icmp", Outcome: assert.Fail,
		Reason: "2 frames that must not be there; the first is an ARP request for 192.168.128.233 from 02:00:00:00:00:01", Frames: []int{16, 18},
		Fence: 51 * time.Microsecond,
		Journey: []string{
			"c1:eth0 out    02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 192.168.128.233",
			"host:eth0 out  02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 192.168.128.233",
			"c2:eth0 in     02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 192.168.128.233",
		},
	}, assert.Check{
		Step: 1, Name: "the switch does not reflect", Kind: assert.KindSeen, Line: 26,
		Text: "seen at sw:p1 in: arp", Filter: "arp && eth.src == 02:00:00:00:00:01", Outcome: assert.Fail, Reason: "nothing matched before the fence",
	})
	return r
}

func with(r assert.Result, o assert.Outcome, reason string) assert.Result {
	r.Outcome, r.Reason, r.Checks = o, reason, nil
	return r
}

func repeat(r assert.Result, n int) assert.Result {
	r.Repeat = n
	r.Began = r.Began.Add(time.Duration(n) * time.Second)
	r.Duration += time.Duration(n) * time.Millisecond
	return r
}

func inconclusive(name string) assert.Result {
	r := passing(name)
	r.Outcome, r.Reason = assert.Inconclusive, "fence lost at c2:eth0 (3 tries)"
	r.Checks[0].Outcome, r.Checks[0].Reason = assert.Inconclusive, "fence lost at c2:eth0 (3 tries)"
	r.Evidence = nil
	return r
}

const noVLAN = "this kernel has no VLAN devices (CONFIG_VLAN_8021Q)"

// everything is a run in which every outcome occurs.
func everything() Run {
	run := New(kernel(), 8, []assert.Result{
		passing("macvlan/bridge-siblings"),
		failing("macvlan/vepa-reflective-relay"),
		inconclusive("bridge/isolated-ports"),
		with(passing("bridge/locked-port"), assert.Error, "create br0 in sw: operation not permitted"),
		with(passing("vlan/trunk"), assert.Skip, noVLAN),
		with(passing("vlan/access-port"), assert.Skip, noVLAN),
		with(passing("ipvlan/l2"), assert.Skip, "this kernel has no ipvlan (CONFIG_IPVLAN)"),
	})
	run.Evidence = "evidence"
	return run
}

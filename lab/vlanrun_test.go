package lab

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// tableOf is a vlanTable VLAN by VLAN.
type tableOf map[uint16]uint16

func (m tableOf) table() (t vlanTable) {
	for _, vid := range slices.Sorted(maps.Keys(m)) {
		t = t.set(vlanRun{vid, vid, m[vid]})
	}
	return t
}

// TestRunsSayWhatTheVLANsSay plays random changes with both, in any order.
func TestRunsSayWhatTheVLANsSay(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	run := func() vlanRun {
		from := 1 + rnd.IntN(40)
		return vlanRun{uint16(from), uint16(from + rnd.IntN(8)), []uint16{0, vlanUntagged, vlanNative}[rnd.IntN(3)]}
	}
	var before vlanTable
	for range 200 {
		var table vlanTable
		each := tableOf{}
		for range rnd.IntN(30) {
			r, keep := run(), rnd.IntN(4) > 0
			for vid := r.from; vid <= r.to; vid++ {
				if each[vid] = r.flags; !keep {
					delete(each, vid)
				}
			}
			if table = table.cut(r); keep {
				table = table.set(r)
			}
		}
		if !slices.Equal(table, each.table()) {
			t.Fatalf("%v, VLAN by VLAN %v", table, each.table())
		}
		for i := 1; i < len(table); i++ {
			if a, b := table[i-1], table[i]; a.to >= b.from || a.to+1 == b.from && a.flags == b.flags {
				t.Fatalf("%v: %v and %v are one, or overlap", table, a, b)
			}
		}
		less := tableOf{}
		for vid, flags := range each {
			if old, ok := before.get(vid); !ok || old != flags {
				less[vid] = flags
			}
		}
		if got := table.minus(before); !slices.Equal(got, less.table()) {
			t.Fatalf("%v minus %v is %v, want %v", table, before, got, less.table())
		}
		before = table
	}
}

// TestWhatIsSentIsWhatIsRead: parseVLANs reads what infos writes, and what a
// kernel writes that does not know runs.
func TestWhatIsSentIsWhatIsRead(t *testing.T) {
	want := vlanTable{{1, 1, vlanNative}, {2, 4000, 0}, {4001, 4001, vlanUntagged}, {4094, 4094, 0}}
	var spec []byte
	add := func(info []byte) {
		spec = binary.NativeEndian.AppendUint16(spec, uint16(unix.SizeofRtAttr+len(info)))
		spec = append(binary.NativeEndian.AppendUint16(spec, nl.IFLA_BRIDGE_VLAN_INFO), info...)
	}
	for _, r := range want {
		for _, info := range r.infos() {
			add(info)
		}
	}
	if got := parseVLANs(spec); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	spec = nil
	for vid := uint16(10); vid < 13; vid++ {
		add(vlanRun{vid, vid, vlanUntagged}.infos()[0])
	}
	add(vlanRun{20, 30, 0}.infos()[1]) // an end without its begin
	if got, want := parseVLANs(spec), (vlanTable{{10, 12, vlanUntagged}, {30, 30, 0}}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestAllVLANsCostWhatOneDoes counts the requests for trunks of one VLAN, of all
// and of every other one, and the bytes of requests and answers: the number of
// ports and of runs counts, never that of VLANs.
func TestAllVLANsCostWhatOneDoes(t *testing.T) {
	const ports = 2
	type cost struct{ asked, changes, said, told int }
	build := func(trunk []scenarios.VIDRange) (c cost) {
		plan := vlanSwitch()
		for i := range ports {
			plan.Nodes[0].Interfaces[i].Port = &scenarios.Port{Trunk: trunk}
		}
		l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", plan)
		if l == nil {
			return c
		}
		tables, err := l.node("sw").conn.portVLANs()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"p1", "p2"} {
			var want vlanTable
			for _, r := range trunk {
				want = want.set(vlanRun{uint16(r.From), uint16(r.To), 0})
			}
			if err := compareVLANs(want, tables[l.node("sw").iface(name).index]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		x := l.node("sw").conn
		return cost{x.asked, x.changes, x.said, x.told}
	}
	var odd []scenarios.VIDRange
	for vid := 1; vid < 4095; vid += 2 {
		odd = append(odd, scenarios.VIDRange{From: vid, To: vid})
	}
	one := build([]scenarios.VIDRange{{From: 2, To: 2}})
	for what, trunk := range map[string][]scenarios.VIDRange{"all": {{From: 2, To: 4094}}, "every other one": odd} {
		got := build(trunk)
		if got.changes > one.changes {
			t.Errorf("%d requests that change something for one VLAN, %d for %s", one.changes, got.changes, what)
		}
		// On a busy machine links are looked at again.
		if got.asked > 2*one.asked {
			t.Errorf("%d requests for one VLAN, %d for %s", one.asked, got.asked, what)
		}
		// A run is 8 or 16 bytes of a request, and as much of each answer that has it.
		runs := ports * len(trunk)
		if got.said > 2*one.said+16*runs || got.told > 2*one.told+100*runs {
			t.Errorf("%d bytes of requests and %d of answers for one VLAN, %d and %d for %s", one.said, one.told, got.said, got.told, what)
		}
	}
}

// TestARefusedVLANOfManyIsNamed: the kernel refuses the request as a whole.
func TestARefusedVLANOfManyIsNamed(t *testing.T) {
	plan := vlanSwitch()
	plan.Nodes[0].Interfaces[0].Port = &scenarios.Port{Trunk: []scenarios.VIDRange{{From: 2, To: 100}, {From: 4095, To: 4095}}}
	if !has(t, scenarios.FeatureBridgeVLANFiltering) {
		_, err := Build(plan)
		lacks(t, err, scenarios.FeatureBridgeVLANFiltering, "sw")
		return
	}
	l, err := Build(plan)
	if err == nil {
		l.Close()
		t.Fatal("VLAN 4095 was taken")
	}
	if !strings.Contains(err.Error(), "sw:p1 VLAN 4095") {
		t.Errorf("%v: does not name VLAN 4095", err)
	}
}

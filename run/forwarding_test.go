package run

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/scenarios"
)

// TestAReasonNamesTheStateThatExplainsALoss: real labs in which a frame is lost
// for one setting; the reason names that, and evidence gives the same again.
func TestAReasonNamesTheStateThatExplainsALoss(t *testing.T) {
	const bridged = `  switches: {sw: {ports: {p1: {}, p2: {}, p3: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24]}}}
    c: {interfaces: {eth0: {cable: "sw:p3", addresses: [192.0.2.3/24]}}}
`
	const children = `  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    host: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.9/24]}}}
    a: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.1/24]}}}
    c1: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: MODE}, addresses: [192.0.2.11/24]}}}
`
	const second = `    c2: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: MODE}, addresses: [192.0.2.12/24]}}}
`
	const routed = `  hosts:
    a: {routes: [{to: default, via: 192.0.2.9}], interfaces: {eth0: {cable: "r:eth0", addresses: [192.0.2.1/24]}}}
    r: {forwarding: true, interfaces: {eth0: {addresses: [192.0.2.9/24]}, eth1: {cable: "b:eth0", addresses: [198.51.100.9/24]}}}
    b: {interfaces: {eth0: {addresses: [198.51.100.2/24]}}}
`
	send := func(dst string) string {
		return `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: ` + dst + `}}}, expect: {seen: {at: "b:eth0 in", frames: "eth.src == @a:eth0"}}`
	}
	ping := func(from, to string) string {
		return `ping: {from: ` + from + `, to: ` + to + `}, expect: {reply: {}}`
	}
	port := func(text string) string { return strings.Replace(bridged, "p2: {}", "p2: {"+text+"}", 1) }
	vlans := func(ports string) string {
		return strings.Replace(bridged, "ports: {p1: {}, p2: {}, p3: {}}", "vlan_filtering: true, ports: {"+ports+"}", 1)
	}
	tagged := func(id int) string {
		return fmt.Sprintf(`send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}, vlan: [{id: %d}]}}, expect: {seen: {at: "b:eth0 in", frames: "eth.src == @a:eth0"}}`, id)
	}
	mode := func(mode, text string) string { return strings.ReplaceAll(text, "MODE", mode) }
	for _, tt := range []struct{ name, topology, before, step, want string }{
		{"listening", port("state: listening"), "", send("broadcast"), "the port sw:p2 was listening"},
		{"learning, where it comes in", strings.Replace(bridged, "p1: {}", "p1: {state: learning}", 1), "", send("broadcast"), "the port sw:p1 was learning"},
		{"isolated", strings.Replace(port("isolated: true"), "p1: {}", "p1: {isolated: true}", 1), "", send("broadcast"), "the ports sw:p1 and sw:p2 were both isolated"},
		{"no broadcasts", port("bcast_flood: false"), "", send("broadcast"), "the port sw:p2 took no broadcasts (bcast_flood off)"},
		{"no multicasts", port("mcast_flood: false"), "", send(`"01:00:5e:01:02:03"`), "the port sw:p2 took no multicasts (mcast_flood off)"},
		{"no unknown MACs", port("flood: false"), "", send(`"02:00:00:00:77:77"`), "the port sw:p2 took nothing to unknown MACs (flood off), and the FDB of sw:br0 had no entry for 02:00:00:00:77:77"},
		{"the MAC is elsewhere", strings.Replace(bridged, "p3: {}}", `p3: {}}, fdb: [{mac: "02:00:00:00:77:77", port: p3}]`, 1), "", send(`"02:00:00:00:77:77"`),
			"the FDB of sw:br0 had 02:00:00:00:77:77 at sw:p3 and not at sw:p2"},
		{"locked", strings.Replace(bridged, "p1: {}", "p1: {locked: true, learning: false}", 1), "", send("broadcast"), "the port sw:p1 was locked, and the FDB of sw:br0 had no entry for "},
		{"the other end is down", bridged, `set: {"b:eth0": {up: false}}, expect: {state: {"b:eth0": {up: false}}}`, send("broadcast"), "as the step ended, b:eth0 was down"},
		{"the answer is lost", strings.Replace(port("isolated: true"), "p1: {}", "p1: {isolated: true}", 1), "", ping("a", "b"), "the ports sw:p1 and sw:p2 were both isolated"},
		{"on a path", port("state: listening"), "", `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}}}, expect: {path: ["a:eth0 out", "sw:p1 in", "sw:p2 out"]}`, "the port sw:p2 was listening"},

		{"learning is off, and so is flooding", strings.Replace(bridged, "p1: {}", "p1: {learning: false, flood: false}", 1), "", `send: {from: "b:eth0", frame: {eth: {src: "@b:eth0", dst: "@a:eth0"}}}, expect: {seen: {at: "a:eth0 in", frames: "eth.src == @b:eth0"}}`,
			"the port sw:p1 took nothing to unknown MACs (flood off), and the FDB of sw:br0 had no entry for 02:00:00:00:02:01"},
		{"another access VLAN", vlans("p1: {access: 10}, p2: {access: 20}, p3: {access: 10}"), "", send("broadcast"), "VLAN 10 was not on the port sw:p2"},
		{"not in the trunk that it goes out by", vlans("p1: {access: 10}, p2: {trunk: [20-29]}, p3: {access: 10}"), "", send("broadcast"), "VLAN 10 was not on the port sw:p2"},
		{"not in the trunk that it comes in by", vlans("p1: {trunk: [10]}, p2: {trunk: [10, 30]}, p3: {}"), "", tagged(30), "VLAN 30 was not on the port sw:p1"},
		{"no tag, and no PVID", vlans("p1: {trunk: [10]}, p2: {trunk: [10]}, p3: {}"), "", send("broadcast"), "the port sw:p1 had no PVID, so that it took no frame without a tag"},
		{"a PVID that the other port is not in", vlans("p1: {vlans: {30: pvid untagged}}, p2: {vlans: {40: pvid untagged}}, p3: {}"), "", send("broadcast"), "VLAN 30 was not on the port sw:p2"},
		{"isolated, in one VLAN", vlans("p1: {access: 10, isolated: true}, p2: {access: 10, isolated: true}, p3: {access: 10}"), "", send("broadcast"), "the ports sw:p1 and sw:p2 were both isolated"},
		{"the MAC is elsewhere in this VLAN", strings.Replace(vlans("p1: {access: 10}, p2: {access: 10}, p3: {access: 10}"), "vlan_filtering: true, ", `vlan_filtering: true, fdb: [{mac: "02:00:00:00:77:77", port: p3, vlan: 10}], `, 1), "", send(`"02:00:00:00:77:77"`),
			"the FDB of sw:br0 had 02:00:00:00:77:77 at sw:p3 and not at sw:p2"},
		{"the question is lost for its VLAN", vlans("p1: {access: 10}, p2: {access: 20}, p3: {access: 10}"), "", ping("a", "b"), "VLAN 10 was not on the port sw:p2"},
		{"a VLAN that a step takes away", vlans("p1: {trunk: [10], native: 1}, p2: {trunk: [10], native: 1}, p3: {}"), `set: {"sw:p2": {vlans: {10: none}}}, expect: {state: {sw: {"vlan.p2.10": null}}}`, tagged(10), "VLAN 10 was not on the port sw:p2"},

		{"not of the sources", mode("source", children), "", `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}}}, expect: {seen: {at: "c1:eth0 in", frames: "eth.src == @a:eth0"}}`,
			"c1:eth0 was a macvlan in mode source without "},
		{"private", mode("private", children+second), "", ping("c1", "c2"), "c1:eth0 was a macvlan in mode private"},
		{"nothing is reflected", mode("vepa", children+second), "", ping("c1", "c2"), "the port sw:p1 sent nothing back where it came from (hairpin off)"},
		{"passthru", mode("passthru", children), "", ping("a", "host"), "c1:eth0 was a macvlan in mode passthru, which takes all unicast that comes in at host:eth0"},
		{"a sibling is down", mode("bridge", children+second), `set: {"c2:eth0": {up: false}}, expect: {state: {"c2:eth0": {up: false}}}`, ping("c1", "c2"), "as the step ended, c2:eth0 was down"},

		{"the neighbour is nobody", bridged, "", ping("a", "192.0.2.99"), "nobody answered it, so that the request itself was not sent (the neighbour 192.0.2.99 was incomplete)"},
		{"the router's neighbour is nobody", routed, "", `ping: {from: a, to: 198.51.100.99}, expect: {seen: {at: "b:eth0 in", frames: icmp}}`, "; r asked for the MAC of 198.51.100.99, and nobody answered (the neighbour was incomplete): "},
		{"it went where it should", bridged, "", `ping: {from: a, to: b}, expect: {seen: {at: "c:eth0 in", frames: "icmp.type == 8"}}`, "the FDB of sw:br0 had 02:00:00:00:03:01 at sw:p2 and not at sw:p3"},
		{"nothing of it explains", routed, "", `ping: {from: a, to: b}, expect: {seen: {at: "b:eth0 in", frames: "icmp.type == 8 && ip.ttl == 64"}}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "name: test/loss\ntitle: x\ntopology:\n" + tt.topology + "steps:\n"
			if tt.before != "" {
				text += "  - {name: before, " + tt.before + "}\n"
			}
			plans, err := scenarios.LoadBytes("loss.yaml", []byte(text+"  - {name: it, "+tt.step+"}\n"))
			if err != nil {
				t.Fatal(err)
			}
			p, dir := plans[0], t.TempDir()
			r := p.Result()
			pinned(t, func(j *job) {
				j.plan, j.opt.Out = p, dir
				scenario(t.Context(), j, &r)
			})
			if r.Outcome == assert.Skip { // the test in a guest, which has all, fails for this line
				t.Logf("passed over: %s", r.Reason)
				return
			}
			if r.Outcome != assert.Fail || !strings.Contains(r.Reason, tt.want) || tt.want == "" && strings.Contains(r.Reason, "as the step ended") {
				t.Errorf("%s: %s\nwant fail: %s", r.Outcome, r.Reason, tt.want)
			}
			judgedAgain(t, dir, p, &r)
			file, err := pcapng.Load(filepath.Join(dir, r.Evidence[0]))
			if err != nil {
				t.Fatal(err)
			}
			steps := file.Sections[0].Recording.Steps
			for i := range steps {
				if failed := i == len(steps)-1; failed != (steps[i].Forwarding != nil) {
					t.Errorf("step %d: the state was read %t, want %t: only of the step that fails", i+1, !failed, failed)
				}
			}
		})
	}
}

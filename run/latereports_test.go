package run

// reportLabs are labs in which a membership is about to be reported: filters that
// such a report passes wait for it, others do not, and a step that follows does
// not take it for its own.
func reportLabs() (labs []lateLab) {
	mine := func(list ...string) (out []claim) {
		for _, f := range list {
			out = append(out, claim{expect: `never: {at: "b:eth0 in", frames: "` + f + `"}`})
		}
		return out
	}
	both := `"a:eth0": {groups: [239.1.2.3, "ff05::1:1"]}`
	// Of each of the filters there is something, in the end.
	again := `{name: again, strict: true, set: {"b:eth0": {groups: ["ff05::1:9", 239.1.2.9]}}, expect: {seen: [{at: "b:eth0 out", frames: "icmpv6.type == 143", within: 2s}, {at: "b:eth0 out", frames: "igmp", within: 2s}]}}`
	lab := lateLab{name: "report: a join, and filters that it passes", topology: pairLab("", ""), stimulus: `set: {` + both + `}`, strict: true, comes: true, after: []string{again},
		late: `at: "b:eth0 in", frames: "icmpv6.type == 143 || igmp.type == 0x22"`}
	lab.claims = append(mine("frame", "eth", "!arp", "eth.dst == 33:33:00:00:00:16", "eth.src in {@a:eth0, @b:eth0}", "ipv6.hlim == 1", "ipv6.nxt == 0", "icmpv6", "icmpv6.type != 136", "icmpv6.type in {130..143}",
		"icmpv6[0] == 0x8f", "igmp", "ip.proto == 2", "ip.proto == 17 || igmp.type == 0x22", "igmp.maddr in {239.1.2.3, 239.1.2.9}", "!(icmpv6.type == 135 || arp) && !vlan", `frame.protocols contains \"icmpv6\"`),
		claim{expect: `seen: {at: "b:eth0 in", frames: "icmpv6.type == 143", count: 2-3}`})
	labs = append(labs, lab)

	lab.name, lab.late, lab.comes = "report: a join, and filters that it does not pass", "", false
	lab.claims = mine("icmpv6.type == 136", "icmpv6.type in {130, 133..137}", "arp", "ip.proto == 17", "igmp.type == 0x11", "vlan", "udp || tcp", "ipv6.nxt == 58", "icmpv6.type == 143 && ipv6.hlim > 1", "icmpv6.nd.ns.target_address == 2001:db8::1")
	lab.after = []string{
		`{name: control, send: {from: "a:eth0", frames: [{eth: {src: "@a:eth0", dst: broadcast}, vlan: [{id: 5}]}, {eth: {src: "@a:eth0", dst: "@b:eth0"}, ip: {src: 192.0.2.1, dst: 192.0.2.2}, udp: {dstport: 9}}, ` +
			`{eth: {src: "@a:eth0", dst: "@b:eth0"}, ipv6: {src: "2001:db8::1", dst: "2001:db8::2", hlim: 9, nxt: 58}, payload: {hex: "8f00000000000000"}}, ` +
			`{eth: {src: "@a:eth0", dst: "@b:eth0"}, ip: {src: 192.0.2.1, dst: 224.0.0.1, proto: igmp}, payload: {hex: "1128ec5a00000000"}, nonce: none}]}}`,
		`{name: resolved, ping: {from: a, to: b, family: ipv4}, expect: {reply: {}}}`,
		`{name: neighbours, ping: {from: b, to: a, family: ipv6}, expect: {reply: {}}}`,
		`{name: and back, ping: {from: a, to: "2001:db8::2"}, expect: {reply: {}}}`,
	}
	labs = append(labs, lab)

	labs = append(labs, lateLab{name: "report: an address of one link", topology: pairLab("", ""), stimulus: `set: {"a:eth0": {addresses: [192.0.2.1/24, "2001:db8::1/64", "fe80::1/64"]}}`, strict: true, comes: true,
		claims: onlyIf(`seen: {at: "b:eth0 in", frames: "icmpv6.type == 143", count: 1}`)})

	asks := `ping: {from: b, to: a, family: ipv4}`
	never := mine("icmpv6.type == 143", "igmp", "icmpv6.type == 143 || igmp.type == 0x22")
	joined := func(name, topology string, before ...string) lateLab {
		return lateLab{name: "report: " + name, topology: topology, before: before, stimulus: asks, strict: true, claims: never, after: []string{again}}
	}
	own := `
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24, "2001:db8::1/64"], groups: [239.1.2.3, "ff05::1:1"]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24, "2001:db8::2/64"]}}}`
	labs = append(labs,
		joined("a join of the step before", pairLab("", ""), `{name: joins, set: {`+both+`}}`),
		joined("a join of a strict step that did not mind it", pairLab("", ""), `{name: joins, strict: true, set: {`+both+`}, expect: {never: {at: "b:eth0 in", frames: "arp"}}}`),
		joined("a join of two steps before", pairLab("", ""), `{name: joins, set: {`+both+`}}`, `{name: between, ping: {from: a, to: b, family: ipv4}, expect: {reply: {}}}`),
		joined("an interface that came up", pairLab("", ""), `{name: goes, set: {"a:eth0": {up: false}}}`, `{name: comes, set: {"a:eth0": {up: true}}}`, `{name: has an address, set: {"a:eth0": {addresses: [192.0.2.1/24, "2001:db8::1/64"]}}}`),
		joined("the memberships that the lab was built with", own),
	)
	// Who looks for it only then finds none, on every machine.
	return append(labs, lateLab{name: "report: of the step before, looked for", topology: pairLab("", ""), before: []string{`{name: joins, set: {` + both + `}}`}, stimulus: "wait: {for: 500ms}", strict: true, comes: true,
		claims: onlyIf(`seen: {at: "b:eth0 in", frames: "icmpv6.type == 143 && icmpv6.mldr.mar.multicast_address == ff05::1:1"}`)})
}

package run

import "strings"

// announcedLabs are labs in which a stack tells of itself unasked, at once or by a
// timer: where the scenario lets it.
func announcedLabs() (labs []lateLab) {
	lab := func(name, sysctls, stimulus, late string, comes bool, before ...string) lateLab {
		if sysctls != "" {
			sysctls = "sysctls: {" + sysctls + "}, "
		}
		return lateLab{name: "announced: " + name, topology: pairLab(sysctls, ""), before: before, stimulus: stimulus, strict: true, comes: comes,
			late: `at: "b:eth0 in", frames: "` + late + `"`, claims: onlyIf(`never: {at: "b:eth0 in", frames: "` + late + `"}`),
			after: []string{`{name: control, send: {from: "b:eth0", frames: [{eth: {src: "@b:eth0", dst: broadcast}, arp: {opcode: request, sender: "@b:eth0", target: 192.0.2.99}}, {ipv6: {src: fe80::9, dst: "ff02::1"}, eth: {src: "@b:eth0"}, icmpv6: {type: neighbour-advertisement, target: fe80::9}, nonce: none}, ` +
				`{ipv6: {src: fe80::9, dst: "ff02::2"}, eth: {src: "@b:eth0"}, icmpv6: {type: router-solicitation}, nonce: none}]}}`}}
	}
	mac := `set: {"a:eth0": {macaddress: "02:00:00:00:0a:0a"}}`
	down := `{name: goes, set: {"a:eth0": {up: false}}}`
	for _, x := range []lateLab{
		lab("arp_notify and a new MAC", "net.ipv4.conf.eth0.arp_notify: 1", mac, "arp && eth.dst == ff:ff:ff:ff:ff:ff", true),
		lab("a new MAC without arp_notify", "", mac, "arp", false),
		lab("ndisc_notify and a new MAC", "net.ipv6.conf.eth0.ndisc_notify: 1", mac, "icmpv6.type == 136", true),
		lab("a new MAC without ndisc_notify", "", mac, "icmpv6.type == 136", false),
		lab("ndisc_notify and an address", "net.ipv6.conf.eth0.ndisc_notify: 1", `set: {"a:eth0": {addresses: [192.0.2.1/24, "2001:db8::1/64", "2001:db8::1:1/64"]}}`, "icmpv6.type == 136", false), // only one that was tentative
		lab("an address without ndisc_notify", "", `set: {"a:eth0": {addresses: [192.0.2.1/24, "2001:db8::1/64", "2001:db8::1:1/64"]}}`, "icmpv6.type == 136", false),
		lab("arp_notify and an interface that comes up", "net.ipv4.conf.eth0.arp_notify: 1", `set: {"a:eth0": {up: true}}`, "arp", true, down),
		lab("arp_notify and a cable that is plugged in", "net.ipv4.conf.eth0.arp_notify: 1", `set: {"sw:p1": {up: true}}`, "arp", false, `{name: goes, set: {"sw:p1": {up: false}}}`),
	} {
		if strings.HasSuffix(x.name, "comes up") { // the port at the other end notices later, and passes nothing on before
			x.late = strings.Replace(x.late, "b:eth0", "sw:p1", 1)
			x.claims = onlyIf("never: {" + x.late + "}")
		}
		labs = append(labs, x)
		x.name, x.strict = x.name+", not strict", false
		labs = append(labs, x)
	}
	probed := lab("ndisc_notify and an address that is probed", "net.ipv6.conf.eth0.ndisc_notify: 1", `set: {"a:eth0": {addresses: [192.0.2.1/24, "2001:db8::1/64", "2001:db8::1:1/64"]}}`, "icmpv6.type == 136", true)
	probed.topology = strings.Replace(probed.topology, `cable: "sw:p1", `, `cable: "sw:p1", dad: true, `, 1)
	quiet := probed
	quiet.name, quiet.comes = "announced: an address that is probed without ndisc_notify", false
	quiet.topology = strings.Replace(quiet.topology, "ndisc_notify: 1", "ndisc_notify: 0", 1)
	return append(labs, probed, quiet)
}

// routerLabs are labs in which a host looks for routers, or is told by one.
func routerLabs() (labs []lateLab) {
	asks := "net.ipv6.conf.eth0.accept_ra: 1, net.ipv6.conf.eth0.router_solicitations: %n, net.ipv6.conf.eth0.router_solicitation_delay: 1, net.ipv6.conf.eth0.router_solicitation_interval: %i"
	sysctls := func(n, i string) string {
		return "sysctls: {" + strings.NewReplacer("%n", n, "%i", i).Replace(asks) + "}, "
	}
	address := `set: {"a:eth0": {addresses: [192.0.2.1/24, "2001:db8::1/64", "fe80::1/64"]}}`
	late := `at: "b:eth0 in", frames: "icmpv6.type == 133"`
	control := []string{`{name: control, send: {from: "b:eth0", frame: {ipv6: {src: fe80::9, dst: "ff02::2"}, eth: {src: "@b:eth0"}, icmpv6: {type: router-solicitation}, nonce: none}}}`}
	never := `never: {` + late + `}`
	once := claim{`seen: {at: "b:eth0 in", frames: "icmpv6.type == 133", count: 1, within: 800ms}`, false}
	add := func(name, topology, stimulus string, comes bool, claims []claim, before ...string) {
		labs = append(labs, lateLab{name: "router: " + name, topology: topology, before: before, stimulus: stimulus, strict: true, comes: comes, late: late, claims: claims, after: control})
	}
	add("none is looked for", pairLab("", ""), address, false, onlyIf(never))
	add("one is looked for three times", pairLab(sysctls("3", "1"), ""), address, true, append(onlyIf(never), once))
	add("one is looked for once", pairLab(sysctls("1", "4"), ""), address, true, onlyIf(never))
	add("one is looked for, as a step has said", pairLab("", ""), address, true, append(onlyIf(never), once), `{name: lets it, set: {a: {`+strings.TrimSuffix(sysctls("3", "1"), ", ")+`}}}`)
	add("one is still looked for", pairLab(sysctls("3", "2"), ""), `ping: {from: b, to: a, family: ipv4}`, true, onlyIf(never), `{name: begins, `+address+`}`)

	told := `send: {from: "b:eth0", frame: {eth: {src: "@b:eth0"}, ipv6: {src: "fe80::2", dst: "ff02::1"}, icmpv6: {type: router-advertisement, router_lifetime: 0, prefixes: [{prefix: "2001:db8:7::/64"}]}, nonce: none}}`
	topology := func(sysctls, dad string) string {
		t := pairLab("sysctls: {"+sysctls+"}, ", "")
		return strings.Replace(strings.Replace(t, `2001:db8::1/64"`, `2001:db8::1/64", "fe80::1/64"`, 1), `cable: "sw:p1", `, `cable: "sw:p1", `+dad, 1)
	}
	accepts := "net.ipv6.conf.eth0.accept_ra: 1, net.ipv6.conf.eth0.autoconf: 1"
	report := `{name: again, strict: true, set: {"b:eth0": {groups: ["ff05::1:9"]}}, expect: {seen: {at: "b:eth0 out", frames: "icmpv6.type == 143", within: 2s}}}`
	probe := `{name: again, send: {from: "b:eth0", frame: {eth: {src: "@b:eth0"}, ipv6: {src: "::"}, icmpv6: {type: neighbour-solicitation, target: "2001:db8:9::9"}, nonce: none}}}`
	for _, x := range []struct {
		name, topology, frames, after string
		comes                         bool
	}{
		{"an advertisement, of which an address is made", topology(accepts, ""), "icmpv6.type == 143", report, true},
		{"an advertisement that is not accepted", topology("net.ipv6.conf.eth0.accept_ra: 0", ""), "icmpv6.type == 143", report, false},
		{"an advertisement of which no address is made", topology("net.ipv6.conf.eth0.accept_ra: 1, net.ipv6.conf.eth0.autoconf: 0", ""), "icmpv6.type == 143", report, false},
		{"an advertisement, of which an address is made and probed", topology(accepts, "dad: true, "), "icmpv6.type == 135", probe, true},
		{"an advertisement, of which an address is made and probed later", topology(accepts+", net.ipv6.conf.eth0.router_solicitation_delay: 2", "dad: true, "), "icmpv6.type == 135", probe, true},
	} {
		labs = append(labs, lateLab{name: "router: " + x.name, topology: x.topology, stimulus: told, strict: true, comes: x.comes, late: `at: "b:eth0 in", frames: "` + x.frames + `"`,
			claims: onlyIf(`never: {at: "b:eth0 in", frames: "` + x.frames + `"}`), after: []string{x.after}})
	}
	return labs
}

// proxyNDLabs are labs in which a router answers for another by neighbour
// discovery, after a delay or none.
func proxyNDLabs() (labs []lateLab) {
	const topology = `
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: ["2001:db8::1/64"]}}}
    r:
      forwarding: true
      sysctls: {%s net.ipv6.conf.eth0.proxy_ndp: %p}
      neighbours: [{ip: "2001:db8::a7", iface: eth0, proxy: true}]
      interfaces: {eth0: {cable: "sw:p2", addresses: ["2001:db8::fe/64", "fe80::fe/64"]}}`
	asks := `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0"}, ipv6: {src: "2001:db8::1"}, icmpv6: {type: neighbour-solicitation, target: "2001:db8::a7"}}}`
	for _, x := range []struct {
		name, sysctls, proxy string
		comes                bool
	}{
		{"none", "", "0", false}, {"at once", "", "1", true}, {"below 200 ms", "net.ipv6.neigh.eth0.proxy_delay: 20,", "1", true}, {"below 800 ms", "net.ipv6.neigh.eth0.proxy_delay: 80,", "1", true},
		{"below 3 s", "net.ipv6.neigh.eth0.proxy_delay: 300,", "1", true}, {"below 8 s", "net.ipv6.neigh.eth0.proxy_delay: 800,", "1", true},
	} {
		t := strings.NewReplacer("%s", x.sysctls, "%p", x.proxy).Replace(topology)
		late := `at: "a:eth0 in", frames: "icmpv6.type == 136"`
		control := []string{`{name: control, send: {from: "r:eth0", frame: {eth: {src: "@r:eth0"}, ipv6: {src: "fe80::fe", dst: "ff02::1"}, icmpv6: {type: neighbour-advertisement, target: "fe80::fe"}, nonce: none}}}`}
		labs = append(labs, lateLab{name: "ND proxy: " + x.name, topology: t, stimulus: asks, comes: x.comes, late: late, claims: onlyIf(`never: {`+late+`}`, `receivers: {at: ["r:eth0"], frames: "icmpv6.type in {135, 136}"}`), after: control})
		if x.name != "below 8 s" {
			// The answer makes the stack send its echo request.
			labs = append(labs, lateLab{name: "ND proxy: a stack asks, " + x.name, topology: t, stimulus: `ping: {from: a, to: "2001:db8::a7"}`, comes: x.comes,
				late: `at: "a:eth0 out", frames: "icmpv6.type == 128"`, claims: onlyIf(`never: {at: "a:eth0 out", frames: "icmpv6.type == 128"}`), after: []string{`{name: control, ping: {from: a, to: r}, expect: {reply: {}}}`}})
		}
	}
	return labs
}

// querierLabs are labs in which a switch asks who listens, after a leave and for
// other reasons than that its period is over.
func querierLabs() (labs []lateLab) {
	const topology = `
  switches: {sw: {mcast_snooping: true, attributes: {%a}, ports: {p1: {}, p2: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24]}}}`
	igmp := func(payload, dst, mac string) string {
		return `send: {from: "b:eth0", frame: {eth: {src: "@b:eth0", dst: "` + mac + `"}, ip: {src: 192.0.2.2, dst: ` + dst + `, ttl: 1, proto: igmp}, payload: {hex: "` + payload + `"}, nonce: none}}`
	}
	joins := `{name: joins, ` + igmp("1600f8faef010203", "239.1.2.3", "01:00:5e:01:02:03") + `}`
	leaves := igmp("1700f7faef010203", "224.0.0.2", "01:00:5e:00:00:02")
	quiet := `{name: the first queries pass, wait: {for: 1500ms}}`
	control := []string{`{name: control, send: {from: "a:eth0", frames: [{eth: {src: "@a:eth0", dst: "01:00:5e:00:00:01"}, ip: {src: 192.0.2.1, dst: 224.0.0.1, ttl: 1, proto: igmp}, payload: {hex: "1101eefe00000000"}, nonce: none}, ` +
		`{eth: {src: "@a:eth0", dst: "01:00:5e:01:02:03"}, ip: {src: 192.0.2.1, dst: 239.1.2.3, ttl: 1, proto: igmp}, payload: {hex: "1101fcfaef010203"}, nonce: none}]}}`}
	querier := "IFLA_BR_MCAST_QUERIER: 1, IFLA_BR_MCAST_STARTUP_QUERY_CNT: 1"
	add := func(name, attributes, stimulus, frames string, comes bool, before ...string) {
		labs = append(labs, lateLab{name: "querier: " + name, topology: strings.Replace(topology, "%a", attributes, 1), before: before, stimulus: stimulus, strict: true, comes: comes,
			late: `at: "b:eth0 in", frames: "` + frames + `"`, claims: onlyIf(`never: {at: "b:eth0 in", frames: "` + frames + `"}`), after: control})
	}
	general, specific := "igmp.type == 0x11 && igmp.maddr == 0.0.0.0", "igmp.type == 0x11 && igmp.maddr == 239.1.2.3"
	add("it asks for a group that is left", querier, leaves, specific, true, quiet, joins)
	add("it asks for all after that", querier+", IFLA_BR_MCAST_LAST_MEMBER_INTVL: 60", leaves, general, true, quiet, joins)
	add("it asks for all long after that", querier+", IFLA_BR_MCAST_LAST_MEMBER_INTVL: 220", leaves, general, true, quiet, joins)
	add("it asks for all after twenty seconds", querier+", IFLA_BR_MCAST_LAST_MEMBER_INTVL: 1000", leaves, general, true, quiet, joins)
	labs[len(labs)-1].late = "" // nobody waits for that
	add("a group is left of which it does not know", querier+", IFLA_BR_MCAST_LAST_MEMBER_INTVL: 60", leaves, general, false, quiet)
	add("it is none", "IFLA_BR_MCAST_QUERIER: 0", leaves, "igmp.type == 0x11", false, quiet, joins)
	add("it becomes one", "IFLA_BR_MCAST_QUERIER: 0", `set: {sw: {attributes: {IFLA_BR_MCAST_QUERIER: 1}}}`, general, true)
	add("it becomes one and asks twice", "IFLA_BR_MCAST_QUERIER: 0, IFLA_BR_MCAST_STARTUP_QUERY_INTVL: 100", `set: {sw: {attributes: {IFLA_BR_MCAST_QUERIER: 1}}}`, general, true)
	labs[len(labs)-1].claims = onlyIf(`seen: {at: "b:eth0 in", frames: "` + general + `", count: 1}`)
	add("a port comes up", querier+", IFLA_BR_MCAST_STARTUP_QUERY_INTVL: 3000", `set: {"sw:p2": {up: true}}`, general, true, quiet, `{name: goes, set: {"sw:p2": {up: false}}}`)
	return labs
}

// probeLabs are labs in which a host asks whether another is still there, which
// does not answer: it asks again, and gives it up.
func probeLabs() (labs []lateLab) {
	const key = "net.ipv4.neigh.eth0."
	asks := `at: "a:eth0 in", frames: "arp.opcode == 1"`
	for _, retrans := range []string{"200", "600"} {
		topology := pairLab("sysctls: {net.ipv4.conf.eth0.arp_ignore: 8}, ", "sysctls: {"+key+"delay_first_probe_time: 1, "+key+"retrans_time_ms: "+retrans+"}, ")
		labs = append(labs, lateLab{name: "probe: who does not answer is asked again after " + retrans + " ms", topology: topology, stimulus: "ping: {from: a, to: b, family: ipv4}", comes: true, late: asks,
			claims: append(onlyIf(`never: {`+asks+`}`), claim{`seen: {` + asks + `, count: 1}`, true})}) // a repetition is no further frame
	}
	return labs
}

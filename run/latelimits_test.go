package run

import "strings"

// limitedLabs are labs in which a router has sent what it sends only so often: it
// would send it again, later.
func limitedLabs() (labs []lateLab) {
	const redirecting = `
  switches: {sw: {ports: {p1: {}, p2: {}, p3: {}}}}
  hosts:
    a: {sysctls: {net.ipv4.conf.eth0.accept_redirects: 0, net.ipv4.conf.all.accept_redirects: 0}, routes: [{to: default, via: 192.0.2.254}], interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    r: {forwarding: true, routes: [{to: 198.51.100.0/24, via: 192.0.2.2}], interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.254/24]}}}
    b: {forwarding: true, interfaces: {eth0: {cable: "sw:p3", addresses: [192.0.2.2/24]}, eth1: {cable: "c:eth0", addresses: [198.51.100.1/24]}}}
    c: {routes: [{to: default, via: 198.51.100.1}], interfaces: {eth0: {addresses: [198.51.100.2/24]}}}`
	first := `{name: first, ping: {from: a, to: c}, expect: {seen: {at: "a:eth0 in", frames: "icmp.type == 5", count: 1}}}`
	never := `never: {at: "a:eth0 in", frames: "icmp.type == 5"}`
	once := claim{`seen: {at: "a:eth0 in", frames: "icmp.type == 5", count: 1}`, true}
	labs = append(labs,
		lateLab{name: "limited: a second redirect at once", topology: redirecting, before: []string{first}, stimulus: `ping: {from: a, to: c}`, comes: true,
			claims: onlyIf(never, `receivers: {at: ["c:eth0", "b:eth0"], frames: "icmp.type == 8 || icmp.type == 5"}`)},
		lateLab{name: "limited: a second redirect when it may be sent", topology: redirecting, before: []string{first, `{name: waits, wait: {for: 120ms}}`}, stimulus: `ping: {from: a, to: c}`, comes: true,
			claims: append(onlyIf(never), once)},
		lateLab{name: "limited: a packet for the router itself is redirected nowhere", topology: redirecting, before: []string{first}, stimulus: `ping: {from: a, to: r}`, claims: onlyIf(never)},
		lateLab{name: "limited: nor are those of who was redirected nowhere yet", topology: redirecting, before: []string{first}, stimulus: `ping: {from: c, to: b}`, claims: onlyIf(never)},
	)
	five := `{name: five, ping: {from: a, to: 203.0.113.1, count: 5}, expect: {reply: {error: net-unreachable}}}`
	unreachable := `never: {at: "a:eth0 in", frames: "icmp.type == 3"}`
	labs = append(labs,
		lateLab{name: "limited: errors of which there were five", topology: gatewayLab, before: []string{five}, stimulus: `ping: {from: a, to: 203.0.113.2}`, comes: true, claims: onlyIf(`reply: none`, unreachable)},
		lateLab{name: "limited: errors, traced", topology: gatewayLab, before: []string{five}, stimulus: `traceroute: {from: a, to: 203.0.113.2, max: 1}`, comes: true, claims: onlyIf(`hops: ["*"]`)},
		lateLab{name: "limited: an answer is none of them", topology: gatewayLab, before: []string{five}, stimulus: `ping: {from: a, to: r}`, claims: append(onlyIf(unreachable), claim{`reply: {ttl: 64}`, true})},
		lateLab{name: "limited: neighbours that are given up are told of without a limit", topology: gatewayLab, before: []string{strings.Replace(strings.Replace(five, "net-", "host-", 1), "203.0.113.1", "198.51.100.77", 1)},
			stimulus: `ping: {from: a, to: 198.51.100.78}`, comes: true, claims: append(onlyIf(`reply: none`), claim{`reply: {error: host-unreachable}`, true})},
	)
	return labs
}

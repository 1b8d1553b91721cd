package run

import (
	"fmt"
	"strings"
)

// doorLabs are labs in which something loses frames until a timer of the kernel
// has run.
func doorLabs() (labs []lateLab) {
	ask := `ping: {from: a, to: b, family: ipv4}`
	lost := onlyIf(`reply: none`, `never: {at: "b:eth0 in", frames: "arp"}`, `never: {at: "b:eth0 in", frames: "arp", within: 50ms}`)
	came := []claim{{`reply: {ttl: 64}`, true}}
	tree := func(delay string) string {
		return strings.Replace(pairLab("", ""), "sw: {ports", "sw: {stp: true, "+delay+"ports", 1)
	}
	crafted := `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}}}`
	labs = append(labs,
		lateLab{name: "door: a port that listens", topology: tree(""), stimulus: ask, comes: true, claims: lost},
		lateLab{name: "door: a port that listens, and what was crafted at that moment", topology: tree(""), stimulus: crafted, claims: onlyIf(`never: {at: "b:eth0 in", frames: "eth.src == @a:eth0"}`)},
		lateLab{name: "door: a port that forwards after it listened", topology: tree("forward_delay: 2s, "), before: []string{`{name: opens, wait: {for: 4500ms}}`}, stimulus: ask, comes: true, claims: append(lost[:1:1], came...)},
	)
	own := strings.Replace(pairLab("", ""), `eth0: {cable: "sw:p2", addresses: [192.0.2.2/24, "2001:db8::2/64"]}`, `eth0: {cable: "sw:p2", dad: true}`, 1)
	labs = append(labs, lateLab{name: "door: an address that is tentative", topology: own, before: []string{`{name: has it, set: {"b:eth0": {addresses: ["2001:db8::2/64"]}}}`},
		stimulus: `ping: {from: a, to: "2001:db8::2"}`, comes: true, claims: onlyIf(`reply: none`, `never: {at: "b:eth0 out", frames: "icmpv6.type == 136"}`)})
	return append(labs, bondLabs()...)
}

// bondLabs are labs with bonds, which not every kernel has.
func bondLabs() (labs []lateLab) {
	bond := func(mode, attributes string) string {
		if attributes != "" {
			attributes = "attributes: {" + attributes + "}, "
		}
		return fmt.Sprintf(`
  switches: {sw: {ports: {p1: {}, p2: {}, p3: {}}}}
  hosts:
    a: {interfaces: {eth1: {cable: "sw:p1"}, eth2: {cable: "sw:p2"}, bond0: {bond: {mode: %s, members: [eth1, eth2]}, %saddresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p3", addresses: [192.0.2.2/24]}}}`, mode, attributes)
	}
	works := `{name: works, ping: {from: b, to: a}, expect: {reply: {ttl: 64}}}`
	cut := `{name: cut, set: {"sw:p1": {up: false}}}`
	back := `{name: back, set: {"sw:p1": {up: true}}}`
	other := `{name: cut the other, set: {"sw:p2": {up: false}}}`
	ask := `ping: {from: a, to: b}`
	lost := onlyIf(`reply: none`, `never: {at: "b:eth0 in", frames: "icmp.type == 8"}`)
	came := []claim{{`reply: {ttl: 64}`, true}}
	labs = append(labs,
		lateLab{name: "door: a bond that has noticed", topology: bond("active-backup", ""), before: []string{works, cut}, stimulus: ask, comes: true, claims: append(lost[:1:1], came...)},
		lateLab{name: "door: a bond that looks each second", topology: bond("active-backup", "IFLA_BOND_MIIMON: 1000"), before: []string{works, cut}, stimulus: ask, comes: true, claims: lost},
		lateLab{name: "door: a bond that looks never", topology: bond("active-backup", "IFLA_BOND_MIIMON: 0"), before: []string{works, cut}, stimulus: ask, claims: onlyIf(`reply: none`)},
		lateLab{name: "door: a bond with an updelay", topology: bond("active-backup", "IFLA_BOND_MIIMON: 100, IFLA_BOND_UPDELAY: 3000"),
			before: []string{works, cut, `{name: noticed, wait: {for: 300ms}}`, back, other, `{name: noticed too, wait: {for: 300ms}}`}, stimulus: ask, comes: true, claims: onlyIf(`reply: none`)},
		lateLab{name: "door: what LACP sends", topology: bond("802.3ad", "IFLA_BOND_AD_LACP_RATE: 1"), before: []string{works}, stimulus: ask, strict: true, claims: came},
		lateLab{name: "door: what balance-alb tells again", topology: bond("balance-alb", ""), stimulus: `ping: {from: b, to: a}`, comes: true,
			claims: append(onlyIf(`seen: {at: "b:eth0 in", frames: "arp.opcode == 2", count: 1}`), came...)},
	)
	pair := `
  hosts:
    a: {interfaces: {eth1: {cable: "b:eth1"}, eth2: {cable: "b:eth2"}, bond0: {bond: {mode: 802.3ad, members: [eth1, eth2]}, attributes: {IFLA_BOND_AD_LACP_RATE: 1}, addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth1: {}, eth2: {}, bond0: {bond: {mode: 802.3ad, members: [eth1, eth2]}, attributes: {IFLA_BOND_AD_LACP_RATE: 1}, addresses: [192.0.2.2/24]}}}`
	return append(labs, lateLab{name: "door: LACPDUs of a partner", topology: pair, stimulus: ask, strict: true, comes: true, claims: onlyIf(`never: {at: "b:eth1 in", frames: "eth.type == 0x8809"}`)})
}

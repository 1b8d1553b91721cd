package run

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// A lateLab is a lab in which a stack holds something, or sends it, by a timer,
// and a stimulus after which that matters.
type lateLab struct {
	name     string
	topology string
	before   []string // steps
	stimulus string
	strict   bool
	after    []string // steps; then the scenario is over

	comes   bool   // whether what is late does come: known by waiting
	late    string // "at" and "frames" of it
	since   string // the step by which it is caused, where that is an earlier one: it may come before the stimulus, too
	waiting string // the steps by which that is known, where it is not enough that the stimulus' own step waits

	claims []claim // about the stimulus' step
}

// claim is an expectation that holds only if nothing comes late, or whatever
// comes.
type claim struct {
	expect string
	always bool // true of what the step causes, however often a stack repeats it
}

const proxyLab = `
  switches: {sw: {ports: {p1: {isolated: true}, p2: {isolated: true}, p3: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24]}}}
    r:
      forwarding: true
      sysctls: {%s net.ipv4.conf.eth0.send_redirects: 0, net.ipv4.conf.all.send_redirects: 0}
      interfaces: {eth0: {cable: "sw:p3", addresses: [192.0.2.254/24]}}`

func pairLab(a, b string) string {
	return `
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    a: {` + a + `interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24, "2001:db8::1/64"]}}}
    b: {` + b + `interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24, "2001:db8::2/64"]}}}`
}

const gatewayLab = `
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    a: {routes: [{to: default, via: 192.0.2.254}], interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    r: {forwarding: true, interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.254/24]}, eth1: {cable: "c:eth0", addresses: [198.51.100.254/24]}}}
    c: {interfaces: {eth0: {addresses: [198.51.100.1/24]}}}`

// onlyIf are claims that what is late breaks.
func onlyIf(list ...string) (out []claim) {
	for _, e := range list {
		out = append(out, claim{expect: e})
	}
	return out
}

// lateOnly leaves of the labs those whose names hold this: go test ./run -run Timer -args -late fragments
var lateOnly = flag.String("late", "", "only the late labs whose names hold this")

func lateLabs() []lateLab {
	return slices.DeleteFunc(allLateLabs(), func(l lateLab) bool { return !strings.Contains(l.name, *lateOnly) })
}

func allLateLabs() []lateLab {
	var labs []lateLab
	control := `{name: control, ping: {from: r, to: b}, expect: {reply: {ttl: 64}}}`
	for _, d := range []struct {
		name, sysctls string
		comes         bool
	}{
		{"no proxy", "", false},
		{"at once", "net.ipv4.conf.eth0.proxy_arp_pvlan: 1,", true},
		{"below 100 ms", "net.ipv4.conf.eth0.proxy_arp_pvlan: 1, net.ipv4.neigh.eth0.proxy_delay: 10,", true},
		{"below 200 ms", "net.ipv4.conf.eth0.proxy_arp_pvlan: 1, net.ipv4.neigh.eth0.proxy_delay: 20,", true},
		{"below 800 ms", "net.ipv4.conf.eth0.proxy_arp_pvlan: 1, net.ipv4.neigh.eth0.proxy_delay: 80,", true},
		{"below 8 s", "net.ipv4.conf.eth0.proxy_arp_pvlan: 1, net.ipv4.neigh.eth0.proxy_delay: 800,", true},
	} {
		topology := fmt.Sprintf(proxyLab, d.sysctls)
		labs = append(labs, lateLab{
			name: "a proxy that answers a question by hand, " + d.name, topology: topology, comes: d.comes, after: []string{control},
			stimulus: `arping: {from: a, to: b}`, late: `at: "a:eth0 in", frames: "arp.opcode == 2 && arp.src.proto_ipv4 == 192.0.2.2"`,
			claims: onlyIf(`reply: none`, `never: {at: "a:eth0 in", frames: "arp.opcode == 2"}`, `receivers: {at: ["r:eth0"], frames: "arp"}`,
				`never: {at: "sw:p3 in", frames: "arp"}`),
		})
		if d.name == "below 8 s" { // the asker gives up before
			continue
		}
		labs = append(labs, lateLab{
			name: "a proxy that answers a stack, " + d.name, topology: topology, comes: d.comes, after: []string{control},
			stimulus: `ping: {from: a, to: b}`, late: `at: "b:eth0 in", frames: "icmp.type == 8"`,
			claims: onlyIf(`reply: none`, `never: {at: "b:eth0 in", frames: "icmp"}`, `never: {at: "a:eth0 out", frames: "icmp"}`, `reply: {error: host-unreachable}`),
		})
	}
	away := `{name: away, set: {"sw:p2": {up: false}}}`
	back := `{name: back, set: {"sw:p2": {up: true}}}`
	proof := `{name: control, ping: {from: b, to: a, family: %s}, expect: {reply: {}}}`
	for _, f := range []struct{ family, question, echo, asks string }{
		{"ipv4", "arp.opcode == 1 && eth.src == @a:eth0", "icmp.type == 8 && ip.src == @a:eth0", "net.ipv4.neigh.eth0.retrans_time_ms"},
		{"ipv6", "icmpv6.type == 135 && eth.src == @a:eth0", "icmpv6.type == 128 && ipv6.src == @a:eth0", "net.ipv6.neigh.eth0.retrans_time_ms"},
	} {
		for _, retrans := range []int{100, 200, 300, 700} {
			wait := fmt.Sprintf(`{name: a while, wait: {for: %dms}}`, retrans*2)
			labs = append(labs, lateLab{
				name: fmt.Sprintf("a question that is asked again after %d ms, %s", retrans, f.family), topology: pairLab(fmt.Sprintf("sysctls: {%s: %d, %s: 100}, ", f.asks, retrans, strings.Replace(f.asks, "retrans_time_ms", "mcast_solicit", 1)), ""),
				before: []string{away}, stimulus: `ping: {from: a, to: b, family: ` + f.family + `}`, after: []string{back, wait, fmt.Sprintf(proof, f.family)}, comes: true,
				late: `at: "b:eth0 in", frames: "` + f.echo + `"`, waiting: "- " + away + "\n- {name: asks, ping: {from: a, to: b, family: " + f.family + "}, expect: {seen: {at: \"a:eth0 out\", frames: \"" + f.question + "\"}}}\n- " + back,
				claims: append(onlyIf(`reply: none`, `never: {at: "b:eth0 in", frames: "`+f.echo+`"}`, `never: {at: "b:eth0", frames: "`+f.question+`"}`),
					claim{`seen: {at: "sw:p1 in", frames: "` + f.question + `", count: 1}`, false}),
			}, lateLab{
				name: fmt.Sprintf("a question that is asked again after %d ms in an unchanged lab, %s", retrans, f.family), topology: pairLab(fmt.Sprintf("sysctls: {%s: %d}, ", f.asks, retrans), ""),
				stimulus: map[string]string{"ipv4": `ping: {from: a, to: 192.0.2.77}`, "ipv6": `ping: {from: a, to: "2001:db8::77"}`}[f.family],
				late:     `at: "a:eth0 in", frames: "` + strings.Replace(f.echo, "8 &&", "0 &&", 1) + `"`, after: []string{fmt.Sprintf(proof, f.family)},
				claims: append(onlyIf(`reply: none`), claim{`seen: {at: "sw:p1 in", frames: "` + f.question + `", count: 1}`, true}),
			})
		}
	}
	for _, s := range []struct{ stimulus, claim string }{
		{`ping: {from: a, to: 198.51.100.77}`, `reply: none`},
		{`ping: {from: a, to: 198.51.100.77, count: 3}`, `reply: none`},
		{`udp: {from: a, to: 198.51.100.77, dstport: 9}`, `reply: none`},
		{`ping: {from: a, to: 198.51.100.77}`, `never: {at: "a:eth0 in", frames: "icmp.type == 3"}`},
		{`ping: {from: a, to: 198.51.100.77}`, `receivers: {at: ["r:eth0"], frames: "icmp"}`},
		{`traceroute: {from: a, to: 198.51.100.77, max: 3}`, `hops: ["@r:eth0", "*", "*"]`},
		{`traceroute: {from: a, to: 198.51.100.77, max: 3, protocol: icmp}`, `hops: ["@r:eth0", "*", "*"]`},
	} {
		labs = append(labs, lateLab{name: "a router that gives up a neighbour: " + s.stimulus + ", " + s.claim, topology: gatewayLab, stimulus: s.stimulus, comes: true,
			late: `at: "a:eth0 in", frames: "icmp.type == 3"`, claims: onlyIf(s.claim)})
	}
	labs = append(labs, lateLab{name: "the own stack gives up a neighbour", topology: gatewayLab, stimulus: `ping: {from: a, to: 192.0.2.77}`,
		late: `at: "a:eth0 in", frames: "icmp"`, claims: onlyIf(`reply: none`, `reply: {error: host-unreachable, from: "@a:eth0"}`, `receivers: {at: ["r:eth0"], frames: "arp"}`)})
	for _, f := range []struct{ name, sysctl, frame, late string }{
		{"IPv4", "net.ipv4.ipfrag_time: 1", `{eth: {src: "@a:eth0", dst: "@b:eth0"}, ip: {src: "@a:eth0", dst: "@b:eth0", id: 7, proto: 17, flags: [mf]}, payload: {size: 64}}`, "icmp.type == 11"},
		{"IPv6", "net.ipv6.ip6frag_time: 1", `{eth: {src: "@a:eth0", dst: "@b:eth0"}, ipv6: {src: "@a:eth0", dst: "@b:eth0", nxt: 44}, payload: {hex: "1100000100000007` + strings.Repeat("00", 72) + `"}}`, "icmpv6.type == 3"},
	} {
		stimulus := `send: {from: "a:eth0", frame: ` + f.frame + `}`
		claims := onlyIf(`never: {at: "a:eth0 in", frames: "`+f.late+`"}`, `never: {at: "a:eth0 in", frames: "`+f.late+`", within: 1500ms}`, `receivers: {at: ["b:eth0"], frames: "ip.proto == 17 || ipv6.nxt == 44 || `+f.late+`"}`)
		late := `at: "a:eth0 in", frames: "` + f.late + `"`
		labs = append(labs,
			lateLab{name: "fragments of a second, " + f.name, topology: pairLab("", "sysctls: {"+f.sysctl+"}, "), stimulus: stimulus, comes: true, late: late, claims: claims},
			lateLab{name: "fragments of half a minute, " + f.name, topology: pairLab("", ""), stimulus: stimulus, comes: true, claims: onlyIf(`never: {at: "a:eth0 in", frames: "` + f.late + `"}`)})
	}
	announced := func(name, sysctls, set, late string, comes bool) lateLab {
		return lateLab{name: name, topology: pairLab("sysctls: {"+sysctls+"}, ", ""), stimulus: `set: {` + set + `}`, strict: true, comes: comes,
			late: `at: "b:eth0 in", frames: "` + late + `"`, claims: onlyIf(`never: {at: "b:eth0 in", frames: "` + late + `"}`)}
	}
	query := lateLab{name: "the answer to a membership query", topology: pairLab("", ""), before: []string{`{name: joins, set: {"b:eth0": {groups: ["ff05::1:1"]}}}`}, strict: true, comes: true,
		stimulus: `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: "33:33:00:00:00:01"}, ipv6: {src: "fe80::1", dst: "ff02::1", hlim: 1}, icmpv6: {type: mldv2-query, max_resp_delay: 900}, nonce: none}}`,
		late:     `at: "a:eth0 in", frames: "icmpv6.type == 143"`, claims: onlyIf(`never: {at: "a:eth0 in", frames: "icmpv6.type == 143"}`)}
	labs = append(labs, query,
		announced("a group is joined", "net.ipv4.igmp_link_local_mcast_reports: 0", `"a:eth0": {groups: [239.1.2.3]}`, "igmp", true),
		announced("a group of IPv6 is joined", "net.ipv4.igmp_link_local_mcast_reports: 0", `"a:eth0": {groups: ["ff05::1:2"]}`, "icmpv6.type == 143", true))
	return slices.Concat(labs, otherSettings(), upkeepLabs(), unaskedLabs(), cutShortLabs(), earlierQueryLabs(), limitedLabs(), doorLabs(), reportLabs(), announcedLabs(), routerLabs(), proxyNDLabs(), querierLabs(), probeLabs())
}

// otherSettings are labs that set something else of a neighbour table than when
// a question is asked again: that is the lab's still, and it ends the question.
func otherSettings() (labs []lateLab) {
	for _, key := range []string{"locktime: 3", "mcast_solicit: 2", "proxy_delay: 5", "unres_qlen_bytes: 9000", "delay_first_probe_time: 2", "gc_stale_time: 7"} {
		topology := strings.Replace(gatewayLab, "r: {forwarding", "r: {sysctls: {net.ipv4.neigh.eth1."+key+"}, forwarding", 1)
		labs = append(labs, lateLab{name: "a router gives up a neighbour, of which it has " + key, topology: topology, stimulus: `ping: {from: a, to: 198.51.100.77}`, comes: true,
			late: `at: "a:eth0 in", frames: "icmp.type == 3"`, after: []string{`{name: control, ping: {from: a, to: 203.0.113.1}, expect: {reply: {error: net-unreachable}}}`},
			claims: append(onlyIf(`reply: none`, `never: {at: "a:eth0 in", frames: "icmp.type == 3"}`), claim{`reply: {error: host-unreachable, from: "@r:eth0"}`, true})})
	}
	return labs
}

// upkeepLabs are labs in which a host that has answered asks whether the other
// is still there: after five seconds by default, which no lab has, and as soon
// as a scenario says.
func upkeepLabs() (labs []lateLab) {
	for _, f := range []struct{ family, question, key string }{{"ipv4", "arp.opcode == 1", "net.ipv4.neigh.eth0."}, {"ipv6", "icmpv6.type == 135", "net.ipv6.neigh.eth0."}} {
		for _, seconds := range []string{"", "0", "1"} {
			sysctls := ""
			if seconds != "" {
				sysctls = "sysctls: {" + f.key + "delay_first_probe_time: " + seconds + "}, "
			}
			topology := strings.NewReplacer(`2001:db8::1/64"`, `2001:db8::1/64", "fe80::1/64"`, `2001:db8::2/64"`, `2001:db8::2/64", "fe80::2/64"`).Replace(pairLab("", sysctls))
			labs = append(labs, lateLab{name: "is it still there, " + f.family + ", after " + seconds, topology: topology, stimulus: "ping: {from: a, to: b, family: " + f.family + "}", comes: seconds != "",
				late: `at: "a:eth0 in", frames: "` + f.question + `"`, claims: onlyIf(`never: {at: "a:eth0 in", frames: "`+f.question+`"}`, `seen: {at: "sw:p1", frames: "`+f.question+`", count: 1}`)})
		}
	}
	return labs
}

// unaskedLabs are labs in which hosts and switches send on their own account,
// at which strict steps look.
func unaskedLabs() (labs []lateLab) {
	joins := `{name: joins, set: {"a:eth0": {groups: ["ff05::1:1", 239.1.2.3]}}}`
	query := func(name, payload string) string {
		return `{name: ` + name + `, send: {from: "b:eth0", frame: {eth: {dst: "01:00:5e:00:00:01"}, ip: {src: "@b:eth0", dst: 224.0.0.1, ttl: 1, proto: igmp}, payload: {hex: "` + payload + `"}, nonce: none}}}`
	}
	for _, change := range []string{`sysctls: {net.ipv6.conf.all.forwarding: 1}`, `forwarding: true`} {
		labs = append(labs, lateLab{name: "a router joins the groups of routers: " + change, topology: pairLab("", ""), before: []string{joins}, stimulus: `set: {a: {` + change + `}}`, strict: true, comes: true,
			late: `at: "b:eth0 in", frames: "icmpv6.type == 143"`, after: []string{`{name: leaves, strict: true, set: {"a:eth0": {groups: []}}, expect: {seen: {at: "b:eth0 in", frames: "icmpv6.type == 143"}}}`},
			claims: onlyIf(`never: {at: "b:eth0 in", frames: "icmpv6.type == 143"}`)})
	}
	// The time that a query of version 3 gives does not count after one of version 1.
	labs = append(labs, lateLab{name: "an old querier", topology: pairLab("", ""), before: []string{joins, query("old", "1100eeff00000000")}, strict: true, comes: true,
		stimulus: strings.TrimSuffix(strings.TrimPrefix(query("it", "1101ec8100000000027d0000"), "{name: it, "), "}"), claims: onlyIf(`never: {at: "b:eth0 in", frames: "igmp.type == 0x12"}`),
		after: []string{`{name: others, strict: true, send: {from: "b:eth0", frame: {eth: {dst: "01:00:5e:01:02:03"}, ip: {src: "@b:eth0", dst: 239.1.2.3, ttl: 1, proto: igmp}, payload: {hex: "1200fcfaef010203"}, nonce: none}}}`}})
	// What a querier says of the robustness of a network makes no host repeat.
	labs = append(labs, lateLab{name: "a querier that wants repetitions", topology: pairLab("", ""), before: []string{query("robust", "1101e78100000000077d0000"), `{name: a while, wait: {for: 500ms}}`}, strict: true,
		stimulus: `set: {"a:eth0": {groups: [239.1.2.3]}}`, claims: onlyIf(`seen: {at: "b:eth0 in", frames: "igmp", count: 1}`)})
	for _, s := range []struct{ name, sw, frames string }{
		{"the queries of a switch", "mcast_snooping: true, attributes: {IFLA_BR_MCAST_QUERIER: 1, IFLA_BR_MCAST_STARTUP_QUERY_INTVL: 100, IFLA_BR_MCAST_QUERY_INTVL: 100}, ", "igmp || icmpv6.type == 130"},
		{"the BPDUs of a switch", "stp: true, hello_time: 1s, forward_delay: 2s, ", "stp"},
	} {
		topology := strings.Replace(pairLab("", ""), "sw: {ports", "sw: {"+s.sw+"ports", 1)
		opens := `{name: the ports open, strict: true, wait: {for: 5s}, expect: {seen: {at: "a:eth0 in", frames: "` + s.frames + `", count: 4-}}}`
		labs = append(labs, lateLab{name: s.name, topology: topology, before: []string{opens}, stimulus: `ping: {from: a, to: b, family: ipv4}`, strict: true, comes: true,
			late: `at: "a:eth0 in", frames: "` + s.frames + `"`, claims: onlyIf(`never: {at: "a:eth0 in", frames: "` + s.frames + `"}`)})
	}
	return labs
}

// cutShortLabs are labs in which another question ends one that the kernel would
// ask again, after what kept it from being answered is gone.
func cutShortLabs() (labs []lateLab) {
	away, back := `{name: away, set: {"sw:p2": {up: false}}}`, `{name: back, set: {"sw:p2": {up: true}}}`
	for _, f := range []struct{ family, echo string }{{"ipv4", "icmp.type == 8 && ip.src == @a:eth0"}, {"ipv6", "icmpv6.type == 128 && ipv6.src == @a:eth0"}} {
		asks := `ping: {from: a, to: b, family: ` + f.family + `}`
		labs = append(labs, lateLab{name: "a question that is cut short, " + f.family, topology: pairLab("", ""), before: []string{away}, stimulus: asks, comes: true,
			after: []string{back, `{name: cuts, ping: {from: b, to: a, family: ` + f.family + `}, expect: {reply: {within: 2s}}}`},
			late:  `at: "b:eth0 in", frames: "` + f.echo + `"`, waiting: "- " + away + "\n- {name: asks, " + asks + ", expect: {seen: {at: \"a:eth0 out\", frames: \"eth\"}}}\n- " + back,
			claims: onlyIf(`reply: none`, `never: {at: "b:eth0 in", frames: "`+f.echo+`"}`)})
	}
	return labs
}

func (l *lateLab) steps(expect string) string {
	var b strings.Builder
	for _, s := range l.before {
		b.WriteString("  - " + s + "\n")
	}
	strict := ""
	if l.strict {
		strict = "strict: true, "
	}
	fmt.Fprintf(&b, "  - {name: it, %s%s, expect: {%s}}\n", strict, l.stimulus, expect)
	for _, s := range l.after {
		b.WriteString("  - " + s + "\n")
	}
	return b.String()
}

func latePlan(t *testing.T, topology, steps string) *scenarios.Plan {
	t.Helper()
	text := "name: test/late\ntitle: x\ntopology:" + topology + "\nsteps:\n" + steps
	plans, err := scenarios.LoadBytes("late.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return plans[0]
}

// TestNoAbsenceWhileATimerIsPending compares what is claimed of an absence with
// what is known from waiting: nothing that comes late may pass for absent, and
// what never comes may not fail.
func TestNoAbsenceWhileATimerIsPending(t *testing.T) {
	type asked struct {
		lab   lateLab
		claim claim
	}
	var questions []asked
	var plans []*scenarios.Plan
	for _, l := range lateLabs() {
		for _, c := range l.claims {
			questions = append(questions, asked{l, c})
			p := latePlan(t, l.topology, l.steps(c.expect))
			p.Name = fmt.Sprintf("late/%d", len(plans)) // of its evidence
			plans = append(plans, p)
		}
	}
	dir := t.TempDir()
	results, err := All(context.Background(), plans, Options{Jobs: 8 * runtime.NumCPU(), Out: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range questions {
		step := len(q.lab.before)
		if results[i].Outcome == assert.Skip { // the test in a guest, which has all, fails for this line
			t.Logf("passed over: %s: %s", q.lab.name, results[i].Reason)
			continue
		}
		for _, k := range results[i].Checks {
			if k.Step != step {
				continue
			}
			switch holds := q.claim.always || !q.lab.comes; {
			case holds && k.Outcome != assert.Pass:
				t.Errorf("%s: %s is true, and is %s: %s", q.lab.name, q.claim.expect, k.Outcome, k.Reason)
			case !holds && k.Outcome == assert.Pass && results[i].Outcome == assert.Pass && !q.lab.early(t, plans[i], filepath.Join(dir, results[i].Evidence[0])):
				t.Errorf("%s: %s is not true, and passes", q.lab.name, q.claim.expect)
			}
		}
		if len(results[i].Checks) == 0 {
			t.Errorf("%s: %s: %s", q.lab.name, results[i].Outcome, results[i].Reason)
		}
	}
	t.Logf("%d labs, %d claims", len(lateLabs()), len(questions))
}

// early reports whether what is late came after the step that causes it and before the
// stimulus: by a timer that is drawn at random it may, on a busy machine, and then
// nothing is left to come.
func (l *lateLab) early(t *testing.T, p *scenarios.Plan, evidence string) bool {
	t.Helper()
	if l.since == "" {
		return false
	}
	file, err := pcapng.Load(evidence)
	if err != nil {
		t.Fatal(err)
	}
	rec, step := file.Sections[0].Recording, len(l.before)
	e := p.Steps[step].Expect[0]
	m, err := e.Frames.Bind(rec.Steps[step].Bindings)
	if err != nil {
		t.Fatal(err)
	}
	from := slices.IndexFunc(rec.Steps, func(r recording.StepRecord) bool { return r.Name == l.since })
	for i := rec.Steps[from].First; i < rec.Steps[step].First; i++ {
		o := &rec.Observations[i]
		at := assert.Place{Point: rec.Points[o.Point].Name(), Dir: o.Dir}
		if at == e.At && m.Match(&frame.View{Frame: o.Frame, Number: i + 1, Interface: at.Point, At: o.At, Dir: o.Dir, Type: o.Type}) {
			t.Logf("%s: it came before", l.name)
			return true
		}
	}
	return false
}

// TestWhatComesLateIsKnown waits for what the labs above say of a timer.
func TestWhatComesLateIsKnown(t *testing.T) {
	var labs []lateLab
	var plans []*scenarios.Plan
	for _, l := range lateLabs() {
		if l.late == "" {
			continue
		}
		steps := l.waiting
		expect := "seen: {" + l.late + ", within: 9s}"
		if !l.comes {
			expect = "seen: {" + l.late + ", within: 4s}"
		}
		if steps == "" {
			own := lateLab{before: l.before, stimulus: l.stimulus, strict: l.strict}
			steps = own.steps(expect)
		} else {
			steps = strings.Replace(steps, "{name: back, ", "{name: back, strict: true, expect: {never: {"+l.late+"}}, ", 1)
			steps = "  " + strings.ReplaceAll(steps, "\n", "\n  ") + "\n  - {name: waits, wait: {for: 4s}, strict: true, expect: {never: {" + l.late + "}}}\n"
		}
		labs, plans = append(labs, l), append(plans, latePlan(t, l.topology, steps))
	}
	results, err := All(context.Background(), plans, Options{Jobs: 40})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range labs {
		k := results[i].Checks[len(results[i].Checks)-1]
		came := k.Outcome == assert.Pass
		if l.waiting != "" {
			came = slices.ContainsFunc(results[i].Checks[1:], func(k assert.Check) bool { return k.Outcome == assert.Fail })
		}
		if came != l.comes {
			t.Errorf("%s: came %v (%s: %s)", l.name, came, k.Outcome, k.Reason)
		}
	}
}

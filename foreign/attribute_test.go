package foreign

import (
	"fmt"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/craft"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// strangersLab has a station whose ping is judged, and others that ping as well.
const strangersLab = `
name: test/strangers
title: A station asks another, and others ask as well
topology:
  switches:
    sw: {ports: {p1: {}, p2: {}, p3: {}, p4: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [10.0.0.2/24]}}}
    c: {interfaces: {eth0: {cable: "sw:p3", addresses: [10.0.0.3/24]}}}
    d: {interfaces: {eth0: {cable: "sw:p4", addresses: [10.0.0.4/24]}}}
steps:
  - name: asked
    %s
    expect:
      %s
`

// talk is one line of a capture: "a>b request 1.2", "b>a reply 1.2", "b>a
// unreachable 1.2" (quoting a>b), "a>b who-has", "b>a is-at", "a>b udp 5.9";
// "ttl 9" and "size 1000" may stand behind.
func talk(t *testing.T, p *scenarios.Plan, text string) frame.Frame {
	t.Helper()
	words := append(strings.Fields(text), "")
	way, kind, numbers := words[0], words[1], words[2]
	from, to, _ := strings.Cut(way, ">")
	from, to = "@"+from+":eth0", "@"+to+":eth0"
	var id, seq int
	if numbers != "" {
		if _, err := fmt.Sscanf(numbers, "%d.%d", &id, &seq); err != nil {
			t.Fatal(text, err)
		}
	}
	spec := craft.Spec{Nonce: "none", IP: &craft.IP{Src: from, Dst: to}}
	for i, word := range words {
		var n int
		if word == "ttl" || word == "size" {
			if _, err := fmt.Sscan(words[i+1], &n); err != nil {
				t.Fatal(text, err)
			}
		}
		switch word {
		case "ttl":
			spec.IP.TTL = &n
		case "size":
			spec.Payload = &craft.Payload{Size: &n}
		}
	}
	echo := func(typ string) { spec.ICMP = &craft.ICMP{Type: typ, Ident: &id, Seq: &seq} }
	switch kind {
	case "request":
		echo("echo-request")
	case "reply":
		echo("echo-reply")
	case "unreachable":
		quoted := talk(t, p, fmt.Sprintf("%s>%s request %s", to[1:2], from[1:2], numbers)).Bytes()[14:]
		code := 1
		spec.ICMP = &craft.ICMP{Type: "destination-unreachable", Code: &code}
		spec.Payload = &craft.Payload{Hex: fmt.Sprintf("%x", quoted)}
	case "udp":
		spec.UDP = &craft.UDP{SrcPort: &id, DstPort: seq}
	case "who-has":
		spec.IP, spec.ARP = nil, &craft.ARP{Opcode: "request", Sender: from, Target: to}
	case "is-at":
		spec.IP, spec.ARP = nil, &craft.ARP{Opcode: "reply", Sender: from, Target: to}
	default:
		t.Fatal("no such frame: " + text)
	}
	data, err := craft.Build(&spec, scenarios.Bindings(p.At(0)), frame.Tag{}, [8]byte{})
	if err != nil {
		t.Fatal(text, err)
	}
	return frame.New(data)
}

// overheard judges one expectation by what was captured: "a out: a>b request
// 1.1", one line a frame.
func overheard(t *testing.T, does, expects string, lines ...string) (assert.Check, string) {
	t.Helper()
	plans, err := scenarios.LoadBytes("lab.yaml", fmt.Appendf(nil, strangersLab, does, expects))
	if err != nil {
		t.Fatal(err)
	}
	p := plans[0]
	var files []File
	for _, node := range []string{"a", "b", "c", "d"} {
		if node == "d" && !strings.Contains(strings.Join(lines, "\n"), "d ") {
			continue
		}
		s := &pcapng.Section{Recording: &recording.Recording{Points: []recording.Point{{Node: "capture", Interface: "eth0"}}},
			LinkTypes: []uint16{1}, Skipped: []int{0}, Units: []int64{1000}, Dropped: []int64{-1}}
		for n, l := range lines {
			place, what, _ := strings.Cut(l, ": ")
			if name, side, _ := strings.Cut(place, " "); name == node {
				s.Recording.Observations = append(s.Recording.Observations, recording.Observation{
					Dir: map[string]frame.Direction{"in": frame.In, "out": frame.Out}[side], At: int64(n+1) * 1_000_000, Frame: talk(t, p, what)})
				s.Numbers = append(s.Numbers, len(s.Numbers)+1)
			}
		}
		files = append(files, File{Name: node + "_eth0.pcap", File: &pcapng.File{Format: "pcapng", Sections: []*pcapng.Section{s}}})
	}
	rec, _, err := Record(p, Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	c := p.Case()
	k := assert.Judge(&c, rec).Checks[0]
	text := k.Outcome.String()
	for _, l := range k.Lacks {
		text += " " + l.String()
	}
	return k, text
}

// TestOnlyFramesOfTheStepCount: background traffic is the usual case in captures
// of a live network. A frame is the step's by its addresses and numbers, or it
// decides nothing.
func TestOnlyFramesOfTheStepCount(t *testing.T) {
	const (
		ping     = `ping: {from: a, to: b}`
		pings    = `ping: {from: a, to: b, count: 2}`
		arping   = `arping: {from: a, to: b}`
		datagram = `udp: {from: a, to: b, dstport: 9}`
		crafted  = `send: {from: "a:eth0", frame: {ip: {src: "@a:eth0", dst: "@b:eth0"}, icmp: {type: echo-request, ident: 7, seq: 1}}}`

		replied  = `answer: {at: "a:eth0 in", frames: "icmp.type == 0"}`
		arrives  = `seen: {at: "b:eth0 in", frames: "icmp.type == 8"}`
		stays    = `never: {at: "b:eth0 in", frames: "icmp.type == 8"}`
		failed   = `answer: {at: "a:eth0 in", frames: "icmp.type == 3"}`
		resolved = `seen: {at: "b:eth0 in", frames: "arp.opcode == 1"}`
		told     = `seen: {at: "a:eth0 in", frames: "arp.opcode == 2"}`
	)
	asks, arrived := "a out: a>b request 1.1", "b in: a>b request 1.1"
	for _, tt := range []struct {
		name, does, expects string
		lines               []string
		want                string
	}{
		{"answered", ping, replied, []string{asks, arrived, "b out: b>a reply 1.1", "a in: b>a reply 1.1"}, "pass"},
		{"a stranger's reply is no answer", ping, replied, []string{asks, "a in: c>d reply 77.9"}, "inconclusive stimulus"},
		{"another ping's reply to the same", ping, replied, []string{asks, "a in: b>a reply 77.9"}, "inconclusive stimulus"},
		{"the reply to another number", ping, replied, []string{asks, "a in: b>a reply 1.2"}, "inconclusive stimulus"},
		{"another host's reply", ping, replied, []string{asks, "a in: c>a reply 1.1"}, "inconclusive stimulus"},
		{"no answer at all", ping, replied, []string{asks}, "inconclusive fences"},
		{"the question was not captured", ping, replied, []string{"a in: b>a reply 1.1"}, "inconclusive stimulus"},

		{"arrives", ping, arrives, []string{asks, arrived}, "pass"},
		{"arrives, and was not captured at its sender", ping, arrives, []string{arrived}, "pass"},
		{"only another's question arrives", ping, arrives, []string{"c out: c>b request 3.1", "b in: c>b request 3.1"}, "inconclusive stimulus"},
		{"another's as well", ping, arrives, []string{asks, "b in: c>b request 3.1", arrived}, "pass"},
		{"a question to another", ping, arrives, []string{"a out: a>c request 1.1", "b in: a>c request 1.1"}, "inconclusive stimulus"},

		{"another's question where the step's must not come", ping, stays, []string{"a out: a>c request 1.1", "b in: c>b request 3.1"}, "inconclusive stimulus fences"},
		{"the step's where it must not come", ping, stays, []string{asks, arrived}, "fail"},
		{"the step's beside another's", ping, stays, []string{asks, "b in: c>b request 3.1", arrived}, "fail"},
		{"strict: nobody's may come", ping + "\n    strict: true", stays, []string{asks, "b in: c>b request 3.1"}, "fail"},
		{"strict: a stranger's reply is no answer", ping + "\n    strict: true", replied, []string{asks, "a in: c>d reply 77.9"}, "inconclusive stimulus"},
		{"nothing came", ping, stays, []string{asks}, "inconclusive fences"},
		{"nothing of the step is there", ping, stays, []string{"c out: c>d request 3.1"}, "inconclusive fences stimulus"},

		{"two pings of the pair: which is the step's?", ping, replied, []string{asks, "a out: a>b request 2.1", "a in: b>a reply 2.1"}, "inconclusive stimulus"},
		{"two pings of the pair, and one arrives", ping, arrives, []string{asks, "a out: a>b request 2.1", "b in: a>b request 2.1"}, "inconclusive stimulus"},
		{"two pings of the pair, and both arrive", ping, arrives, []string{asks, "a out: a>b request 2.1", arrived, "b in: a>b request 2.1"}, "pass"},
		{"two pings of the pair, and both come where they must not", ping, stays, []string{asks, "a out: a>b request 2.1", arrived, "b in: a>b request 2.1"}, "fail"},
		{"two pings of the pair, and one comes where it must not", ping, stays, []string{asks, "a out: a>b request 2.1", arrived}, "inconclusive stimulus fences"},
		{"more requests than the step sends", ping, replied, []string{asks, "a out: a>b request 1.2", "a in: b>a reply 1.2"}, "inconclusive stimulus"},
		{"as many as it sends", pings, replied, []string{asks, "a out: a>b request 1.2", "a in: b>a reply 1.2"}, "pass"},
		{"sent again", ping, arrives, []string{asks, asks, arrived}, "pass"},

		{"an error that quotes the question", ping, failed, []string{asks, "a in: b>a unreachable 1.1"}, "pass"},
		{"an error that quotes another", ping, failed, []string{asks, "a in: b>a unreachable 5.1"}, "inconclusive stimulus"},
		{"resolved", ping, resolved, []string{"a out: a>b who-has", "b in: a>b who-has"}, "pass"},
		{"told", ping, told, []string{"a out: a>b who-has", "a in: b>a is-at"}, "pass"},
		{"another is resolved", ping, resolved, []string{"a out: a>c who-has", "b in: a>c who-has"}, "inconclusive stimulus"},
		{"another resolves", ping, resolved, []string{asks, "b in: c>b who-has"}, "inconclusive stimulus"},
		{"an arping is answered", arping, `answer: {at: "a:eth0 in", frames: "arp"}`, []string{"a out: a>b who-has", "a in: b>a is-at"}, "pass"},
		{"another's arping is", arping, `answer: {at: "a:eth0 in", frames: "arp"}`, []string{"a out: a>b who-has", "a in: b>c is-at"}, "inconclusive stimulus"},
		{"an arping of another", arping, resolved, []string{"a out: a>c who-has", "b in: a>c who-has"}, "inconclusive stimulus"},
		{"a datagram arrives", datagram, `seen: {at: "b:eth0 in", frames: "udp"}`, []string{"a out: a>b udp 5000.9", "b in: a>b udp 5000.9"}, "pass"},
		{"another's datagram does", datagram, `seen: {at: "b:eth0 in", frames: "udp"}`, []string{"a out: a>b udp 5000.9", "b in: c>b udp 5000.9"}, "inconclusive stimulus"},
		{"a crafted frame arrives", crafted, arrives, []string{"a out: a>b request 7.1", "b in: a>b request 7.1"}, "pass"},
		{"another than the crafted one", crafted, arrives, []string{"a out: a>b request 7.1", "b in: a>b request 8.1"}, "inconclusive stimulus"},
		{"a crafted question is answered", crafted, replied, []string{"a out: a>b request 7.1", "a in: b>a reply 7.1"}, "pass"},
		{"another is answered", crafted, replied, []string{"a out: a>b request 7.1", "a in: b>a reply 8.1"}, "inconclusive stimulus"},
		{"a TTL that the step's cannot have", `ping: {from: a, to: b, ttl: 9}`, arrives, []string{"a out: a>b request 1.1", arrived}, "inconclusive stimulus"},
		{"the step's TTL, counted down", `ping: {from: a, to: b, ttl: 9}`, arrives, []string{"b in: a>b request 1.1 ttl 7"}, "pass"},
		{"less than the step's TTL at its sender", `ping: {from: a, to: b, ttl: 9}`, `seen: {at: "a:eth0 out", frames: "icmp"}`, []string{"a out: a>b request 1.1 ttl 7"}, "inconclusive stimulus"},
		{"other data than the step sends", `ping: {from: a, to: b, size: 1000}`, arrives, []string{"a out: a>b request 1.1 size 56", "b in: a>b request 1.1 size 56"}, "inconclusive stimulus"},
		{"as much data", `ping: {from: a, to: b, size: 1000}`, arrives, []string{"b in: a>b request 1.1 size 1000"}, "pass"},
		{"much data, of which the scenario says nothing", ping, arrives, []string{"b in: a>b request 1.1 size 1000"}, "pass"},
		{"other data where it must not come", `ping: {from: a, to: b, size: 1000}`, stays, []string{"b in: a>b request 1.1 size 56"}, "inconclusive stimulus fences"},
		{"a datagram to another port", datagram, `seen: {at: "b:eth0 in", frames: "udp"}`, []string{"a out: a>b udp 5000.53", "b in: a>b udp 5000.53"}, "inconclusive stimulus"},
		{"a datagram from another port", `udp: {from: a, to: b, dstport: 9, srcport: 68}`, `seen: {at: "b:eth0 in", frames: "udp"}`, []string{"b in: a>b udp 5000.9"}, "inconclusive stimulus"},
		{"a ping in the place of a trace", `traceroute: {from: a, to: b, protocol: icmp}`, arrives, []string{"b in: a>b request 1.1 ttl 64"}, "inconclusive stimulus"},
		{"a probe of a trace", `traceroute: {from: a, to: b, protocol: icmp}`, arrives, []string{"b in: a>b request 1.1 ttl 2"}, "pass"},
		{"the target looks for the sender, whom it heard", ping, `never: {at: "a:eth0 in", frames: "arp"}`, []string{asks, arrived, "a in: b>a who-has"}, "fail"},
		{"the target looks for the sender, of which it heard nothing", ping, `never: {at: "a:eth0 in", frames: "arp"}`, []string{"a in: b>a who-has"}, "inconclusive stimulus fences"},
		{"it did so before the question", ping, `never: {at: "a:eth0 in", frames: "arp"}`, []string{"a in: b>a who-has", asks, arrived}, "inconclusive stimulus fences"},
		{"it is told before the question", ping, `never: {at: "b:eth0 in", frames: "arp"}`, []string{"b in: a>b is-at", asks}, "inconclusive stimulus fences"},
		{"a step that sends nothing", `set: {"a:eth0": {mtu: 1400}}`, resolved, []string{"b in: a>b who-has"}, "inconclusive stimulus"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if k, got := overheard(t, tt.does, tt.expects, tt.lines...); got != tt.want {
				t.Errorf("%s, want %s: %s", got, tt.want, k.Reason)
			}
		})
	}
}

// TestNoReplyIsSoldAsTheAnswer: what the reason says of an answer is one.
func TestNoReplyIsSoldAsTheAnswer(t *testing.T) {
	asks := "a out: a>b request 1.1"
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"the answer", []string{asks, "a in: b>a reply 1.1"}, "an answer came in at the interface: #2 of a_eth0.pcap"},
		{"strangers'", []string{asks, "a in: c>d reply 77.9"}, "the question was last seen at #1 of a_eth0.pcap"},
		{"of another ping", []string{asks, "a in: b>a reply 77.9"}, "the question was last seen at #1 of a_eth0.pcap"},
		{"of one of two", []string{asks, "a out: a>b request 2.1", "a in: b>a reply 2.1"}, "2 questions in the captures may be the step's"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, _ := overheard(t, `ping: {from: a, to: b}`, `reply: {ttl: 64}`, tt.lines...)
			if k.Outcome != assert.Inconclusive || !strings.Contains(k.Reason, tt.want) {
				t.Errorf("%s: %s, want %s", k.Outcome, k.Reason, tt.want)
			}
			if sold := strings.Contains(k.Reason, "an answer came in"); sold != strings.HasPrefix(tt.want, "an answer") {
				t.Errorf("an answer is told of: %s", k.Reason)
			}
		})
	}
}

// TestTimesCountFromTheStepsOwnFrame: another's frame may leave long before.
func TestTimesCountFromTheStepsOwnFrame(t *testing.T) {
	lines := []string{"a out: a>c request 9.1", "a out: a>c request 9.2", "a out: a>c request 9.3", "a out: a>b request 1.1", "b in: a>b request 1.1"}
	if k, got := overheard(t, `ping: {from: a, to: b}`, `seen: {at: "b:eth0 in", frames: "icmp", within: 2ms}`, lines...); got != "pass" {
		t.Errorf("%s: %s", got, k.Reason)
	}
}

package assert

import (
	"strings"
	"testing"
)

// TestTheNearMissIsNamed: the frame that fails in the fewest terms, these, and
// what it has in their place.
func TestTheNearMissIsNamed(t *testing.T) {
	service := func(vid uint16, b []byte) []byte {
		b = tagged(vid, b)
		b[12], b[13] = 0x88, 0xa8
		return b
	}
	for _, tt := range []struct {
		name, frames, want string
		more               []byte
	}{
		{"one term", "icmp.type == 8 && ip.ttl == 6", "c2:eth0 in saw 2 other frame(s); the nearest is #12 c2:eth0 in  ICMP 192.0.2.1 > 192.0.2.2 Echo (ping) request id=0x4e56 seq=1 ttl=64, which fails in ip.ttl == 6 (ip.ttl is 64 hops)", nil},
		{"two terms", "arp.opcode == 2 && eth.src == @outside:eth0 && eth.dst == ff:ff:ff:ff:ff:ff", "the nearest is #6 c2:eth0 in  ARP Who has 192.0.2.2? Tell 192.0.2.1, which fails in arp.opcode == 2 (arp.opcode is 1 (request)), eth.src == @outside:eth0 (eth.src is 02:00:00:00:00:01)", nil},
		{"a negation", "icmp && !ip", "which fails in !ip", nil},
		{"an alternative", "(icmp.type == 3 && ip.ttl == 5) || (icmp.type == 8 && ip.ttl == 9)", "#12 c2:eth0 in  ICMP 192.0.2.1 > 192.0.2.2 Echo (ping) request id=0x4e56 seq=1 ttl=64, which fails in ip.ttl == 9", nil},
		{"the other kind of tag", "icmp && vlan.id == 100", "which fails in vlan.id == 100 (it has no vlan.id) [its tag is 802.1ad, which is asked for as ieee8021ad.id == 100]", service(100, echo(c1, c2, 0, 1))},
		{"and the other way round", "icmp && ieee8021ad.id == 100", "its tag is 802.1Q, which is asked for as vlan.id == 100", tagged(100, echo(c1, c2, 0, 1))},
		{"nothing like it", "icmp.type == 3 && ip.ttl == 6", "which fails in icmp.type == 3 (icmp.type is 8), ip.ttl == 6 (ip.ttl is 64 hops)", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(ask(look(KindSeen, "c2:eth0 in", tt.frames))).see(whoHas(c1, c2), reflected...)
			if tt.more != nil {
				b.see(echo(c1, c2, 0, 1), toSwitch...).see(tt.more, "c2:eth0 in")
			} else {
				b.see(echo(c1, c2, 0, 1), reflected...)
			}
			if k := b.rest().judge(); k.Outcome != Fail || !strings.Contains(k.Reason, tt.want) {
				t.Errorf("%s: %s\nwant %s", k.Outcome, k.Reason, tt.want)
			}
		})
	}
}

// TestAFilterThatNothingHereCouldMatch shows nothing of the kernel; a frame that
// a stack should have made, or passed on, does.
func TestAFilterThatNothingHereCouldMatch(t *testing.T) {
	for _, tt := range []struct {
		name, frames string
		want         string
	}{
		{"a protocol that nobody speaks", "tcp.dstport == 80", `inconclusive: nothing here could match its term "tcp.dstport == 80"`},
		{"one term of it", "arp || ip && udp.port == 53 || tcp", "fail: not seen at outside:eth0 in"}, // ARP was there
		{"an address that nobody has", "icmp && ip.dst == 192.0.2.222", `inconclusive: nothing here could match its term "ip.dst == 192.0.2.222"`},
		{"a MAC that nobody has", "eth.src == 02:00:00:00:99:99", "inconclusive: no control"},
		{"each alternative", "tcp || udp", "inconclusive: no control"},
		{"one alternative could", "tcp || icmp.type == 3", "fail: not seen"},
		{"what a stack should have sent", "icmp.type == 3 && ip.src == @outside:eth0", "fail: not seen"},
		{"a protocol that stacks speak by themselves", "igmp", "fail: not seen"},
		{"a group", "eth.dst == 01:00:5e:00:00:16", "fail: not seen"},
		{"not an address", "ip && ip.dst != 192.0.2.222 && ip.ttl == 3", "fail: not seen"},
		{"lost on the way", "icmp.type == 8", "fail: not seen at outside:eth0 in, expected at least 1; such a frame was last seen at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(ask(look(KindSeen, "outside:eth0 in", tt.frames))).see(whoHas(c1, c2), toSwitch...).see(echo(c1, c2, 0, 1), toSwitch...)
			verdict(t, b.rest().judge(), tt.want)
		})
	}
	t.Run("the question was not seen leaving", func(t *testing.T) {
		verdict(t, newBook().step(ask(look(KindSeen, "outside:eth0 in", "tcp"))).rest().judge(), "fail: not seen")
	})
}

// TestWhatATimerBringsIsHintedAt: the frame comes when the step is over.
func TestWhatATimerBringsIsHintedAt(t *testing.T) {
	b := newBook().step(CaseStep{Name: "joins", Expect: []Expectation{look(KindSeen, "sw:p1 in", "igmp")}}).rest()
	b.step(CaseStep{Name: "later"}).see(igmp(c1), "sw:p1 in").rest()
	k := Judge(&b.cas, &b.rec).Checks[0]
	verdict(t, k, "fail: such a frame came")
	for _, want := range []string{"when it was over", "`within` waits for one", "`strict: true`", "nothing at all came in at sw:p1 in this step"} {
		if !strings.Contains(k.Reason, want) {
			t.Errorf("%q is not in %s", want, k.Reason)
		}
	}
}

// TestThatALabDidNotRestStandsFirst: all else may follow from it.
func TestThatALabDidNotRestStandsFirst(t *testing.T) {
	b := newBook().step(ask(look(KindSeen, "c2:eth0 in", "icmp.type == 8"))).see(whoHas(c1, c2), toSwitch...).see(echo(c1, c2, 0, 1), toSwitch...).rest()
	b.record().Still, b.record().Waves = false, 7
	k := b.judge()
	if want := "the lab did not come to rest: each of 7 waves of fences met other frames; not seen at c2:eth0 in"; k.Outcome != Inconclusive || !strings.HasPrefix(k.Reason, want) {
		t.Errorf("%s: %s", k.Outcome, k.Reason)
	}
	if !strings.HasSuffix(k.Reason, "absence is not proven") {
		t.Error(k.Reason)
	}
}

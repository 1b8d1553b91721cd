package run

import (
	"net/netip"
	"slices"
	"testing"

	"netverify/assert"
	"netverify/recording"
	"netverify/scenarios"
)

const arpLab = `
name: test/arping
title: x
topology:
  hosts:
    a:
      sysctls: {net.ipv4.conf.all.arp_accept: 1}
      interfaces: {eth0: {cable: "b:eth0", addresses: [192.0.2.1/24]}}
    b: {interfaces: {eth0: {}}}
steps:
  - name: nobody is there
    arping: {from: a, to: 192.0.2.9}
    expect: {reply: none}
`

// arpAnswer makes the frame that answers a for one address, of a station that
// only the test knows.
func arpAnswer(a recording.Binding, of netip.Addr) []byte {
	from, to := of.As4(), a.IPv4.As4()
	mac := []byte{2, 0, 0, 0, 0x77, from[3]}
	return slices.Concat(a.MAC[:], mac, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 2}, mac, from[:], a.MAC[:], to[:], make([]byte, 18))
}

func put(at int, bytes ...byte) func([]byte) []byte {
	return func(b []byte) []byte { copy(b[at:], bytes); return b }
}

func insert(bytes ...byte) func([]byte) []byte {
	return func(b []byte) []byte { return slices.Concat(b[:12], bytes, b[12:]) }
}

// TestAnArpingTakesWhatTheStackTakes: replies that are right but for one thing.
// With arp_accept the stack learns of whatever ARP reply it takes in, so its
// neighbour table says what that is; an arping takes the same, and of that only
// what is addressed to it by the packet, too.
func TestAnArpingTakesWhatTheStackTakes(t *testing.T) {
	const tpid, stag = 0x81, 0x88
	tests := []struct {
		name          string
		change        func([]byte) []byte
		stack, arping bool
	}{
		{"right", put(0), true, true},
		{"a tag of a VLAN", insert(tpid, 0, 0, 10), false, false},
		{"the last VLAN", insert(tpid, 0, 0x0f, 0xff), false, false},
		{"a service tag", insert(stag, 0xa8, 0, 10), false, false},
		{"a priority tag", insert(tpid, 0, 0x60, 0), true, true},
		{"a priority service tag", insert(stag, 0xa8, 0x60, 0), true, true},
		{"a tag below a priority tag", insert(tpid, 0, 0, 0, tpid, 0, 0, 10), false, false},
		{"a tag that the kernel does not know", insert(0x91, 0, 0, 0), false, false},
		{"another station's MAC", put(0, 2, 0, 0, 0, 0x55, 0x55), false, false},
		{"broadcast", put(0, 255, 255, 255, 255, 255, 255), true, true},
		{"another protocol", put(16, 0x86, 0xdd), false, false},
		{"a request", put(21, 1), true, false},
		{"for another's MAC", put(32, 2, 0, 0, 0, 0x55, 0x55), true, false},
		{"for another's address", put(38, 192, 0, 2, 99), true, false},
	}
	plans, err := scenarios.LoadBytes("arping.yaml", []byte(arpLab))
	if err != nil {
		t.Fatal(err)
	}
	pinned(t, func(j *job) {
		j.plan = plans[0]
		s, err := open(t.Context(), j)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.close()
		if err := s.warmUp(); err != nil {
			t.Error(err)
			return
		}
		b, index, err := s.port(recording.Ref{Node: "b", Iface: "eth0"})
		if err != nil {
			t.Error(err)
			return
		}
		for n, tt := range tests {
			ask := &scenarios.Arping{From: recording.Ref{Node: "a", Iface: "eth0"}, To: netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + n)}), Count: 1}
			s.begin(0)
			if err := s.arping(ask); err != nil {
				t.Errorf("%s: %v", tt.name, err)
				return
			}
			if err := b.sender.Send(index, tt.change(arpAnswer(s.bindings["a:eth0"], ask.To))); err != nil {
				t.Errorf("%s: %v", tt.name, err)
				return
			}
			if err := s.rest(s.record()); err != nil {
				t.Errorf("%s: %v", tt.name, err)
				return
			}
			if err := s.arpReplies(ask); err != nil {
				t.Errorf("%s: %v", tt.name, err)
				return
			}
			facts, err := s.lab.State([]assert.StateWant{{Target: "a", Key: "neighbour." + ask.To.String()}})
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				return
			}
			if learned := !facts[0].Absent && facts[0].Value != ""; learned != tt.stack {
				t.Errorf("%s: the stack learned: %t, want %t (%+v)", tt.name, learned, tt.stack, facts[0])
			}
			if got := len(s.record().Replies); got == 1 != tt.arping || got > 1 {
				t.Errorf("%s: the arping took %d replies, want it taken: %t", tt.name, got, tt.arping)
			}
			s.end()
		}
	})
}

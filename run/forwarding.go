package run

import (
	"net/netip"

	"netverify/assert"
	"netverify/frame"
)

// noteForwarding reads, at the end of a step that did not pass, what decides
// whether frames are passed on: a later step may change it. A step that passed
// asks the kernel nothing. Where that cannot be read the verdict stands as well,
// and its reason names no state.
func (s *session) noteForwarding() {
	passed := true
	for _, k := range assert.JudgeStep(&s.cas, s.rec, s.step) {
		passed = passed && k.Outcome == assert.Pass
	}
	if passed {
		return
	}
	r := s.record()
	macs := make(map[frame.MAC]bool)
	heard := make(map[string]map[netip.Addr]bool)
	for _, o := range s.rec.Observations[r.First : r.First+r.Count] {
		if d := o.Frame.Decode(); o.Mark != frame.Fence {
			macs[d.Src], macs[d.Dst] = true, true
			if o.Dir == frame.In && o.Type != frame.ToOther {
				hear(heard, s.rec.Points[o.Point].Node, d)
			}
		}
	}
	f, err := s.lab.Forwarding(macs)
	if err != nil {
		return
	}
	if f.Hosts, err = s.lab.HostStates(heard); err != nil {
		f.Hosts = nil
	}
	r.Forwarding = f
}

// mostHeard bounds the addresses that a node is asked the routes to.
const mostHeard = 32

// hear notes between whom a packet is that came in at a node.
func hear(heard map[string]map[netip.Addr]bool, node string, d *frame.Decoded) {
	var ends []netip.Addr
	switch {
	case d.ARP != nil:
		ends = []netip.Addr{d.ARP.SenderIP, d.ARP.TargetIP}
	case d.IPv4 != nil:
		ends = []netip.Addr{d.IPv4.Src, d.IPv4.Dst}
	case d.IPv6 != nil:
		ends = []netip.Addr{d.IPv6.Src, d.IPv6.Dst}
	}
	for _, a := range ends {
		if heard[node] == nil {
			heard[node] = make(map[netip.Addr]bool)
		}
		if len(heard[node]) < mostHeard && a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast() {
			heard[node][a] = true
		}
	}
}

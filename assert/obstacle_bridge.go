package assert

import (
	"fmt"
	"slices"

	"netverify/frame"
	"netverify/recording"
)

// bridged explains why a bridge did not pass on a frame that came in at a port
// of it: first what is wrong where it came in, then where it would have had to
// go out (net/bridge/br_input.c:br_handle_frame_finish,
// net/bridge/br_forward.c:should_deliver and br_flood).
func (l *obstacles) bridged(in *recording.InterfaceState, last bool, d *frame.Decoded, want Place, seen map[recording.Hop]bool) string {
	if last {
		if text := l.refused(in, d); text != "" {
			return text
		}
	}
	vid := vlanOf(in, d)
	for _, to := range l.onward(recording.Hop{Point: in.Point, Dir: frame.In}) {
		out := l.state[to.Point]
		if to.Dir != frame.Out || out == nil || out.Bridge != in.Bridge || out == in && !in.Hairpin || seen[to] || !l.leads(to, want) {
			continue
		}
		if text := l.barred(in, out, d, vid); text != "" {
			return text
		}
	}
	if text := l.dead(in.Bridge); text != "" && last {
		return text
	}
	return l.reflected(in, d, want, seen)
}

// refused tells why a port takes no frame in.
func (l *obstacles) refused(in *recording.InterfaceState, d *frame.Decoded) string {
	vid := vlanOf(in, d)
	switch {
	case in.State != "":
		return fmt.Sprintf("the port %s was %s", in.Point, in.State)
	case in.FiltersVLANs != 0 && vid == 0:
		return fmt.Sprintf("the port %s had no PVID, so that it took no frame without a tag", in.Point)
	case in.FiltersVLANs != 0 && !carries(in, vid):
		return fmt.Sprintf("VLAN %d was not on the port %s", vid, in.Point)
	case in.Locked && !slices.ContainsFunc(l.fdb, func(e recording.FDBEntry) bool {
		return e.Bridge == in.Bridge && e.MAC == d.Src.String() && e.Port == in.Point && !e.Locked
	}):
		return fmt.Sprintf("the port %s was locked, and the FDB of %s had no entry for %s there", in.Point, in.Bridge, d.Src)
	}
	return ""
}

// barred tells why a frame that came in at one port does not go out at another.
func (l *obstacles) barred(in, out *recording.InterfaceState, d *frame.Decoded, vid int) string {
	entry := l.entry(in.Bridge, d.Dst, vid)
	if text := l.dead(out.Point); text != "" {
		return text
	}
	switch {
	case out.State != "":
		return fmt.Sprintf("the port %s was %s", out.Point, out.State)
	case in.Isolated && out.Isolated:
		return fmt.Sprintf("the ports %s and %s were both isolated", in.Point, out.Point)
	case out.FiltersVLANs != 0 && !carries(out, vid):
		return fmt.Sprintf("VLAN %d was not on the port %s", vid, out.Point)
	case entry != nil && entry.Port == out.Point:
		return ""
	case entry != nil:
		return fmt.Sprintf("the FDB of %s had %s at %s and not at %s", in.Bridge, d.Dst, entry.Port, out.Point)
	case d.Dst == frame.Broadcast:
		if out.NoBcastFlood {
			return fmt.Sprintf("the port %s took no broadcasts (bcast_flood off)", out.Point)
		}
	case d.Dst.IsGroup():
		if out.NoMcastFlood {
			return fmt.Sprintf("the port %s took no multicasts (mcast_flood off)", out.Point)
		}
	case out.NoFlood:
		return fmt.Sprintf("the port %s took nothing to unknown MACs (flood off), and the FDB of %s had no entry for %s", out.Point, in.Bridge, d.Dst)
	}
	return ""
}

// reflected tells why a frame does not go out where it came in, though what it
// is to come to lies there.
func (l *obstacles) reflected(in *recording.InterfaceState, d *frame.Decoded, want Place, seen map[recording.Hop]bool) string {
	back := recording.Hop{Point: in.Point, Dir: frame.Out}
	if in.Hairpin || seen[back] || !l.leads(back, want) {
		return ""
	}
	if to := l.state[want.Point]; to != nil {
		if from := l.senderBeside(to, d); from != nil && to.Mode != "vepa" && from.Mode != "vepa" {
			return l.sibling(to, d) // what they do with each other is no matter of the switch
		}
	}
	return fmt.Sprintf("the port %s sent nothing back where it came from (hairpin off)", in.Point)
}

// entry is where a bridge has a MAC, nil for nowhere.
func (l *obstacles) entry(bridge string, mac frame.MAC, vid int) *recording.FDBEntry {
	for i := range l.fdb {
		if e := &l.fdb[i]; e.Bridge == bridge && e.MAC == mac.String() && e.VLAN == vid {
			return e
		}
	}
	return nil
}

// vlanOf is the VLAN in which a bridge has a frame that comes in at a port: that
// of its tag, or the PVID. 0: it does not filter, or there is none.
func vlanOf(in *recording.InterfaceState, d *frame.Decoded) int {
	switch {
	case in.FiltersVLANs == 0:
		return 0
	case len(d.Tags) > 0 && d.Tags[0].TPID == in.FiltersVLANs && d.Tags[0].VID != 0:
		return int(d.Tags[0].VID)
	}
	return in.PVID
}

// carries tells whether a port is in a VLAN.
func carries(x *recording.InterfaceState, vid int) bool {
	return slices.ContainsFunc(x.VLANs, func(r recording.VLANRange) bool { return r.From <= vid && vid <= r.To })
}

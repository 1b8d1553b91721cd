package lab

import (
	"fmt"
	"slices"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// Doors are what loses frames now and will not when a timer of the kernel has
// run: addresses that are tentative, ports on their way to forwarding, members of
// a bond whose carrier it has not noticed yet or whose partner has not agreed.
func (l *Lab) Doors() ([]recording.Pending, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []recording.Pending
	for _, n := range l.nodes {
		for _, find := range []func(*node) ([]Pending, error){(*node).tentative, (*node).spanningTree, (*node).bonds} {
			list, err := find(n)
			if err != nil {
				return nil, l.fail(n.plan.Pos, n.plan.Pos, "read the timers of", n.name, err)
			}
			for _, p := range list {
				out = append(out, p.Pending)
			}
		}
	}
	return out, nil
}

// Attributes and values of linux/if_link.h and linux/if_bonding.h.
const (
	bondSlaveMIIStatus = 2
	bondSlaveADState   = 7

	bondPeerNotifDelay = 28

	bondLinkFail = 1 // BOND_LINK_FAIL of the MII status: as BOND_LINK_UP (0), until downdelay is over

	lacpPasses    = 0x30 // LACP_STATE_COLLECTING and _DISTRIBUTING
	lacpDefaulted = 0x40 // LACP_STATE_DEFAULTED: no partner was heard

	modeLACP = 4
	modeTLB  = 5
	modeALB  = 6
)

func (l *link) bondMode() int { return int(l.data.u8(nl.IFLA_BOND_MODE)) }

// unnoticed tells of a member of a bond whose carrier has changed while the bond
// has not acted on that: it looks every miimon ms, and waits for updelay or
// downdelay then (drivers/net/bonding/bond_main.c:bond_miimon_inspect).
func (l *link) unnoticed() bool {
	if l.slave != "bond" || !l.port.has(bondSlaveMIIStatus) {
		return false
	}
	return (l.port.u8(bondSlaveMIIStatus) <= bondLinkFail) != (l.flags&unix.IFF_LOWER_UP != 0)
}

// bonds are members of bonds that pass nothing yet, or pass still what is lost.
func (n *node) bonds() ([]Pending, error) {
	links, err := n.bondLinks()
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, i := range n.ifaces {
		got := links[i.index]
		if got == nil || got.slave != "bond" || links[got.master()] == nil {
			continue
		}
		bond := links[got.master()]
		ms := func(typ int) time.Duration { return time.Duration(bond.data.u32(typ)) * time.Millisecond }
		miimon, delay, name := ms(nl.IFLA_BOND_MIIMON), ms(nl.IFLA_BOND_UPDELAY), "updelay"
		carrier := got.flags&unix.IFF_LOWER_UP != 0
		if !carrier {
			delay, name = ms(nl.IFLA_BOND_DOWNDELAY), "downdelay"
		}
		state := got.port.u8(bondSlaveADState)
		switch {
		case miimon > 0 && got.unnoticed():
			words := map[bool]string{true: "which has a carrier", false: "which has lost its carrier"}[carrier]
			timer := fmt.Sprintf("miimon %v", miimon)
			if delay > 0 {
				timer += fmt.Sprintf(" and %s %v", name, delay)
			}
			out = append(out, Pending{Pending: recording.Pending{Point: i.ref().String(), What: fmt.Sprintf("a member, %s, of which %s takes no account yet", words, bond.name),
				Timer: timer + " of " + bond.name, Bound: int64(miimon + delay)}})
		case bond.bondMode() == modeLACP && carrier && state&lacpPasses != lacpPasses && state&lacpDefaulted == 0:
			out = append(out, Pending{Pending: recording.Pending{Point: i.ref().String(), What: "a member of which LACP has not agreed yet that it passes frames",
				Timer: "the short timeout of LACP, 3 s, and 2 s to aggregate", Bound: int64(lacpAgrees)}})
		}
	}
	return out, nil
}

// lacpAgrees is how long LACP takes with a partner that answers: AD_SHORT_TIMEOUT_TIME
// and AD_AGGREGATE_WAIT_TIMER of drivers/net/bonding/bond_3ad.c.
const lacpAgrees = 5 * time.Second

// bondLinks reads the links of a node that has a bond; of others nothing is read.
func (n *node) bondLinks() (map[int]*link, error) {
	if !slices.ContainsFunc(n.ifaces, func(i *iface) bool { return i.spec.Kind == scenarios.Bond }) {
		return nil, nil
	}
	return n.conn.links()
}

// bondTalk are what bonds send by timers: those of balance-alb tell their
// clients again whom to send to, and after a change of the active member several
// notifications are sent, if more than one is asked for; and, at which only strict
// steps look, LACPDUs, learning packets and membership reports.
func (n *node) bondTalk(strict bool) ([]Pending, error) {
	links, err := n.bondLinks()
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, i := range n.ifaces {
		b := links[i.index]
		if b == nil || b.kind != "bond" {
			continue
		}
		add := func(what, timer string, every time.Duration) {
			out = append(out, Pending{Period: true, Pending: recording.Pending{Point: i.ref().String(), What: what, Timer: timer, Bound: int64(every)}})
		}
		miimon := time.Duration(b.data.u32(nl.IFLA_BOND_MIIMON)) * time.Millisecond
		if b.bondMode() == modeALB {
			add("what it tells its clients again", "RLB_UPDATE_DELAY and RLB_UPDATE_RETRY of balance-alb, 3 s", rlbUpdates)
		}
		if times := time.Duration(b.data.u8(nl.IFLA_BOND_NUM_PEER_NOTIF)); times > 1 {
			each := max(miimon, time.Duration(b.data.u32(bondPeerNotifDelay))*time.Millisecond)
			add("the next notification of its peers", fmt.Sprintf("num_peer_notif %d, each after %v", times, each), times*each)
		}
		if !strict {
			continue
		}
		if b.bondMode() == modeLACP && b.data.u8(nl.IFLA_BOND_AD_LACP_RATE) == 1 {
			add("the next LACPDU of its partner", "lacp_rate fast, 1s", time.Second)
		}
		if mode := b.bondMode(); mode == modeTLB || mode == modeALB {
			every := time.Duration(b.data.u32(nl.IFLA_BOND_LP_INTERVAL)) * time.Second
			add("the next learning packets", fmt.Sprintf("lp_interval %v", every), every)
		}
		if times := time.Duration(b.data.u32(nl.IFLA_BOND_RESEND_IGMP)); times > 0 {
			add("membership reports after a change of the active member", fmt.Sprintf("resend_igmp %d, each after 200ms", times), times*time.Second/5)
		}
	}
	return out, nil
}

// rlbUpdates is RLB_UPDATE_DELAY, and RLB_UPDATE_RETRY times a tick of 100 ms
// (include/net/bond_alb.h), rounded up.
const rlbUpdates = 3 * time.Second

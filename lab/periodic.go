package lab

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/vishvananda/netlink/nl"

	"netverify/recording"
)

// periodic are what a bridge sends again and again on its own account, the BPDUs
// of the spanning tree and the queries of a querier, and what a querier asks when
// a group was left.
func (n *node) periodic() ([]Pending, error) {
	links, err := n.conn.links()
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, br := range links {
		i := n.byIndex(br.index)
		if br.kind != "bridge" || !br.up() || i == nil {
			continue
		}
		point := i.ref().String()
		if every := time.Duration(br.data.u32(nl.IFLA_BR_HELLO_TIME)) * time.Second / clockTicks; every > 0 && br.data.u32(nl.IFLA_BR_STP_STATE) == 1 {
			out = append(out, Pending{Period: true, Pending: recording.Pending{Point: point, What: "the next BPDU", Timer: fmt.Sprintf("hello_time, %v", every), Bound: int64(every)}})
		}
		if br.data.u8(nl.IFLA_BR_MCAST_SNOOPING) != 1 {
			continue
		}
		out = append(out, bridgeQuerier.asks(point, br.data)...)
		if br.data.u8(nl.IFLA_BR_VLAN_FILTERING) != 1 {
			continue
		}
		vlans, err := n.conn.vlanOptions(br.index, vlandbDumpGlobal)
		if err != nil {
			return nil, err
		}
		for _, options := range vlans {
			out = append(out, vlanQuerier.asks(point, options)...)
		}
	}
	return out, nil
}

// querier is where a querier's settings stand: those of a whole bridge, or those
// of one of its VLANs.
type querier struct{ on, startup, every, lastCount, lastEvery int }

var (
	bridgeQuerier = querier{nl.IFLA_BR_MCAST_QUERIER, nl.IFLA_BR_MCAST_STARTUP_QUERY_INTVL, nl.IFLA_BR_MCAST_QUERY_INTVL, nl.IFLA_BR_MCAST_LAST_MEMBER_CNT, nl.IFLA_BR_MCAST_LAST_MEMBER_INTVL}
	vlanQuerier   = querier{15, 14, 12, 6, 8} // BRIDGE_VLANDB_GOPTS_MCAST_* of linux/if_bridge.h
)

// asks are the queries to come. Behind a port where a group was left the bridge
// asks for that group again and again, and for all when the time is over in which
// a last member may have answered (net/bridge/br_multicast.c:br_multicast_leave_group).
func (q querier) asks(point string, a attrs) []Pending {
	if a.u8(q.on) != 1 {
		return nil
	}
	ticks := func(typ int) time.Duration {
		if b := a[typ]; len(b) >= 8 {
			return time.Duration(binary.NativeEndian.Uint64(b)) * time.Second / clockTicks
		}
		return 0
	}
	var out []Pending
	add := func(what, timer string, bound time.Duration, left bool) {
		if bound > 0 {
			out = append(out, Pending{Period: !left, Left: left, Query: true, Pending: recording.Pending{Point: point, What: what, Timer: fmt.Sprintf("%s, %v", timer, bound), Bound: int64(bound)}})
		}
	}
	add("the next query of the startup", "IFLA_BR_MCAST_STARTUP_QUERY_INTVL", ticks(q.startup), false)
	add("the next query", "IFLA_BR_MCAST_QUERY_INTVL", ticks(q.every), false)
	add("the queries after a group was left", "IFLA_BR_MCAST_LAST_MEMBER_CNT times IFLA_BR_MCAST_LAST_MEMBER_INTVL", time.Duration(a.u32(q.lastCount))*ticks(q.lastEvery), true)
	return out
}

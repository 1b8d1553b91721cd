package lab

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink/nl"

	"netverify/scenarios"
)

// Kept is a value that the kernel takes and of which it keeps another: it counts in
// its own units, and has bounds of its own. That is a fault of neither, but
// what was written is not what is there.
type Kept struct {
	Key         string // a state key, an attribute or a sysctl
	Asked, Says string
	Why         string // how the kernel comes to its value, and where
}

// Error returns "KEY: asked for 50, and the kernel keeps 100: WHY; write ...".
func (k *Kept) Error() string {
	return fmt.Sprintf("%s: asked for %s, and the kernel keeps %s: %s; write what it keeps, or a step that expects it as state", k.Key, k.Asked, k.Says, k.Why)
}

// inTicks are the attributes that are numbers of clock ticks of 10 ms (USER_HZ).
// The kernel keeps jiffies, rounded down both ways (kernel/time/time.c:
// clock_t_to_jiffies, jiffies_to_clock_t). Intervals of queries have a least and a
// most (net/bridge/br_multicast.c:br_multicast_set_query_intvl,
// br_multicast_set_startup_query_intvl).
var inTicks = map[string]struct{ tree, interval bool }{
	"IFLA_BR_FORWARD_DELAY": {tree: true}, "IFLA_BR_HELLO_TIME": {tree: true}, "IFLA_BR_MAX_AGE": {tree: true}, "IFLA_BR_AGEING_TIME": {},
	"IFLA_BR_MCAST_LAST_MEMBER_INTVL": {}, "IFLA_BR_MCAST_MEMBERSHIP_INTVL": {}, "IFLA_BR_MCAST_QUERIER_INTVL": {},
	"IFLA_BR_MCAST_QUERY_RESPONSE_INTVL": {}, "IFLA_BR_MCAST_QUERY_INTVL": {interval: true}, "IFLA_BR_MCAST_STARTUP_QUERY_INTVL": {interval: true},
}

// inRounds are the attributes of a bond that it counts in looks at its members.
var inRounds = map[string]bool{"IFLA_BOND_UPDELAY": true, "IFLA_BOND_DOWNDELAY": true, "IFLA_BOND_PEER_NOTIF_DELAY": true}

// kept compares a value that is not the one that was asked for with how the kernel
// counts: same tells that it is the same value, why how it comes that it is
// another. Neither: the kernel has not done what it was asked for.
func (l *link) kept(key, asked, says string) (same bool, why string) {
	name, isAttr := strings.CutPrefix(key, attributeKey)
	a, err1 := strconv.ParseUint(asked, 10, 64)
	s, err2 := strconv.ParseUint(says, 10, 64)
	ticks, timed := inTicks[name]
	switch {
	case isBridgeTime(key):
		return sameTicks(asked, says), "it counts in ticks of 10 ms, in 32 bits"
	case !isAttr || err1 != nil || err2 != nil:
		return false, ""
	case timed && ticks.tree && l.data.u32(nl.IFLA_BR_STP_STATE) != 0:
		return true, "" // of a tree that runs they are the root's
	case timed && s <= a && a-s <= 1:
		return true, ""
	case timed && ticks.interval:
		return false, "it takes no less than a second and no more than a day (100 to 8640000 ticks of 10 ms)"
	case timed:
		return false, "it counts in ticks of 10 ms, in 32 bits"
	case inRounds[name]:
		return false, fmt.Sprintf("it counts how often it looks at its members, and miimon is %d ms (drivers/net/bonding/bond_options.c:_bond_option_delay_set)", l.data.u32(nl.IFLA_BOND_MIIMON))
	case name == "IFLA_BOND_MIIMON" && l.bondMode() >= modeLACP:
		return false, "802.3ad, balance-tlb and balance-alb do not work without it (drivers/net/bonding/bond_options.c:bond_option_mode_set)"
	}
	return false, ""
}

func isBridgeTime(key string) bool {
	for _, t := range bridgeTimes {
		if t.key == key {
			return true
		}
	}
	return false
}

// sysctlUnits are the keys that are no plain numbers, by their last part.
var msInJiffies = map[string]bool{ // proc_dointvec_ms_jiffies; and all that end in _ms
	"mldv1_unsolicited_report_interval": true, "mldv2_unsolicited_report_interval": true,
}

var inUserHZ = map[string]bool{ // proc_dointvec_userhz_jiffies, below neigh
	"locktime": true, "proxy_delay": true, "anycast_delay": true, "retrans_time": true,
}

// tookSysctl tells whether the kernel has what was asked for. Times in ms it
// keeps in jiffies, rounded up (kernel/sysctl.c:proc_dointvec_ms_jiffies):
// a tick is 10 ms at most (CONFIG_HZ_100). Those in ticks of 10 ms it rounds to
// zero (proc_dointvec_userhz_jiffies), and writes "-0" for what was less.
func tookSysctl(key, want, got string) bool {
	if want == got {
		return true
	}
	ws, gs := strings.Fields(want), strings.Fields(got)
	if len(ws) != len(gs) {
		return samePorts(want, got)
	}
	for i := range ws {
		if !tookNumber(key, ws[i], gs[i]) {
			return samePorts(want, got)
		}
	}
	return true
}

func tookNumber(key, want, got string) bool {
	w, err1 := strconv.ParseInt(want, 0, 64) // as kernel/sysctl.c:proc_get_long reads it: 0x10, 010
	g, err2 := strconv.ParseInt(got, 10, 64)
	if err1 != nil || err2 != nil {
		return want == got
	}
	leaf := key[strings.LastIndexAny(key, "./")+1:]
	const tickMS = int64(tick / time.Millisecond)
	switch {
	case g == w:
		return true
	case strings.HasSuffix(leaf, "_ms") || msInJiffies[leaf] || key == "net.ipv6.icmp.ratelimit":
		return g > w && g-w < tickMS
	case inUserHZ[leaf] && strings.Contains(key, "neigh"):
		if w < 0 {
			w, g = -w, -g
		}
		return g >= 0 && g <= w && w-g <= 1
	case strings.HasPrefix(leaf, "bridge-nf-"): // net/bridge/br_netfilter_hooks.c:brnf_sysctl_call_tables
		return w != 0 && g == 1
	}
	return false
}

// samePorts tells whether two lists of ports are the same: the kernel writes ranges
// (kernel/sysctl.c:proc_do_large_bitmap).
func samePorts(want, got string) bool {
	a, ok1 := portSet(want)
	b, ok2 := portSet(got)
	return ok1 && ok2 && a == b && strings.ContainsAny(want+got, ",-")
}

func portSet(text string) (set [1 << 16 / 64]uint64, ok bool) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		a, err1 := strconv.ParseUint(from, 10, 16)
		b, err2 := strconv.ParseUint(to, 10, 16)
		if err1 != nil || err2 != nil || a > b {
			return set, false
		}
		for p := a; p <= b; p++ {
			set[p/64] |= 1 << (p % 64)
		}
	}
	return set, true
}

// untook is the error for a sysctl that reads back otherwise than it was written.
// One that has changed was counted in other units, or kept within bounds; one that
// has not was not set.
func untook(s scenarios.Sysctl, want, before, got string) error {
	if got == before {
		return &Mismatch{s.Key, want, got}
	}
	return &Kept{s.Key, want, got, "it took the write and made another value of it (Documentation/networking/ip-sysctl.rst says in which units and bounds)"}
}

package lab

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
)

// Pending is something that a stack of the lab holds by a timer.
type Pending struct {
	recording.Pending
	Shared  bool // what other labs hold looks the same: it is over when its bound is
	Period  bool // sent again and again: over when one bound has passed since the step began
	Shown   bool // the taps show when it is over
	Probing bool // an address that is tentative
	Query   bool // a membership query of a switch
	Left    bool // sent only after a group was left: Bound is counted from then
}

// PendingQuery says what of the lab's timers matters to a step.
type PendingQuery struct {
	Strict    bool // what stacks send on their own account as well
	Fragments bool // fragments were seen in the step
	Asking    bool // a neighbour is being resolved that will be asked again
}

// Pending lists what the lab's stacks hold back, or will send, by a timer. The
// bound of each is counted from now. What a default lab cannot have is not
// looked for: its delays are zero (quietTimers), so that only what the scenario
// has set itself, or sent, can be pending.
func (l *Lab) Pending(q PendingQuery) ([]Pending, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []Pending
	for _, n := range l.nodes {
		for _, look := range []struct {
			want bool
			find func(*node) ([]Pending, error)
		}{
			{len(n.timersSet) > 0, (*node).proxied},
			{len(n.timersSet) > 0, (*node).upkeep},
			{q.Fragments, (*node).fragments},
			{q.Strict || q.Asking, (*node).tentative},
			{q.Strict || q.Asking, (*node).spanningTree},
			{q.Strict, (*node).periodic},
			{true, func(n *node) ([]Pending, error) { return n.bondTalk(q.Strict) }},
		} {
			if !look.want {
				continue
			}
			list, err := look.find(n)
			if err != nil {
				return nil, l.fail(n.plan.Pos, n.plan.Pos, "read the timers of", n.name, err)
			}
			out = append(out, list...)
		}
	}
	return out, nil
}

// proxied are the answers that a stack gives on another's behalf and holds back
// for a random time below proxy_delay (net/core/neighbour.c:pneigh_enqueue). The
// queue is one for all namespaces: what another lab has in it is waited for,
// too, but no longer than this lab's own delay.
func (n *node) proxied() ([]Pending, error) {
	var out []Pending
	for _, t := range neighbourTables {
		msgs, err := n.conn.dump(unix.RTM_GETNEIGHTBL, ndtmsg{t.family})
		if err != nil {
			return nil, err
		}
		queued := uint32(0)
		for _, m := range msgs {
			if len(m) < 4 || m[0] != t.family {
				continue
			}
			a := parseAttrs(m[4:])
			if b := a[ndtaConfig]; len(b) >= 32 { // struct ndt_config: ndtc_proxy_qlen
				queued = binary.NativeEndian.Uint32(b[28:])
			}
			p := a.nested(ndtaParms)
			i, delay := n.byIndex(int(p.u32(ndtpaIfindex))), p.duration(ndtpaProxyDelay)
			if i == nil || i.name == "lo" || queued == 0 || delay == 0 || delay >= putOff {
				continue
			}
			out = append(out, Pending{Pending: recording.Pending{
				Point: i.ref().String(), What: "an answer on another's behalf",
				Timer: fmt.Sprintf("net.%s.neigh.%s.proxy_delay, %v", ipName(t.family), i.name, delay), Bound: int64(delay),
			}, Shared: true})
		}
	}
	return out, nil
}

// upkeep are the neighbours that a stack will ask whether they are still there,
// because they have been sent to since they were last heard of: NUD_DELAY, after
// a time that the scenario has set (net/core/neighbour.c:neigh_timer_handler).
// The lab's own is beyond any scenario.
func (n *node) upkeep() ([]Pending, error) {
	var out []Pending
	for _, t := range neighbourTables {
		delays, err := n.probeDelays(t.family)
		if err != nil || len(delays) == 0 {
			if err != nil {
				return nil, err
			}
			continue
		}
		list, err := n.conn.neighbours(t.family)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			i, delay := n.byIndex(x.index), delays[x.index]
			if i == nil || delay == 0 || x.state&unix.NUD_DELAY == 0 {
				continue
			}
			out = append(out, Pending{Pending: recording.Pending{Point: i.ref().String(), What: "the question whether " + x.ip.String() + " is still there",
				Timer: fmt.Sprintf("net.%s.neigh.%s.delay_first_probe_time, %v", ipName(t.family), i.name, delay), Bound: int64(delay)}})
		}
	}
	return out, nil
}

// probeDelays are the times, by interface, that the scenario has set for the
// first question whether a neighbour is still there; at least two ticks.
func (n *node) probeDelays(family uint8) (map[int]time.Duration, error) {
	out := map[int]time.Duration{}
	for conf, set := range n.timersSet {
		i := n.named[conf.iface]
		if i == nil || !set.delay || conf.family != family {
			continue
		}
		err := n.ns.Do(func() error {
			text, err := n.proc.read(fmt.Sprintf("/proc/sys/net/%s/neigh/%s/delay_first_probe_time", ipName(family), i.name))
			if err != nil {
				return err
			}
			seconds, err := strconv.Atoi(text)
			out[i.index] = max(time.Duration(seconds)*time.Second, 2*tick)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tick is the longest that a kernel has between two looks at its timers (CONFIG_HZ_100).
const tick = 10 * time.Millisecond

func ipName(family uint8) string {
	if family == unix.AF_INET6 {
		return "ipv6"
	}
	return "ipv4"
}

// fragments are packets of which some fragments came and others did not: when
// their time is over the sender is told (net/ipv4/ip_fragment.c:ip_expire,
// net/ipv6/reassembly.c:ip6_frag_expire).
func (n *node) fragments() ([]Pending, error) {
	var out []Pending
	err := n.ns.Do(func() error {
		for _, f := range []struct{ file, label, sysctl string }{
			{"/proc/thread-self/net/sockstat", "FRAG:", "net.ipv4.ipfrag_time"},
			{"/proc/thread-self/net/sockstat6", "FRAG6:", "net.ipv6.ip6frag_time"},
		} {
			text, err := os.ReadFile(f.file)
			if os.IsNotExist(err) {
				continue // a kernel without IPv6
			}
			if err != nil {
				return err
			}
			if fragmentQueues(string(text), f.label) == 0 {
				continue
			}
			file, err := sysctlPath(f.sysctl)
			if err != nil {
				return err
			}
			value, err := n.proc.read(file)
			if err != nil {
				return err
			}
			seconds, err := strconv.Atoi(value)
			if err != nil {
				return fmt.Errorf("%s: %w", f.sysctl, err)
			}
			bound := time.Duration(seconds) * time.Second
			out = append(out, Pending{Pending: recording.Pending{Point: n.name, What: "fragments of a packet that is not whole",
				Timer: fmt.Sprintf("%s, %v", f.sysctl, bound), Bound: int64(bound)}})
		}
		return nil
	})
	return out, err
}

// fragmentQueues reads the number of packets being put together out of
// /proc/net/sockstat ("FRAG: inuse 1 memory 816") or sockstat6.
func fragmentQueues(text, label string) int {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) >= 3 && f[0] == label && f[1] == "inuse" {
			n, _ := strconv.Atoi(f[2])
			return n
		}
	}
	return 0
}

// tentative are the addresses that are being probed for duplicates: they
// answer nobody yet (RFC 4862 5.4).
func (n *node) tentative() ([]Pending, error) {
	entries, err := n.conn.addressEntries()
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, a := range entries {
		i := n.byIndex(a.index)
		if i == nil || a.flags&unix.IFA_F_TENTATIVE == 0 || a.flags&unix.IFA_F_DADFAILED != 0 {
			continue
		}
		bound, err := n.probing(i)
		if err != nil {
			return nil, err
		}
		out = append(out, Pending{Probing: true, Pending: recording.Pending{Point: i.ref().String(), What: fmt.Sprintf("the address %s, which is tentative", a.prefix.Addr()),
			Timer: fmt.Sprintf("duplicate address detection, %v", bound), Bound: int64(bound)}})
	}
	return out, nil
}

// probing is how long duplicate address detection takes on an interface at most:
// a random delay below router_solicitation_delay (net/ipv6/addrconf.c:addrconf_dad_kick)
// and retrans_time after each probe.
func (n *node) probing(i *iface) (time.Duration, error) {
	var ms [3]int
	err := n.ns.Do(func() error {
		for k, file := range []string{
			ipv6Conf + i.name + "/router_solicitation_delay", ipv6Conf + i.name + "/dad_transmits",
			"/proc/sys/net/ipv6/neigh/" + i.name + "/retrans_time_ms",
		} {
			text, err := n.proc.read(file)
			if err == nil {
				ms[k], err = strconv.Atoi(text)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return time.Duration(ms[0])*time.Second + time.Duration(ms[1]*ms[2])*time.Millisecond, err
}

// spanningTree are the ports that a bridge with STP will open, and what it
// tells its neighbours meanwhile.
func (n *node) spanningTree() ([]Pending, error) {
	links, err := n.conn.links()
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, got := range links {
		if got.slave != "bridge" {
			continue
		}
		br := links[got.master()]
		if br == nil || br.data.u32(nl.IFLA_BR_STP_STATE) != 1 {
			continue // without STP, or with that of a daemon, no timer of the kernel moves it
		}
		state, ok := values["port_state"](got)
		i := n.byIndex(got.index)
		if !ok || i == nil || state != "listening" && state != "learning" {
			continue
		}
		delay := time.Duration(br.data.u32(nl.IFLA_BR_FORWARD_DELAY)) * time.Second / clockTicks
		out = append(out, Pending{Pending: recording.Pending{Point: i.ref().String(), What: "the port, which is " + state + " and will forward",
			Timer: fmt.Sprintf("forward_delay of %s, %v for each of listening and learning", br.name, delay), Bound: int64(2 * delay)}})
	}
	return out, nil
}

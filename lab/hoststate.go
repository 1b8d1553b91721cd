package lab

import (
	"errors"
	"net/netip"
	"strconv"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
)

// HostStates reads what decides what the stacks of hosts do with packets: of each
// node by which way it reaches the addresses. Switches and nodes that are none of
// the lab's are left out. The errors are the kernel's.
func (l *Lab) HostStates(heard map[string]map[netip.Addr]bool) ([]recording.HostState, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []recording.HostState
	for _, n := range l.nodes {
		addrs := heard[n.name]
		if n.plan.Switch || len(addrs) == 0 {
			continue
		}
		h, err := n.hostState(addrs)
		if err != nil {
			return nil, l.fail(n.plan.Pos, n.plan.Pos, "read the state of", n.name, err)
		}
		out = append(out, h)
	}
	return out, nil
}

func (n *node) hostState(addrs map[netip.Addr]bool) (recording.HostState, error) {
	h := recording.HostState{Node: n.name, Routes: make(map[netip.Addr]string)}
	for a := range addrs {
		iface, err := n.routeTo(a)
		if err != nil {
			return h, err
		}
		h.Routes[a] = iface
	}
	on := func(key string) bool { return n.setting(key) != 0 } // a kernel without IPv6 has not all of them
	h.ForwardsIP4, h.ForwardsIP6 = on("net.ipv4.ip_forward"), on("net.ipv6.conf.all.forwarding")
	h.IgnoresIP4, h.IgnoresIP6 = on("net.ipv4.icmp_echo_ignore_all"), on("net.ipv6.icmp.echo_ignore_all")
	for _, i := range n.ifaces {
		greater := func(key string) int {
			return max(n.setting("net/ipv4/conf/all/"+key), n.setting("net/ipv4/conf/"+i.name+"/"+key))
		}
		if in := (recording.InputState{Point: i.ref().String(), ARPIgnore: greater("arp_ignore"), RPFilter: greater("rp_filter")}); in.ARPIgnore != 0 || in.RPFilter != 0 {
			h.Inputs = append(h.Inputs, in)
		}
	}
	if !n.filters {
		return h, nil
	}
	return h, n.withFirewall(func(c *nftables.Conn) error {
		f, err := n.readFirewall(c)
		h.FilterDrops = err == nil && f.Forward != nil && f.Forward.Policy == "drop"
		return err
	})
}

// setting is the value of a key that is a number, 0 of one that is not there.
func (n *node) setting(key string) int {
	text, err := n.sysctl(key)
	if err != nil {
		return 0
	}
	v, _ := strconv.Atoi(text)
	return v
}

// routeTo is the interface by which a node reaches an address, "" where it has no
// route to it.
func (n *node) routeTo(a netip.Addr) (string, error) {
	head := nl.NewRtMsg()
	head.Family, head.Dst_len = uint8(family(a)), uint8(a.BitLen())
	m, err := n.conn.get(unix.RTM_GETROUTE, request(head, []*nl.RtAttr{attr(unix.RTA_DST, a.AsSlice())})...)
	for _, none := range []unix.Errno{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EACCES, unix.EINVAL} {
		if errors.Is(err, none) {
			return "", nil
		}
	}
	if err != nil || len(m) < unix.SizeofRtMsg {
		return "", err
	}
	if i := n.byIndex(int(parseAttrs(m[unix.SizeofRtMsg:]).u32(unix.RTA_OIF))); i != nil {
		return i.name, nil
	}
	return "", nil
}

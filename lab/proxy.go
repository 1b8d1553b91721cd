package lab

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// Addresses for which a host answers although they are not its own
// (net/core/neighbour.c:pneigh_lookup, ip-neighbour(8) proxy).

// proxyCommand adds or deletes one, and reads it back.
func (n *node) proxyCommand(i *iface, x scenarios.Neighbour) error {
	head := ndmsg{family: uint8(family(x.IP)), index: i.index, flags: unix.NTF_PROXY}
	typ, flags := unix.RTM_NEWNEIGH, neighbourFlags[x.Op]
	if x.Op == "del" {
		typ = unix.RTM_DELNEIGH
	}
	if err := n.conn.do(typ, flags, head, attr(unix.NDA_DST, x.IP.AsSlice())); err != nil {
		return err
	}
	names, err := n.proxies(x.IP)
	if there := slices.Contains(names, i.name); err == nil && there != (x.Op != "del") {
		err = &Mismatch{"proxy of " + x.IP.String(), fdbOp(x.Op), orNone(strings.Join(names, ","))}
	}
	return err
}

// proxies are the interfaces at which a host answers for an address, sorted.
// Only a request with the flag is told of them, and of nothing else
// (net/core/neighbour.c:neigh_dump_info).
func (n *node) proxies(ip netip.Addr) (names []string, err error) {
	msgs, err := n.conn.dump(unix.RTM_GETNEIGH, ndmsg{family: uint8(family(ip)), flags: unix.NTF_PROXY})
	for _, m := range msgs {
		if x, ok := parseNeighbour(m); ok && x.ip == ip && x.flags&unix.NTF_PROXY != 0 {
			names = append(names, n.nameOf(x.index))
		}
	}
	slices.Sort(names)
	return names, err
}

// proxyValue reads the state key "proxy.IP".
func (n *node) proxyValue(rest string) (string, bool, error) {
	ip, err := netip.ParseAddr(rest)
	if err != nil {
		return "", false, err
	}
	names, err := n.proxies(ip)
	return strings.Join(names, ","), len(names) > 0, err
}

package lab

import (
	"errors"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// joinGroups lets sockets of the node join multicast groups by an interface,
// one socket each: the kernel bounds the memberships of a socket
// (net.ipv4.igmp_max_memberships, 20). A membership lasts as long as its
// socket, and ends with the interface (ip(7) IP_ADD_MEMBERSHIP, ipv6(7)).
func (i *iface) joinGroups(list []netip.Addr, pos scenarios.Pos) error {
	for _, g := range list {
		fd, err := i.join(g)
		if err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "join", g.String()+" by "+i.ref().String(), err)
		}
		if i.groups == nil {
			i.groups = map[netip.Addr]int{}
		}
		i.groups[g] = fd
	}
	return nil
}

func (i *iface) join(g netip.Addr) (fd int, err error) {
	if err := i.allowFamily(g); err != nil {
		return -1, err
	}
	err = i.node.ns.Do(func() error {
		if fd, err = unix.Socket(family(g), unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return os.NewSyscallError("socket", err)
		}
		if g.Is4() {
			err = unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreqn{Multiaddr: g.As4(), Ifindex: int32(i.index)})
		} else {
			err = unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, &unix.IPv6Mreq{Multiaddr: g.As16(), Interface: uint32(i.index)})
		}
		if err != nil {
			return errors.Join(os.NewSyscallError("setsockopt", err), unix.Close(fd))
		}
		return nil
	})
	return fd, err
}

// leaveGroups closes the sockets of all memberships but those of keep.
func (i *iface) leaveGroups(keep []netip.Addr) error {
	var errs []error
	for g, fd := range i.groups {
		if slices.Contains(keep, g) {
			continue
		}
		errs = append(errs, os.NewSyscallError("close", unix.Close(fd)))
		delete(i.groups, g)
	}
	return errors.Join(errs...)
}

// setGroups makes the list the interface's whole list of groups.
func (i *iface) setGroups(list []netip.Addr, pos scenarios.Pos) error {
	if err := i.leaveGroups(list); err != nil {
		return i.node.lab.fail(pos, i.spec.Pos, "leave groups by", i.ref().String(), err)
	}
	missing := slices.DeleteFunc(slices.Clone(list), func(g netip.Addr) bool {
		_, have := i.groups[g]
		return have
	})
	return i.joinGroups(missing, pos)
}

package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// solicitedGroup returns the MAC of the solicited-node group of an IPv6
// address (RFC 4291 section 2.7.1, RFC 2464 section 7).
func solicitedGroup(a netip.Addr) net.HardwareAddr {
	b := a.As16()
	return net.HardwareAddr{0x33, 0x33, 0xff, b[13], b[14], b[15]}
}

// deaf names the first IPv6 address of the node whose solicited-node group no
// interface hears yet, "" if there is none. Adding an address returns before
// that: a work queue joins the group (net/ipv6/addrconf.c:addrconf_dad_begin),
// also where nothing is probed. Interfaces without carrier join nothing, and
// neither do those without neighbour discovery (addrconf_join_solict).
func (n *node) deaf() (string, error) {
	entries, err := n.conn.addressEntries()
	if err != nil {
		return "", err
	}
	links, err := n.conn.links()
	if err != nil {
		return "", err
	}
	heard, err := n.groupMACs()
	if err != nil {
		return "", err
	}
	for _, a := range entries {
		got := links[a.index]
		if a.prefix.Addr().Is4() || a.flags&unix.IFA_F_DADFAILED != 0 || got == nil ||
			!got.up() || got.operState() == "down" || got.operState() == "lowerlayerdown" ||
			got.flags&(unix.IFF_LOOPBACK|unix.IFF_NOARP) != 0 {
			continue
		}
		if !heard[groupMember{a.index, fmt.Sprintf("%x", []byte(solicitedGroup(a.prefix.Addr())))}] {
			return fmt.Sprintf("%s on %s:%s", a.prefix.Addr(), n.name, n.nameOf(a.index)), nil
		}
	}
	return "", nil
}

type groupMember struct {
	index int    // of the interface
	mac   string // twelve hexadecimal digits
}

// groupMACs are the groups that the interfaces of a node hear. They are listed
// under the lock under which the driver's filter is set (net/core/dev_addr_lists.c:
// __dev_mc_add): what is listed is heard.
func (n *node) groupMACs() (map[groupMember]bool, error) {
	var text []byte
	err := n.ns.Do(func() (err error) {
		text, err = os.ReadFile(mcastFile)
		return err
	})
	if err != nil {
		return nil, err
	}
	heard := map[groupMember]bool{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line) // index, name, users, users by ip-maddress(8), address
		if len(f) != 5 {
			continue
		}
		if index, err := strconv.Atoi(f[0]); err == nil {
			heard[groupMember{index, f[4]}] = true
		}
	}
	return heard, nil
}

// awaitGroups waits until every IPv6 address can be asked for.
func (l *Lab) awaitGroups() error {
	for _, n := range l.nodes {
		if !n.six {
			continue
		}
		if err := n.awaitGroups(); err != nil {
			return l.fail(n.plan.Pos, n.plan.Pos, "wait for the groups of", n.name, err)
		}
	}
	return nil
}

func (n *node) awaitGroups() error {
	missing, err := n.deaf()
	if err != nil || missing == "" {
		return err
	}
	w, err := n.watchAddresses()
	if err != nil {
		return err
	}
	defer w.close()
	for limit := newBudget(settleTime); ; {
		if missing, err = n.deaf(); err != nil || missing == "" {
			return err
		}
		if limit.over() {
			return fmt.Errorf("nobody can ask for %s yet: %w", missing, unix.ETIMEDOUT)
		}
		// An address that is ready is told, but not always behind its group.
		if err := limit.wait(w, patience); err != nil && !errors.Is(err, unix.ETIMEDOUT) {
			return err
		}
	}
}

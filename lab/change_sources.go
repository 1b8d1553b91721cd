package lab

import (
	"net"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// The commands for a source list besides macvlanAddrSet (enum
// macvlan_macaddr_mode of linux/if_link.h).
const (
	macvlanAddrAdd   = 0
	macvlanAddrDel   = 1
	macvlanAddrFlush = 2
)

// commandSources changes a source list as `ip link set ... macaddr add`, `del`
// and `flush` do, one request a MAC, and reads the list back.
func (i *iface) commandSources(m *scenarios.MacvlanChange, judged []string, pos scenarios.Pos) error {
	if len(m.AddSources) == 0 && len(m.DelSources) == 0 && !m.FlushSources {
		return nil
	}
	before, err := i.node.conn.link(i.index)
	if err != nil {
		return i.node.lab.fail(pos, i.spec.Pos, "read", i.describe(), err)
	}
	left, _ := values["sources"](before)
	list := slices.DeleteFunc(strings.Split(left, ","), func(s string) bool { return s == "" })
	if m.FlushSources {
		if err := i.sourceCommand(macvlanAddrFlush, nil); err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" macaddr flush", err)
		}
		list = nil
	}
	for _, c := range []struct {
		word string
		mode uint32
		macs []string
	}{{"add", macvlanAddrAdd, m.AddSources}, {"del", macvlanAddrDel, m.DelSources}} {
		for _, s := range c.macs {
			mac, err := i.node.lab.resolveMAC(s)
			if err == nil {
				err = i.sourceCommand(c.mode, mac)
			}
			if err != nil {
				return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" macaddr "+c.word+" "+s, err)
			}
			list = slices.DeleteFunc(list, func(s string) bool { return s == mac.String() })
			if c.mode == macvlanAddrAdd {
				list = append(list, mac.String())
			}
		}
	}
	slices.Sort(list)
	return i.readBack(pos, judged, want{"sources", strings.Join(list, ",")})
}

func (i *iface) sourceCommand(mode uint32, mac net.HardwareAddr) error {
	data := []*nl.RtAttr{attr32(nl.IFLA_MACVLAN_MACADDR_MODE, mode)}
	if mac != nil {
		data = append(data, attr(nl.IFLA_MACVLAN_MACADDR, mac))
	}
	return i.node.conn.changeLink(i.index, 0, 0, nest(unix.IFLA_LINKINFO,
		attr(nl.IFLA_INFO_KIND, []byte(i.spec.Kind)), nest(nl.IFLA_INFO_DATA, data...)))
}

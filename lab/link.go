package lab

import (
	"encoding/binary"
	"errors"
	"net"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// link is one RTM_NEWLINK message: what the kernel says of an interface.
type link struct {
	index int
	flags uint32 // IFF_*
	loop  bool   // ARPHRD_LOOPBACK
	name  string
	mac   net.HardwareAddr
	attrs attrs // IFLA_*
	kind  string
	data  attrs // IFLA_INFO_DATA of kind
	slave string
	port  attrs // IFLA_INFO_SLAVE_DATA of slave
}

// operNames are the states of RFC 2863 as IFLA_OPERSTATE numbers them.
var operNames = []string{"unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"}

func (l *link) up() bool          { return l.flags&unix.IFF_UP != 0 }
func (l *link) mtu() int          { return int(l.attrs.u32(unix.IFLA_MTU)) }
func (l *link) master() int       { return int(l.attrs.u32(unix.IFLA_MASTER)) }
func (l *link) parent() int       { return int(l.attrs.u32(unix.IFLA_LINK)) }
func (l *link) elsewhere() bool   { return l.attrs.has(unix.IFLA_LINK_NETNSID) }
func (l *link) netnsid() int32    { return int32(l.attrs.u32(unix.IFLA_LINK_NETNSID)) }
func (l *link) operState() string { return nameOf(operNames, int(l.attrs.u8(unix.IFLA_OPERSTATE))) }

func nameOf(names []string, i int) string {
	if i >= 0 && i < len(names) {
		return names[i]
	}
	return "unknown"
}

// counters in the order of struct rtnl_link_stats64 (linux/if_link.h); the
// gaps are errors in detail that no virtual device counts.
var counters = map[string]int{
	"rx_packets": 0, "tx_packets": 1, "rx_bytes": 2, "tx_bytes": 3, "rx_errors": 4, "tx_errors": 5,
	"rx_dropped": 6, "tx_dropped": 7, "multicast": 8, "collisions": 9, "rx_nohandler": 23,
}

// counter reads one number of IFLA_STATS64.
func (l *link) counter(name string) (uint64, bool) {
	i, ok := counters[name]
	b := l.attrs[unix.IFLA_STATS64]
	if !ok || len(b) < 8*i+8 {
		return 0, false
	}
	return binary.NativeEndian.Uint64(b[8*i:]), true
}

// parseLink reads the payload of RTM_NEWLINK.
func parseLink(b []byte) (*link, error) {
	if len(b) < unix.SizeofIfInfomsg {
		return nil, errors.New("short RTM_NEWLINK message")
	}
	head := nl.DeserializeIfInfomsg(b)
	a := parseAttrs(b[unix.SizeofIfInfomsg:])
	info := a.nested(unix.IFLA_LINKINFO)
	l := &link{
		index: int(head.Index),
		flags: head.Flags,
		loop:  head.Type == unix.ARPHRD_LOOPBACK,
		name:  a.str(unix.IFLA_IFNAME),
		mac:   net.HardwareAddr(a[unix.IFLA_ADDRESS]),
		attrs: a,
		kind:  info.str(nl.IFLA_INFO_KIND),
		data:  info.nested(nl.IFLA_INFO_DATA),
		slave: info.str(nl.IFLA_INFO_SLAVE_KIND),
		port:  info.nested(nl.IFLA_INFO_SLAVE_DATA),
	}
	if l.loop {
		l.kind = "loopback"
	}
	return l, nil
}

// links lists the interfaces of the namespace by index, without their
// counters: to add them up takes longer than all the rest
// (net/ipv6/addrconf.c:inet6_fill_ifla6_stats_attr).
func (c *conn) links() (map[int]*link, error) {
	return c.linksWith(nl.NewIfInfomsg(unix.AF_UNSPEC), skipStats())
}

// countedLinks lists them with their counters.
func (c *conn) countedLinks() (map[int]*link, error) {
	return c.linksWith(nl.NewIfInfomsg(unix.AF_UNSPEC))
}

// skipStats is for requests that need no counters: RTEXT_FILTER_SKIP_STATS of
// linux/rtnetlink.h, since Linux 4.4.
func skipStats() *nl.RtAttr { return attr32(unix.IFLA_EXT_MASK, 1<<3) }

func (c *conn) linksWith(request ...nl.NetlinkRequestData) (map[int]*link, error) {
	msgs, err := c.dump(unix.RTM_GETLINK, request...)
	if err != nil {
		return nil, err
	}
	all := make(map[int]*link, len(msgs))
	for _, m := range msgs {
		l, err := parseLink(m)
		if err != nil {
			return nil, err
		}
		all[l.index] = l
	}
	return all, nil
}

// link reads one interface; the errno is ENODEV where there is none.
func (c *conn) link(index int) (*link, error) {
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index = int32(index)
	m, err := c.get(unix.RTM_GETLINK, head, skipStats())
	if err != nil {
		return nil, err
	}
	return parseLink(m)
}

// changeLink changes an interface: flags as (mask, value), and attributes.
func (c *conn) changeLink(index int, mask, flags uint32, a ...*nl.RtAttr) error {
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index, head.Change, head.Flags = int32(index), mask, flags
	return c.do(unix.RTM_NEWLINK, 0, request(head, a)...)
}

func request(head nl.NetlinkRequestData, a []*nl.RtAttr) []nl.NetlinkRequestData {
	data := make([]nl.NetlinkRequestData, 0, len(a)+1)
	data = append(data, head)
	for _, x := range a {
		data = append(data, x)
	}
	return data
}

func macString(b []byte) string { return net.HardwareAddr(b).String() }

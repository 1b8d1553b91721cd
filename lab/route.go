package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// route is one line of the main table.
type route struct {
	to       netip.Prefix
	via      netip.Addr // the zero Addr: on-link
	index    int        // outgoing interface
	metric   uint32
	protocol uint8 // RTPROT_*
	onlink   bool  // via is on the link of index whatever other routes say
}

func (n *node) addRoute(r scenarios.Route) error {
	object := n.name + " " + routeText(r.To, r.Via, r.Iface)
	index, err := n.routeIndex(r)
	if err == nil {
		err = n.conn.changeRoute(unix.RTM_NEWROUTE, route{to: r.To, via: r.Via, index: index, metric: r.Metric, onlink: r.OnLink})
	}
	if errors.Is(err, unix.EEXIST) {
		err = fmt.Errorf("%w: there is a route to %s with the same metric, which may be that of a subnet; write another metric, as in metric: 100", err, r.To)
	}
	return n.lab.fail(r.Pos, n.plan.Pos, "add route", object, err)
}

func (n *node) routeIndex(r scenarios.Route) (int, error) {
	if r.Iface == "" {
		return 0, nil
	}
	i := n.iface(r.Iface)
	if i == nil {
		return 0, fmt.Errorf("%s: %w", r.Iface, unix.ENODEV)
	}
	return i.index, nil
}

func routeText(to netip.Prefix, via netip.Addr, dev string) string {
	var words []string
	if to.Bits() == 0 {
		words = append(words, "default")
	} else {
		words = append(words, to.String())
	}
	return strings.Join(append(words, hopWords(via, dev)...), " ")
}

// hopWords writes a next hop as ip-route(8) does.
func hopWords(via netip.Addr, dev string) (words []string) {
	if via.IsValid() {
		words = append(words, "via", via.String())
	}
	if dev != "" {
		words = append(words, "dev", dev)
	}
	return words
}

// changeRoute adds or removes a static route of the main table.
func (c *conn) changeRoute(typ int, r route) error {
	head := nl.NewRtMsg()
	head.Family, head.Dst_len = uint8(family(r.to.Addr())), uint8(r.to.Bits())
	head.Protocol = unix.RTPROT_STATIC
	if !r.via.IsValid() && r.to.Addr().Is4() {
		head.Scope = unix.RT_SCOPE_LINK
	}
	flags := 0
	if typ == unix.RTM_NEWROUTE {
		flags = unix.NLM_F_CREATE | unix.NLM_F_EXCL
	} else {
		head.Scope = unix.RT_SCOPE_NOWHERE // any: fib_table_delete
	}
	var a []*nl.RtAttr
	if r.to.Bits() > 0 {
		a = append(a, attr(unix.RTA_DST, r.to.Masked().Addr().AsSlice()))
	}
	switch {
	case !r.via.IsValid():
	case family(r.via) == family(r.to.Addr()):
		a = append(a, attr(unix.RTA_GATEWAY, r.via.AsSlice()))
	default: // struct rtvia: the family of the gateway, and the gateway
		a = append(a, attr(unix.RTA_VIA, append(nl.Uint16Attr(uint16(family(r.via))), r.via.AsSlice()...)))
	}
	if r.metric != 0 {
		a = append(a, attr32(unix.RTA_PRIORITY, r.metric))
	}
	if r.onlink {
		head.Flags |= unix.RTNH_F_ONLINK
	}
	if r.index != 0 {
		a = append(a, attr32(unix.RTA_OIF, uint32(r.index)))
	}
	return c.do(typ, flags, request(head, a)...)
}

// routes lists the main table's unicast routes of both families, best metric
// first.
func (c *conn) routes() ([]route, error) {
	head := nl.NewRtMsg()
	msgs, err := c.dump(unix.RTM_GETROUTE, head)
	if err != nil {
		return nil, err
	}
	var all []route
	for _, m := range msgs {
		if r, ok := parseRoute(m); ok {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b route) int { return int(int64(a.metric) - int64(b.metric)) })
	return all, nil
}

func parseRoute(m []byte) (route, bool) {
	if len(m) < unix.SizeofRtMsg {
		return route{}, false
	}
	head, a := nl.DeserializeRtMsg(m), parseAttrs(m[unix.SizeofRtMsg:])
	if head.Type != unix.RTN_UNICAST || head.Flags&unix.RTM_F_CLONED != 0 || a.u32(unix.RTA_TABLE) != unix.RT_TABLE_MAIN {
		return route{}, false
	}
	to, ok := netip.AddrFromSlice(a[unix.RTA_DST])
	if !ok {
		if to = netip.IPv4Unspecified(); head.Family == unix.AF_INET6 {
			to = netip.IPv6Unspecified()
		}
	}
	via, _ := netip.AddrFromSlice(a[unix.RTA_GATEWAY])
	if b := a[unix.RTA_VIA]; len(b) > 2 { // of the other family
		via, _ = netip.AddrFromSlice(b[2:])
	}
	return route{
		to: netip.PrefixFrom(to, int(head.Dst_len)), via: via,
		index: int(a.u32(unix.RTA_OIF)), metric: a.u32(unix.RTA_PRIORITY), protocol: head.Protocol,
	}, true
}

// defaultMetric6 is what the kernel gives a route of IPv6 that has no metric
// (linux/ipv6_route.h:IP6_RT_PRIO_USER).
const defaultMetric6 = 1024

// setRoutes makes the list the whole list of static routes.
func (n *node) setRoutes(list []scenarios.Route, pos scenarios.Pos) error {
	have, err := n.conn.routes()
	if err != nil {
		return n.lab.fail(pos, n.plan.Pos, "read routes of", n.name, err)
	}
	same := func(r route, w scenarios.Route) bool {
		return r.to == w.To.Masked() && r.via == w.Via && (w.Iface == "" || n.nameOf(r.index) == w.Iface) &&
			(r.metric == w.Metric || w.Metric == 0 && r.to.Addr().Is6() && r.metric == defaultMetric6)
	}
	for _, r := range have {
		if r.protocol != unix.RTPROT_STATIC || slices.ContainsFunc(list, func(w scenarios.Route) bool { return same(r, w) }) {
			continue
		}
		if err := n.conn.changeRoute(unix.RTM_DELROUTE, r); err != nil && !errors.Is(err, unix.ESRCH) {
			return n.lab.fail(pos, n.plan.Pos, "remove route", n.name+" "+routeText(r.to, r.via, n.nameOf(r.index)), err)
		}
	}
	for _, w := range list {
		if slices.ContainsFunc(have, func(r route) bool { return same(r, w) }) {
			continue
		}
		if err := n.addRoute(w); err != nil {
			return err
		}
	}
	return nil
}

// nameOf returns the name of an interface index of the node.
func (n *node) nameOf(index int) string {
	if i := n.numbered[index]; i != nil {
		return i.name
	}
	return fmt.Sprintf("if%d", index)
}

package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

const (
	ipv4Conf = "/proc/sys/net/ipv4/conf/"
	ipv6Conf = "/proc/sys/net/ipv6/conf/"
)

// inherited are the keys of net.ipv4.conf that a namespace takes over from the
// machine's own settings (net.core.devconf_inherit_init_net, default 0: IPv4
// is copied), with the values that a fresh kernel has
// (net/ipv4/devinet.c:ipv4_devconf and ipv4_devconf_dflt). A lab must behave
// the same on a hardened machine as on a fresh one.
var inherited = []struct{ key, all, dflt string }{
	{"rp_filter", "0", "0"},
	{"arp_ignore", "0", "0"},
	{"arp_announce", "0", "0"},
	{"arp_filter", "0", "0"},
	{"arp_notify", "0", "0"},
	{"arp_accept", "0", "0"},
	{"drop_gratuitous_arp", "0", "0"},
	{"drop_unicast_in_l2_multicast", "0", "0"},
	{"proxy_arp", "0", "0"},
	{"proxy_arp_pvlan", "0", "0"},
	{"accept_local", "0", "0"},
	{"route_localnet", "0", "0"},
	{"src_valid_mark", "0", "0"},
	{"promote_secondaries", "0", "0"},
	{"send_redirects", "1", "1"},
	{"shared_media", "1", "1"},
	{"secure_redirects", "1", "1"},
	{"accept_source_route", "0", "1"},
	{"log_martians", "0", "0"},
	{"disable_xfrm", "0", "0"},
	{"disable_policy", "0", "0"},
	{"force_igmp_version", "0", "0"},
}

// fresh is how a namespace of this machine is when it is new: what of the keys
// that a lab sees to has a value, by file. Reading all of them costs as much as
// making the namespace, and in each the same is read: a lab does it once.
type fresh map[string]string

// read reads the keys in the namespace of the calling thread.
func (f fresh) read(p *procfs) error {
	files := []string{forwardIPv4, forwardIPv6, disableIPv6, defaultMask}
	for _, k := range inherited {
		files = append(files, ipv4Conf+"all/"+k.key, ipv4Conf+"default/"+k.key)
	}
	for _, k := range quietNode {
		files = append(files, k.file)
	}
	for _, file := range append(files, bridgeFilters...) {
		switch got, err := p.read(file); {
		case err == nil:
			f[file] = got
		case !errors.Is(err, fs.ErrNotExist): // not every kernel has every key
			return err
		}
	}
	return nil
}

// reset writes a value unless a new namespace has it, or the kernel lacks the key.
func (f fresh) reset(p *procfs, file, value string) error {
	if got, there := f[file]; !there || got == value {
		return nil
	}
	return p.writeIfThere(file, value)
}

const (
	forwardIPv4 = "/proc/sys/net/ipv4/ip_forward"
	forwardIPv6 = ipv6Conf + "all/forwarding"
	disableIPv6 = ipv6Conf + "all/disable_ipv6" // sets default/disable_ipv6 as well
)

// bridgeFilters put the packet filter into the bridges of a namespace:
// br_netfilter drops IPv4 frames with a bad checksum. The keys exist where
// br_netfilter is loaded.
var bridgeFilters = []string{
	"/proc/sys/net/bridge/bridge-nf-call-iptables",
	"/proc/sys/net/bridge/bridge-nf-call-ip6tables",
	"/proc/sys/net/bridge/bridge-nf-call-arptables",
}

// silence prepares the namespace of the calling thread, a new one, before it has
// any link but lo: an interface takes its settings from `default` when it is made.
// sets tells whether the scenario sets a key itself. IPv6 is off until an
// interface asks for it; a kernel without it is silent. A host may have bridges as
// well, or be given one later.
//
// The first call reads how a new namespace is: it must have returned before others
// are made.
func (f *fresh) silence(p *procfs, forwarding bool, sets func(key string) bool) error {
	if *f == nil {
		read := fresh{}
		if err := read.read(p); err != nil {
			return err
		}
		*f = read
	}
	on := "0"
	if forwarding {
		on = "1"
	}
	// Forwarding first: it resets accept_redirects (net/ipv4/devinet.c:inet_forward_change).
	if err := f.reset(p, forwardIPv4, on); err != nil {
		return err
	}
	for _, k := range inherited {
		if err := errors.Join(f.reset(p, ipv4Conf+"all/"+k.key, k.all), f.reset(p, ipv4Conf+"default/"+k.key, k.dflt)); err != nil {
			return err
		}
	}
	for _, k := range quietNode {
		if slices.ContainsFunc(k.unless, sets) {
			continue
		}
		if err := f.reset(p, k.file, k.value); err != nil {
			return err
		}
	}
	for _, file := range bridgeFilters {
		if err := f.reset(p, file, "0"); err != nil {
			return err
		}
	}
	return errors.Join(f.reset(p, forwardIPv6, on), f.reset(p, disableIPv6, "1"))
}

// quietNode are the settings of a whole namespace by which a stack would send
// unasked, again, or less often than it is asked to. One is left alone where the
// scenario sets a key that it would make void.
var quietNode = []struct {
	file, value string
	unless      []string
}{
	// A bridge that comes up reports 224.0.0.106 (all snoopers) otherwise.
	{"/proc/sys/net/ipv4/igmp_link_local_mcast_reports", "0", nil},
	// A membership is reported once, not again after up to a second
	// (net/ipv4/igmp.c:igmp_ifc_timer_expire).
	{"/proc/sys/net/ipv4/igmp_qrv", "1", nil},
	// Not after a querier has said how often, either (igmp_heard_query): by the
	// interval, of which the kernel takes a random part, that is put off.
	{ipv4Conf + "default/igmpv2_unsolicited_report_interval", "2147483647", []string{"net.ipv4.igmp_qrv"}},
	{ipv4Conf + "default/igmpv3_unsolicited_report_interval", "2147483647", []string{"net.ipv4.igmp_qrv"}},
	// Errors are not held back because another went out within the second. No
	// type is limited, rather than a limit of 0: a limited type pays out of the
	// purse from which net/ipv4/route.c:ip_error and the redirects pay as well, and
	// with a limit of 0 leaves it empty (net/ipv4/icmp.c:icmpv4_mask_allow,
	// net/ipv4/inetpeer.c:inet_peer_xrlim_allow).
	{"/proc/sys/net/ipv4/icmp_ratemask", "0", []string{"net.ipv4.icmp_ratelimit"}},
	// 255 is reserved (RFC 4443 2.1): the list must not be empty.
	{"/proc/sys/net/ipv6/icmp/ratemask", "255", []string{"net.ipv6.icmp.ratelimit"}},
}

// quietIPv6 are the keys that take the chatter off an interface that does use
// IPv6: no DAD, no router solicitation, no automatic addresses. The first MLD
// report of a group cannot be switched off; its repetition is put off for the
// longest time that there is.
var quietIPv6 = []struct{ key, value string }{
	{"accept_dad", "0"},
	{"dad_transmits", "0"},
	{"accept_ra", "0"},
	{"autoconf", "0"},
	{"router_solicitations", "0"},
	{"addr_gen_mode", "1"}, // IN6_ADDR_GEN_MODE_NONE
	{"mldv1_unsolicited_report_interval", "2147483647"},
	{"mldv2_unsolicited_report_interval", "2147483647"},
}

// dadIPv6 are the keys by which an interface probes its addresses after all:
// once, and at once. The kernel waits for up to router_solicitation_delay
// before the first probe (net/ipv6/addrconf.c:addrconf_dad_kick), one second
// by default.
var dadIPv6 = []struct{ key, value string }{
	{"accept_dad", "1"},
	{"dad_transmits", "1"},
	{"router_solicitation_delay", "0"},
}

// enableIPv6 allows IPv6 on one interface of the calling thread's namespace by p,
// and tells whether it was off before. What the scenario has said by file holds
// instead: of the interface, of those to come (default), and that there is to be
// no IPv6, with which the kernel then refuses the address (EACCES).
func (p *procfs) enableIPv6(iface string, dad bool, said map[string]string) (enabled bool, err error) {
	dir := ipv6Conf + iface + "/"
	if off, err := p.read(dir + "disable_ipv6"); err != nil {
		return false, fmt.Errorf("enable IPv6: %w", err)
	} else if off == "0" {
		return false, nil
	}
	for _, of := range []string{iface, "default", "all"} {
		if v, ok := said[ipv6Conf+of+"/disable_ipv6"]; ok && v != "0" {
			return false, nil
		}
	}
	keys := quietIPv6
	if dad {
		keys = append(keys[:len(keys):len(keys)], dadIPv6...)
	}
	for _, k := range keys {
		_, own := said[dir+k.key]
		if _, all := said[ipv6Conf+"default/"+k.key]; own || all {
			continue
		}
		if err := p.writeIfThere(dir+k.key, k.value); err != nil {
			return false, fmt.Errorf("silence IPv6: %w", err)
		}
	}
	return true, p.write(dir+"disable_ipv6", "0")
}

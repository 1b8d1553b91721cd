package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// tables are the parts of a network configuration that rtnetlink(7) dumps.
var tables = []struct {
	name   string
	get    int
	header int // bytes before the attributes of an entry
}{
	{"link", unix.RTM_GETLINK, unix.SizeofIfInfomsg},
	{"address", unix.RTM_GETADDR, unix.SizeofIfAddrmsg},
	{"route", unix.RTM_GETROUTE, unix.SizeofRtMsg},
	{"rule", unix.RTM_GETRULE, unix.SizeofRtMsg}, // struct fib_rule_hdr is as long
	{"neighbour", unix.RTM_GETNEIGH, unix.SizeofNdMsg},
}

// exclusion tells what is not compared: attributes by their numbers, and by the
// path of those that they are nested in ("26.10.5"), entries by their headers,
// files by their names below /proc/sys/net.
type exclusion struct {
	attrs   map[string][]uint16
	nested  map[string][]string
	entries func(table string, header []byte) bool
	files   []string
}

// inet6CacheInfo is IFLA_INET6_CACHEINFO of linux/if_link.h.
const inet6CacheInfo = 5

// timePasses excludes ages, times since an entry was used or confirmed, and what
// the kernel draws anew every five minutes: how long a neighbour of an interface
// is reachable (IFLA_INET6_CACHEINFO; net/core/neighbour.c, neigh_periodic_work).
var timePasses = exclusion{
	attrs:  map[string][]uint16{"neighbour": {unix.NDA_CACHEINFO}, "route": {unix.RTA_CACHEINFO}},
	nested: map[string][]string{"link": {fmt.Sprintf("%d.%d.%d", unix.IFLA_AF_SPEC, unix.AF_INET6, inet6CacheInfo)}},
}

// ownBusiness excludes what changes by itself on a host that has business of
// its own beside the test. TestAQuietHostIsUntouched looks at all of it.
var ownBusiness = exclusion{
	attrs: map[string][]uint16{
		// Counters of frames, of the interface and of its IPv6 (IFLA_AF_SPEC;
		// the settings in there are those of /proc/sys/net).
		"link": {unix.IFLA_STATS, unix.IFLA_STATS64, unix.IFLA_AF_SPEC},
		// Lifetimes of leased addresses and of advertised routes count down.
		"address":   {unix.IFA_CACHEINFO},
		"route":     {unix.RTA_CACHEINFO},
		"neighbour": {unix.NDA_CACHEINFO},
	},
	// Neighbours that the host learns and forgets; not those that were set.
	entries: func(table string, header []byte) bool {
		const state = 8 // of struct ndmsg
		return table == "neighbour" && binary.NativeEndian.Uint16(header[state:])&unix.NUD_PERMANENT == 0
	},
	files: []string{"netfilter/nf_conntrack_count", "nf_conntrack_count"}, // connections at the moment
}

// snapshot is the network of the calling thread's namespace, byte by byte: each
// attribute of each entry, and each value of /proc/sys/net.
func snapshot(t *testing.T, without exclusion) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range tables {
		dump, err := syscall.NetlinkRIB(table.get, unix.AF_UNSPEC)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := syscall.ParseNetlinkMessage(dump)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, m := range messages {
			if int(m.Header.Type) != table.get-2 { // RTM_NEWLINK for RTM_GETLINK, and so on; or the end
				continue
			}
			header, rest := m.Data[:table.header], m.Data[table.header:]
			if without.entries != nil && without.entries(table.name, header) {
				continue
			}
			n++
			entry := fmt.Sprintf("%s %d", table.name, n)
			all[entry] = fmt.Sprintf("%x", header)
			without.attributes(entry, table.name, "", rest, all)
		}
	}
	sysctls(t, without.files, all)
	return all
}

// attributes adds those of an entry (struct rtattr of rtnetlink(7)), or of the
// attribute of it at a path.
func (x exclusion) attributes(entry, table, path string, b []byte, all map[string]string) {
	for len(b) >= unix.SizeofRtAttr {
		size, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])&^unix.NLA_F_NESTED
		if size < unix.SizeofRtAttr || size > len(b) {
			all[entry+", malformed"] = fmt.Sprintf("%x", b)
			return
		}
		at, value := path+fmt.Sprint(kind), b[unix.SizeofRtAttr:size]
		inside := func(out string) bool { return strings.HasPrefix(out, at+".") }
		switch {
		case path == "" && slices.Contains(x.attrs[table], kind) || slices.Contains(x.nested[table], at):
		case slices.ContainsFunc(x.nested[table], inside):
			x.attributes(entry, table, at+".", value, all)
		default:
			all[fmt.Sprintf("%s, attribute %s", entry, at)] = fmt.Sprintf("%x", value)
		}
		b = b[min((size+3)&^3, len(b)):]
	}
}

// sysctls adds all values; what cannot be read, as its error.
func sysctls(t *testing.T, without []string, all map[string]string) {
	t.Helper()
	const top = "/proc/sys/net"
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(top, path)
		if err != nil || d.IsDir() || slices.Contains(without, rel) {
			return err
		}
		value, err := os.ReadFile(path)
		if err != nil { // write-only, or unset
			value = []byte(err.Error())
		}
		all[path] = string(value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// furnish gives the calling thread's namespace a cable, an address, a route, a
// rule and neighbours; without IPv6, which would speak by itself.
func furnish() error {
	for _, f := range []string{"all", "default"} {
		err := os.WriteFile("/proc/sys/net/ipv6/conf/"+f+"/disable_ipv6", []byte("1"), 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "eth0"
	if err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "eth1"}); err != nil {
		return err
	}
	for _, name := range []string{"lo", "eth1", "eth0"} {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return err
		}
	}
	if err := awaitUp("eth0", "eth1"); err != nil {
		return err
	}
	eth0, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	index := eth0.Attrs().Index
	address, err := netlink.ParseAddr("192.0.2.1/24")
	if err != nil {
		return err
	}
	_, far, err := net.ParseCIDR("198.51.100.0/24")
	if err != nil {
		return err
	}
	rule := netlink.NewRule()
	rule.Priority, rule.Table, rule.Src = 1000, 100, far
	return errors.Join(
		netlink.AddrAdd(eth0, address),
		netlink.RouteAdd(&netlink.Route{LinkIndex: index, Dst: far, Gw: net.IPv4(192, 0, 2, 254)}),
		netlink.RuleAdd(rule),
		neighbour(index, 254, netlink.NUD_PERMANENT),
		neighbour(index, 253, netlink.NUD_STALE),
	)
}

// touch changes what furnish made, by little.
func touch() error {
	eth0, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	return neighbour(eth0.Attrs().Index, 252, netlink.NUD_STALE)
}

func neighbour(index int, host byte, state int) error {
	return netlink.NeighAdd(&netlink.Neigh{
		LinkIndex: index, State: state, IP: net.IPv4(192, 0, 2, host), HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, host},
	})
}

// awaitUp polls until the interfaces are operationally up.
func awaitUp(names ...string) error {
	deadline := time.Now().Add(10 * time.Second)
	for _, name := range names {
		for {
			l, err := netlink.LinkByName(name)
			if err != nil {
				return err
			}
			if l.Attrs().OperState == netlink.OperUp {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s is not up within 10 s", name)
			}
			runtime.Gosched()
		}
	}
	return nil
}

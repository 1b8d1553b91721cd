package lab

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"netverify/recording"
)

// Reported are the groups that the stack of an interface tells a querier of, if
// one asks; none of an interface that is not there.
func (l *Lab) Reported(r recording.Ref) ([]netip.Addr, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i := l.iface(r)
	if i == nil {
		return nil, nil
	}
	var out []netip.Addr
	err := i.node.ns.Do(func() error {
		four, err := readIfThere("/proc/thread-self/net/igmp")
		if err != nil {
			return err
		}
		six, err := readIfThere("/proc/thread-self/net/igmp6")
		if err != nil {
			return err
		}
		links, err := i.node.proc.read("/proc/sys/net/ipv4/igmp_link_local_mcast_reports")
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		for _, g := range append(groupsOfIGMP(four, i.index), groupsOfMLD(six, i.index)...) {
			if tellsQuerier(g, links == "1") {
				out = append(out, g)
			}
		}
		return nil
	})
	if err != nil {
		return nil, l.fail(i.spec.Pos, i.node.plan.Pos, "read the memberships of", r.String(), err)
	}
	return out, nil
}

// readIfThere reads a file that a kernel without the protocol does not have.
func readIfThere(file string) (string, error) {
	b, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return "", nil
	}
	return string(b), err
}

// tellsQuerier tells whether a membership is reported at all. Those in the group of
// all hosts are not (RFC 3376 6, RFC 3810 6), those of one node are nobody's matter
// (net/ipv6/mcast.c: MAF_NOREPORT), and those in IPv4's groups of one link are as
// igmp_link_local_mcast_reports says (net/ipv4/igmp.c:add_grec).
func tellsQuerier(g netip.Addr, links bool) bool {
	if g.Is4() {
		a := g.As4()
		return g != netip.AddrFrom4([4]byte{224, 0, 0, 1}) && (links || a[0] != 224 || a[1] != 0 || a[2] != 0)
	}
	const linkLocal = 2 // RFC 4291 2.7
	a := g.As16()
	return a[1]&0xf >= linkLocal && g != netip.MustParseAddr("ff02::1")
}

// groupsOfIGMP reads the groups of an interface out of /proc/net/igmp: a line with
// index and name for each interface, and behind it one for each group, which
// begins with the address as a number in the machine's byte order (igmp_mc_seq_show).
func groupsOfIGMP(text string, index int) (out []netip.Addr) {
	mine := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case line[0] != '\t' && line[0] != ' ':
			n, err := strconv.Atoi(f[0])
			mine = err == nil && n == index
		case mine:
			n, err := strconv.ParseUint(f[0], 16, 32)
			if err != nil {
				continue
			}
			var a [4]byte
			binary.NativeEndian.PutUint32(a[:], uint32(n))
			out = append(out, netip.AddrFrom4(a))
		}
	}
	return out
}

// groupsOfMLD reads them out of /proc/net/igmp6: index, name, address (igmp6_mc_seq_show).
func groupsOfMLD(text string, index int) (out []netip.Addr) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != strconv.Itoa(index) {
			continue
		}
		if b, err := hex.DecodeString(f[2]); err == nil && len(b) == 16 {
			out = append(out, netip.AddrFrom16([16]byte(b)))
		}
	}
	return out
}

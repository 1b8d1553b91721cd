package lab

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// addressFlags are the words of ip-address(8) for IFA_FLAGS (iproute2
// ip/ipaddress.c:ifa_flag_data). One bit has two words there: secondary for
// IPv4, temporary for IPv6 (IFA_F_SECONDARY and IFA_F_TEMPORARY are 1).
var addressFlags = []struct {
	bit  uint32
	word string
}{
	{unix.IFA_F_NODAD, "nodad"},
	{unix.IFA_F_OPTIMISTIC, "optimistic"},
	{unix.IFA_F_DADFAILED, "dadfailed"},
	{unix.IFA_F_HOMEADDRESS, "home"},
	{unix.IFA_F_DEPRECATED, "deprecated"},
	{unix.IFA_F_TENTATIVE, "tentative"},
	{unix.IFA_F_MANAGETEMPADDR, "mngtmpaddr"},
	{unix.IFA_F_NOPREFIXROUTE, "noprefixroute"},
	{unix.IFA_F_STABLE_PRIVACY, "stable-privacy"},
}

// addressFlagWords says what is special about an address, sorted; permanent or
// dynamic (with a lifetime) is always among it.
func addressFlagWords(ip netip.Addr, flags uint32) string {
	words := []string{"dynamic"}
	if flags&unix.IFA_F_PERMANENT != 0 {
		words[0] = "permanent"
	}
	for _, f := range addressFlags {
		if flags&f.bit != 0 {
			words = append(words, f.word)
		}
	}
	if flags&unix.IFA_F_SECONDARY != 0 {
		words = append(words, map[bool]string{true: "secondary", false: "temporary"}[ip.Is4()])
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// addressFlagValue reads the flags of an address of an interface; ok is false
// where it has no such address.
func (i *iface) addressFlagValue(text string) (value string, ok bool, err error) {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return "", false, err
	}
	all, err := i.node.conn.addressEntries()
	if err != nil {
		return "", false, err
	}
	for _, a := range all {
		if a.index == i.index && a.prefix.Addr() == ip {
			return addressFlagWords(ip, a.flags), true, nil
		}
	}
	return "", false, nil
}

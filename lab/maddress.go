package lab

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// mcastFile lists the group MACs of the calling thread's namespace
// (net/core/dev_addr_lists.c, net/core/net-procfs.c:dev_mc_seq_show).
const mcastFile = "/proc/thread-self/net/dev_mcast"

// ifreqHwaddr is struct ifreq with ifr_hwaddr.
type ifreqHwaddr struct {
	name   [unix.IFNAMSIZ]byte
	family uint16
	mac    [6]byte
	_      [16]byte
}

// changeGroup joins (SIOCADDMULTI) or leaves (SIOCDELMULTI) a group, as
// ip-maddress(8) does: any socket of the namespace will do, and the family of
// the address must be none (net/core/dev_ioctl.c:dev_ifsioc).
func (c *conn) changeGroup(request uintptr, name string, mac net.HardwareAddr) error {
	req := ifreqHwaddr{family: unix.AF_UNSPEC}
	copy(req.name[:unix.IFNAMSIZ-1], name)
	copy(req.mac[:], mac)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(c.fd), request, uintptr(unsafe.Pointer(&req))); errno != 0 {
		return errno
	}
	return nil
}

// setMAddresses makes list the groups that the interface has joined for the
// scenario, besides those of its stack, and reads each back.
func (i *iface) setMAddresses(list []net.HardwareAddr, pos scenarios.Pos) error {
	same := func(mac net.HardwareAddr) func(net.HardwareAddr) bool {
		return func(other net.HardwareAddr) bool { return bytes.Equal(mac, other) }
	}
	fail := func(op string, mac net.HardwareAddr, err error) error {
		return i.node.lab.fail(pos, i.spec.Pos, op, mac.String()+" on "+i.ref().String(), err)
	}
	for _, mac := range slices.Clone(i.joined) {
		if slices.ContainsFunc(list, same(mac)) {
			continue
		}
		if err := i.node.conn.changeGroup(unix.SIOCDELMULTI, i.name, mac); err != nil {
			return fail("leave group", mac, err)
		}
		i.joined = slices.DeleteFunc(i.joined, same(mac))
	}
	for _, mac := range list {
		if slices.ContainsFunc(i.joined, same(mac)) {
			continue
		}
		if err := i.node.conn.changeGroup(unix.SIOCADDMULTI, i.name, mac); err != nil {
			return fail("join group", mac, err)
		}
		i.joined = append(i.joined, mac)
		if _, ok, err := i.maddressValue(mac.String()); err != nil || !ok {
			return fail("verify group", mac, errors.Join(err, &Mismatch{"maddress." + mac.String(), "joined", "nothing"}))
		}
	}
	return nil
}

// maddressValue reads how many users a group MAC has on an interface.
func (i *iface) maddressValue(group string) (value string, ok bool, err error) {
	mac, err := net.ParseMAC(group)
	if err != nil {
		return "", false, err
	}
	var text []byte
	if err := i.node.ns.Do(func() error {
		text, err = os.ReadFile(mcastFile)
		return err
	}); err != nil {
		return "", false, err
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line) // index, name, users, users by ip-maddress(8), address
		if len(f) == 5 && f[0] == strconv.Itoa(i.index) && f[4] == fmt.Sprintf("%x", []byte(mac)) {
			return f[2], true, nil
		}
	}
	return "", false, nil
}

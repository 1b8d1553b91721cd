package lab

import (
	"os"
	"strconv"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/assert"
)

func itoa(n int) string { return strconv.Itoa(n) }

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func stateWants(target string, keys ...string) (list []assert.StateWant) {
	for _, k := range keys {
		list = append(list, assert.StateWant{Target: target, Key: k})
	}
	return list
}

// nestVethPeer is the request for a veth whose other end is in a namespace.
func nestVethPeer(name string, fd int) []nl.NetlinkRequestData {
	peer := attr(nl.VETH_INFO_PEER, nil)
	nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC)
	extend(peer, attrString(unix.IFLA_IFNAME, name), attr32(unix.IFLA_NET_NS_FD, uint32(fd)))
	return request(nl.NewIfInfomsg(unix.AF_UNSPEC), []*nl.RtAttr{
		attrString(unix.IFLA_IFNAME, name),
		nest(unix.IFLA_LINKINFO, attr(nl.IFLA_INFO_KIND, []byte("veth")), nest(nl.IFLA_INFO_DATA, peer)),
	})
}

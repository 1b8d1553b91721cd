package lab

import (
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// noQueue makes `noqueue` the root queueing discipline of an interface.
func (c *conn) noQueue(index int) error {
	head := &nl.TcMsg{Family: unix.AF_UNSPEC, Ifindex: int32(index), Parent: 0xffffffff} // TC_H_ROOT
	return c.do(unix.RTM_NEWQDISC, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, head, attrString(nl.TCA_KIND, "noqueue"))
}

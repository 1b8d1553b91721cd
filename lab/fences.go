package lab

import "fmt"

// defaultMask is how the receive queues of new interfaces are steered, in kernels
// since 6.3.
const defaultMask = "/proc/sys/net/core/rps_default_mask"

// told adds that something could not be read.
func (n *node) told(list []string, err error) []string {
	if err != nil {
		list = append(list, fmt.Sprintf("%s: cannot be read: %v", n.name, err))
	}
	return list
}

// preconditions lists what stands against the order of frames that fences rely
// on, interface by interface, as the kernel tells it; empty means that a later
// frame on a path cannot overtake an earlier one of its class.
//
// Read are: the number of queues, the queueing discipline, GRO, and the
// namespace's default for RPS (net.core.rps_default_mask: that of new namespaces,
// but where the scenario has set it; a queue's own rps_cpus can be changed by sysfs
// only, which a lab does not mount).
// Not read, as no netlink message of all kernels has it: threaded NAPI. A veth
// runs no NAPI while GRO is off and no XDP program is attached
// (drivers/net/veth.c:veth_open), and the other kinds have none at all.
func (n *node) preconditions(links map[int]*link) (list []string, err error) {
	names, err := n.featureNames()
	if err != nil {
		return nil, err
	}
	for _, i := range n.ifaces {
		got := links[i.index]
		if got == nil || !got.up() {
			continue
		}
		for _, w := range []want{{"numtxqueues", "1"}, {"numrxqueues", "1"}, {"qdisc", "noqueue"}} {
			if v, _ := values[w.key](got); v != w.asked {
				list = append(list, fmt.Sprintf("%s: %s is %s, not %s", i.ref(), w.key, v, w.asked))
			}
		}
		_, active, err := n.conn.features(i.name)
		if err != nil {
			return list, err
		}
		// A macvlan, VLAN or bridge shows rx-gro as part of its stack's
		// defaults; only a veth has receive queues of its own to use it.
		if got.kind == "veth" && active.has(names["rx-gro"]) {
			list = append(list, fmt.Sprintf("%s: rx-gro is on", i.ref()))
		}
	}
	mask, there := n.lab.fresh[defaultMask]
	if n.masked {
		mask, err = n.sysctl("net.core.rps_default_mask")
		there = err == nil
	}
	if there && !zeroMask(mask) {
		list = append(list, fmt.Sprintf("%s: net.core.rps_default_mask is %s", n.name, mask))
	}
	return list, err
}

// zeroMask tells whether a CPU mask ("0", "00000000,00000000") names none.
func zeroMask(mask string) bool {
	for _, c := range mask {
		if c != '0' && c != ',' {
			return false
		}
	}
	return true
}

package kernels

import "netverify/scenarios"

// guestConfig is what every guest needs, whatever runs in it. All of it has to
// be built in: modules are loaded by init, which needs all this before. Seen to
// be enough for a 6.1 kernel that had nothing else (make tinyconfig).
var guestConfig = []struct {
	option       string
	least, usual int // of a number
	why          string
}{
	{"CONFIG_64BIT", 0, 0, "init is a program for x86-64"},
	{"CONFIG_BINFMT_ELF", 0, 0, "init is an ELF file"},
	{"CONFIG_BLK_DEV_INITRD", 0, 0, "init, modules and scenarios come in an initramfs; it is not compressed"},
	{"CONFIG_PRINTK", 0, 0, "an oops or a WARNING is found in /dev/kmsg and on the console"},
	{"CONFIG_TTY", 0, 0, "serial ports are terminals"},
	{"CONFIG_SERIAL_8250", 0, 0, "results leave by the second serial port"},
	{"CONFIG_SERIAL_8250_CONSOLE", 0, 0, "the console is the first serial port"},
	{"CONFIG_SERIAL_8250_NR_UARTS", 2, 4, "two serial ports"},
	{"CONFIG_SERIAL_8250_RUNTIME_UARTS", 2, 4, "two serial ports"},
	{"CONFIG_SMP", 0, 0, "a lab reads back how many receive queues its interfaces have, which a kernel for one processor does not tell"},
	{"CONFIG_DEVTMPFS", 0, 0, "/dev/ttyS1 and /dev/kmsg"},
	{"CONFIG_PROC_FS", 0, 0, "/proc: namespaces, the kernel's command line"},
	{"CONFIG_PROC_SYSCTL", 0, 0, "a lab's settings below /proc/sys"},
	{"CONFIG_SYSFS", 0, 0, "/sys is mounted"},
	{"CONFIG_SHMEM", 0, 0, "CONFIG_TMPFS depends on it"},
	{"CONFIG_TMPFS", 0, 0, "evidence is written to /tmp"},
	{"CONFIG_FUTEX", 0, 0, "the Go runtime waits by futex(2)"},
	{"CONFIG_EPOLL", 0, 0, "the Go runtime waits by epoll(7)"},
	{"CONFIG_EVENTFD", 0, 0, "the Go runtime, and taps, are woken by eventfd(2)"},
	{"CONFIG_NET", 0, 0, "sockets, netlink"},
	{"CONFIG_INET", 0, 0, "IPv4, and the loopback's address"},
}

// optionDepends are the options that an option depends on (Kconfig's "depends
// on" and the "if" blocks around it, Linux 5.10 to 7.2), without those that are
// in guestConfig: net/Kconfig, net/8021q/Kconfig, net/bridge/Kconfig,
// drivers/net/Kconfig, net/netfilter/Kconfig, init/Kconfig.
var optionDepends = map[string][]string{
	"CONFIG_NAMESPACES":            {"CONFIG_MULTIUSER"},
	"CONFIG_NET_NS":                {"CONFIG_NAMESPACES"},
	"CONFIG_NET_CORE":              {"CONFIG_NETDEVICES"},
	"CONFIG_VETH":                  {"CONFIG_NET_CORE"},
	"CONFIG_MACVLAN":               {"CONFIG_NET_CORE"},
	"CONFIG_MACVTAP":               {"CONFIG_MACVLAN"},
	"CONFIG_IPVLAN":                {"CONFIG_NET_CORE"},
	"CONFIG_BONDING":               {"CONFIG_NET_CORE"},
	"CONFIG_DUMMY":                 {"CONFIG_NET_CORE"},
	"CONFIG_IPVLAN_L3S":            {"CONFIG_IPVLAN", "CONFIG_NETFILTER"},
	"CONFIG_NF_TABLES":             {"CONFIG_NETFILTER"},
	"CONFIG_NF_TABLES_INET":        {"CONFIG_NF_TABLES", "CONFIG_IPV6"},
	"CONFIG_BRIDGE_VLAN_FILTERING": {"CONFIG_BRIDGE", "CONFIG_VLAN_8021Q"},
}

// featureOptions are options that a lab needs for a feature beside the one that
// the feature is named after.
var featureOptions = map[string][]struct{ option, why string }{
	scenarios.FeatureMacvtap:      {{"CONFIG_NET_SCHED", "the queue of a macvtap is replaced by none, which keeps the order of frames"}},
	scenarios.FeatureMacvtapQueue: {{"CONFIG_SYSFS", "the number of a macvtap's character device"}},
}

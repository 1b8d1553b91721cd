package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// Probe tells whether this kernel has a feature, by trying it in a throw-away
// namespace: nil, or *Unsupported with the kernel's answer. Any other error
// means that the attempt itself failed (no privilege, no descriptors), which
// says nothing about the kernel. Answers are kept for the life of the process;
// failed attempts are not.
func Probe(f scenarios.Feature) error {
	probeMu.Lock()
	defer probeMu.Unlock()
	if err, known := probed[f.Name]; known {
		return err
	}
	err := probe(f)
	var u *Unsupported
	if err == nil || errors.As(err, &u) {
		probed[f.Name] = err
	}
	return err
}

var (
	probeMu sync.Mutex
	probed  = map[string]error{}
)

func probe(f scenarios.Feature) error {
	try, ok := probes()[f.Name]
	if !ok {
		return fmt.Errorf("lab: no probe for the feature %q", f.Name)
	}
	err := try()
	var u *Unsupported
	var withheld *Privilege
	switch {
	case err == nil:
		return nil
	case errors.As(err, &withheld):
		return &Unsupported{f, withheld}
	case errors.As(err, &u): // perhaps of what it stands on; the one asked for is named
		return &Unsupported{f, u.Err}
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.ENOSYS):
		return &Unsupported{f, err}
	}
	return fmt.Errorf("probe %s: %w", f.Name, err)
}

// probes build the smallest lab that needs the feature. Build reads back what
// it asked for, so that an attribute which an older kernel ignores counts as
// missing.
func probes() map[string]func() error {
	return map[string]func() error{
		scenarios.FeatureNetns:  func() error { return probeInvalid(build()) },
		scenarios.FeaturePacket: probePacket,
		scenarios.FeatureIPv6:   probeIPv6,
		scenarios.FeatureVeth:   func() error { return build(probeCable()...) },
		scenarios.FeatureMacvlan: func() error {
			return build(probeChild(scenarios.Macvlan, scenarios.MacvlanSpec{Mode: "bridge"})...)
		},
		scenarios.FeatureMacvlanSource: func() error {
			return probeInvalid(build(probeChild(scenarios.Macvlan, scenarios.MacvlanSpec{Mode: "source", Sources: []string{"02:00:00:00:00:01"}})...))
		},
		scenarios.FeatureMacvlanNoDst: func() error {
			return probeInvalid(build(probeChild(scenarios.Macvlan, scenarios.MacvlanSpec{Mode: "source", NoDst: true})...))
		},
		scenarios.FeatureMacvlanBCQueueLen: func() error {
			n := uint32(17)
			return build(probeChild(scenarios.Macvlan, scenarios.MacvlanSpec{Mode: "bridge", BCQueueLen: &n})...)
		},
		scenarios.FeatureMacvlanBCLim: func() error {
			n := int32(3) // not 1: the kernel does not report its default
			return build(probeChild(scenarios.Macvlan, scenarios.MacvlanSpec{Mode: "bridge", BCLim: &n})...)
		},
		scenarios.FeatureMacvtap: func() error {
			return build(probeChild(scenarios.Macvtap, scenarios.MacvlanSpec{Mode: "bridge"})...)
		},
		scenarios.FeatureMacvtapQueue: probeQueue,
		scenarios.FeatureIpvlan:       func() error { return probeIpvlan("l2") },
		scenarios.FeatureIpvlanL3S:    func() error { return probeIpvlan("l3s") },
		scenarios.FeatureVLAN: func() error {
			return build(append(probeCable(), scenarios.Interface{Node: "a", Name: "child", Kind: scenarios.VLAN, Link: probeParent, VLAN: &scenarios.VLANSpec{ID: 10, Protocol: "802.1ad"}})...)
		},
		scenarios.FeatureBridge: func() error { return build(probeBridge(nil)...) },
		scenarios.FeatureBridgeVLANFiltering: func() error {
			vid := 10
			return build(probeBridge(&scenarios.Port{Access: &vid})...)
		},
		scenarios.FeatureBridgePortIsolated: func() error {
			yes := true
			return build(probeBridge(&scenarios.Port{Isolated: &yes})...)
		},
		scenarios.FeatureBridgePortLocked: func() error {
			yes := true
			return build(probeBridge(&scenarios.Port{Locked: &yes})...)
		},
		scenarios.FeatureBridgeFDBSticky: probeFDBSticky,
		scenarios.FeatureBridgeFDBFlush:  probeFDBFlush,
		scenarios.FeatureBridgeSnooping:  func() error { return probeMDB("239.1.2.3") },
		scenarios.FeatureBridgeMDBL2:     func() error { return probeMDB("01:02:03:04:05:06") },
		scenarios.FeatureBridgeMDBSources: func() error {
			return probeMDB("239.1.2.3", netip.AddrFrom4([4]byte{192, 0, 2, 1}))
		},
		scenarios.FeatureBond: func() error {
			return build(scenarios.Interface{Node: "a", Name: "bond", Kind: scenarios.Bond, Down: true, Bond: &scenarios.BondSpec{Mode: "active-backup"}})
		},
		scenarios.FeatureDummy: func() error {
			return build(scenarios.Interface{Node: "a", Name: "dummy", Kind: scenarios.Dummy})
		},
		scenarios.FeatureTun: func() error { return probeGuest(scenarios.Interface{Kind: scenarios.Tun}) },
		scenarios.FeatureIPIP: func() error {
			return probeGuest(scenarios.Interface{Kind: scenarios.IPIP, Tunnel: probeTunnel})
		},
		scenarios.FeatureSIT:          func() error { return probeGuest(scenarios.Interface{Kind: scenarios.SIT, Tunnel: probeTunnel}) },
		scenarios.FeatureVRF:          func() error { return probeGuest(scenarios.Interface{Kind: scenarios.VRF, Table: 10}) },
		scenarios.FeatureNFTables:     func() error { return probeFirewall(&scenarios.Firewall{}) },
		scenarios.FeatureNFTablesInet: func() error { return probeFirewall(probeFilter) },
	}
}

// probeTunnel has addresses of RFC 5737: the one without addresses exists.
var probeTunnel = &scenarios.TunnelSpec{Local: netip.AddrFrom4([4]byte{192, 0, 2, 1}), Remote: netip.AddrFrom4([4]byte{192, 0, 2, 2})}

var probeParent = &recording.Ref{Node: "a", Iface: "eth0"}

func probeCable() []scenarios.Interface {
	return []scenarios.Interface{
		{Node: "a", Name: "eth0", Kind: scenarios.Veth, Cable: &recording.Ref{Node: "a", Iface: "eth1"}},
		{Node: "a", Name: "eth1", Kind: scenarios.Veth, Cable: probeParent},
	}
}

func probeChild(kind scenarios.InterfaceKind, m scenarios.MacvlanSpec) []scenarios.Interface {
	return append(probeCable(), scenarios.Interface{Node: "a", Name: "child", Kind: kind, Link: probeParent, Macvlan: &m})
}

func probeBridge(port *scenarios.Port) []scenarios.Interface {
	bridge := scenarios.Interface{Node: "a", Name: "bridge", Kind: scenarios.BridgeK}
	if port == nil {
		return []scenarios.Interface{bridge}
	}
	cable := probeCable()
	cable[0].Master, cable[0].Port = bridge.Name, port
	return append([]scenarios.Interface{bridge}, cable...)
}

// errNotSupp is the kernel's own ENOTSUPP (include/linux/errno.h), which
// drivers/net/ipvlan/ipvlan.h:ipvlan_l3s_register lets out where it has no l3s.
const errNotSupp = unix.Errno(524)

func probeIpvlan(mode string) error {
	err := build(append(probeCable(), scenarios.Interface{Node: "a", Name: "child", Kind: scenarios.Ipvlan, Link: probeParent, Ipvlan: &scenarios.IpvlanSpec{Mode: mode}})...)
	if errors.Is(err, errNotSupp) {
		return &Unsupported{Err: err}
	}
	return err
}

// probeFDBSticky needs a switch: hosts' bridges are given no entries.
func probeFDBSticky() error {
	l, err := Build(&scenarios.Plan{Nodes: []scenarios.Node{
		{
			Name: "a", Switch: true, Interfaces: probeCable(),
			FDB: []scenarios.FDBEntry{{MAC: "02:00:00:00:00:01", Port: "eth0", State: "static", Sticky: true}},
		},
	}})
	if err != nil {
		return err
	}
	return l.Close()
}

// probeFilter uses each expression that a rule may consist of.
var probeFilter = &scenarios.Firewall{Forward: &scenarios.FilterChain{Policy: "drop", Accept: []scenarios.FilterMatch{
	{IIF: "lo", SAddr: netip.PrefixFrom(netip.IPv4Unspecified(), 8), DAddr: netip.PrefixFrom(netip.IPv4Unspecified(), 32)},
}}}

func probeFirewall(f *scenarios.Firewall) error {
	l, err := Build(&scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Firewall: f}}})
	if err != nil {
		return err
	}
	return l.Close()
}

// build makes a lab of one node and gives it up again.
func build(list ...scenarios.Interface) error {
	l, err := Build(&scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Interfaces: list}}})
	if err != nil {
		return err
	}
	return l.Close()
}

// probeInvalid reads EINVAL as "unknown to this kernel": the answer to a
// macvlan mode or flag, or to a clone flag, that it does not have.
func probeInvalid(err error) error {
	if errors.Is(err, unix.EINVAL) {
		return &Unsupported{Err: err}
	}
	return err
}

func probePacket() error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func probeIPv6() error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

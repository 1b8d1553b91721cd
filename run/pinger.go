package run

import (
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// echoID is the identifier of every echo request; steps are told apart by the
// tag in the data.
const echoID = 0x4e56 // "NV"

// pinger is the socket of one ping, traceroute or udp: the kernel's stack
// routes, resolves and answers; netverify only asks.
type pinger struct {
	question
	fd     int
	six    bool
	source netip.Addr
	sent   map[int]time.Time // by sequence number
}

// question is what a pinger asks of whom.
type question struct {
	from         scenarios.Ref
	bind         bool // to the interface
	to           netip.Addr
	ttl          int // 0: the stack's default
	dontFragment bool
	udp          bool // datagrams, not echo requests
	sport, dport int  // of datagrams; sport 0: the stack's choice
	segment      int  // data bytes of each datagram, where several are given to the stack as one
}

// pinger opens the socket of the running step. Neighbours that an earlier step
// failed to resolve are forgotten first: the kernel would not ask for them
// again before its retransmission timer.
func (s *session) pinger(q question) (*pinger, error) {
	if err := s.lab.ForgetUnresolved(); err != nil {
		return nil, err
	}
	p := &pinger{question: q, six: q.to.Is6(), sent: make(map[int]time.Time)}
	b, ok := s.bindings[q.from.String()]
	if !ok {
		return nil, fmt.Errorf("%s does not exist at this step", q.from)
	}
	if p.source = b.IPv4; p.six {
		p.source = b.IPv6
	}
	index, _, ok := s.lab.Lookup(q.from)
	if !ok {
		return nil, fmt.Errorf("%s does not exist at this step", q.from)
	}
	if err := s.lab.NS(q.from.Node).Do(func() error { return p.open(index) }); err != nil {
		return nil, fmt.Errorf("socket of %s: %w", q.from, err)
	}
	s.asking = p
	return p, nil
}

// open makes the socket, in the namespace of the host that asks; index is that
// of the asking interface there.
func (p *pinger) open(index int) error {
	domain, typ, proto := unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP
	if p.six {
		domain, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	if p.udp {
		typ, proto = unix.SOCK_DGRAM, unix.IPPROTO_UDP
	}
	fd, err := unix.Socket(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	p.fd = fd
	if err := p.options(index); err != nil {
		p.close()
		return err
	}
	return nil
}

type option struct {
	level, name, value int
	text               string
}

func (p *pinger) options(index int) error {
	opts := []option{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS"},
		{unix.SOL_SOCKET, unix.SO_BROADCAST, 1, "SO_BROADCAST"},
	}
	if p.six {
		opts = append(opts, option{unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1, "IPV6_RECVERR"},
			option{unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT"})
	} else {
		opts = append(opts, option{unix.IPPROTO_IP, unix.IP_RECVERR, 1, "IP_RECVERR"})
	}
	if p.to.IsMulticast() {
		opts = append(opts, p.multicast(index))
	}
	if p.ttl != 0 {
		opts = append(opts, p.lifetime(p.ttl))
	}
	if p.dontFragment && !p.six {
		opts = append(opts, option{unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO, "IP_MTU_DISCOVER"})
	}
	if p.segment != 0 {
		opts = append(opts, option{unix.SOL_UDP, unix.UDP_SEGMENT, p.segment, "UDP_SEGMENT"})
	}
	for _, o := range opts {
		if err := p.set(o); err != nil {
			return err
		}
	}
	if p.bind {
		if err := unix.BindToDevice(p.fd, p.from.Iface); err != nil {
			return fmt.Errorf("SO_BINDTODEVICE %s: %w", p.from.Iface, err)
		}
	}
	return p.bindSource()
}

// bindSource gives requests their source; where the interface has no address,
// the stack chooses one.
func (p *pinger) bindSource() error {
	source := p.source
	switch {
	case source.IsValid():
	case p.sport == 0:
		return nil
	case p.six:
		source = netip.IPv6Unspecified()
	default:
		source = netip.IPv4Unspecified()
	}
	if err := unix.Bind(p.fd, sockaddr(source, p.sport)); err != nil {
		return fmt.Errorf("bind to %s: %w", netip.AddrPortFrom(source, uint16(p.sport)), err)
	}
	return nil
}

// lifetime is the option by which requests get their TTL or hop limit.
func (p *pinger) lifetime(ttl int) option {
	switch group := p.to.IsMulticast(); {
	case p.six && group:
		return option{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, ttl, "IPV6_MULTICAST_HOPS"}
	case p.six:
		return option{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, ttl, "IPV6_UNICAST_HOPS"}
	case group:
		return option{unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, ttl, "IP_MULTICAST_TTL"}
	}
	return option{unix.IPPROTO_IP, unix.IP_TTL, ttl, "IP_TTL"}
}

// multicast is the option by which requests to a group leave by the asking
// interface: no route need name it (ip(7), ipv6(7)).
func (p *pinger) multicast(index int) option {
	if p.six {
		return option{unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, index, "IPV6_MULTICAST_IF"}
	}
	return option{unix.IPPROTO_IP, unix.IP_MULTICAST_IF, index, "IP_MULTICAST_IF"}
}

func (p *pinger) set(o option) error {
	if o.level == unix.IPPROTO_IP && o.name == unix.IP_MULTICAST_IF { // takes a struct ip_mreqn, not a number
		if err := unix.SetsockoptIPMreqn(p.fd, o.level, o.name, &unix.IPMreqn{Ifindex: int32(o.value)}); err != nil {
			return fmt.Errorf("%s: %w", o.text, err)
		}
		return nil
	}
	if err := unix.SetsockoptInt(p.fd, o.level, o.name, o.value); err != nil {
		return fmt.Errorf("%s: %w", o.text, err)
	}
	return nil
}

func sockaddr(a netip.Addr, port int) unix.Sockaddr {
	if a.Is6() {
		return &unix.SockaddrInet6{Addr: a.As16(), Port: port}
	}
	return &unix.SockaddrInet4{Addr: a.As4(), Port: port}
}

// ask sends one echo request, or a datagram.
func (p *pinger) ask(seq int, data []byte) error {
	b := data
	if !p.udp {
		m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: echoID, Seq: seq, Data: data}}
		if p.six {
			m.Type = ipv6.ICMPTypeEchoRequest // the kernel fills in the checksum (RFC 3542 3.1)
		}
		var err error
		if b, err = m.Marshal(nil); err != nil {
			return err
		}
	}
	// An error that an earlier request has met would be told again, in the
	// place of this one's: its details wait in the error queue (ip(7)).
	if _, err := unix.GetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil {
		return os.NewSyscallError("getsockopt SO_ERROR", err)
	}
	p.sent[seq] = time.Now()
	return unix.Sendto(p.fd, b, 0, sockaddr(p.to, p.dport))
}

func (p *pinger) close() {
	_ = unix.Close(p.fd) // a socket without unsent data: nothing can be lost
}

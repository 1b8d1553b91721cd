package run

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"netverify/recording"
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
	source netip.Addr        // of the asking interface; the stack chooses that of the request
	zone   int               // index of the asking interface, where the target is told apart by it alone; else 0
	sent   map[int]time.Time // by sequence number
	size   int               // data bytes of a request

	numbers map[int]int // of the last datagram to each port
}

// question is what a pinger asks of whom.
type question struct {
	from         recording.Ref
	bind         bool // to the interface
	to           netip.Addr
	ttl          int // 0: the stack's default
	dontFragment bool
	udp          bool // datagrams, not echo requests
	sport, dport int  // of datagrams; sport 0: the stack's choice
	segment      int  // data bytes of each datagram, where several are given to the stack as one
}

// pinger opens the socket of the running step. Questions of earlier steps that
// nobody has answered, and that the kernel goes on asking, end first: a request
// for the same neighbour would wait in their queue.
func (s *session) pinger(q question) (*pinger, error) {
	if s.asksAgain() {
		if err := s.cutShort(); err != nil {
			return nil, err
		}
	}
	p := &pinger{question: q, six: q.to.Is6(), sent: make(map[int]time.Time), numbers: make(map[int]int)}
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
	if scoped(q.to) {
		p.zone = index
	}
	if err := s.lab.NS(q.from.Node).Do(p.open); err != nil {
		return nil, fmt.Errorf("socket of %s: %w", q.from, err)
	}
	s.asking = p
	return p, nil
}

// scoped tells whether an address means something on one link only, so that
// the link has to be said with it (RFC 4007 section 6; include/net/ipv6.h:
// __ipv6_addr_needs_scope_id). An application says it as fe80::1%eth0.
func scoped(a netip.Addr) bool {
	return a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast())
}

// open makes the socket, in the namespace of the host that asks.
func (p *pinger) open() error {
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
	if err := p.options(); err != nil {
		p.close()
		return err
	}
	return nil
}

type option struct {
	level, name, value int
	text               string
}

func (p *pinger) options() error {
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
	p.room()
	return p.bindPort()
}

// socketBuffer is more than any queue of a stack keeps of one socket: a neighbour
// that is asked for holds 212,992 bytes (unres_qlen_bytes, Documentation/
// networking/ip-sysctl.rst), as much as a socket gets by default.
const socketBuffer = 4 << 20 // bytes

// room lets requests that wait for a neighbour not be in the way of the next
// ones (an application would sit in sendto(2), this socket is told EAGAIN), and
// answers not be dropped for want of room. Beyond net.core.wmem_max and rmem_max
// it takes CAP_NET_ADMIN; without it the kernel's own measure has to do.
func (p *pinger) room() {
	for _, o := range [][2]int{{unix.SO_SNDBUFFORCE, unix.SO_SNDBUF}, {unix.SO_RCVBUFFORCE, unix.SO_RCVBUF}} {
		if unix.SetsockoptInt(p.fd, unix.SOL_SOCKET, o[0], socketBuffer) != nil {
			_ = unix.SetsockoptInt(p.fd, unix.SOL_SOCKET, o[1], socketBuffer)
		}
	}
}

// bindPort gives datagrams their source port. The address is left to the stack,
// as an application leaves it: which one it chooses, and by which interface a
// group is reached if by any, is what a scenario wants to see. To bind an
// address would decide both (net/ipv4/route.c:ip_route_output_key_hash_rcu).
func (p *pinger) bindPort() error {
	if p.sport == 0 {
		return nil
	}
	wildcard := netip.IPv4Unspecified()
	if p.six {
		wildcard = netip.IPv6Unspecified()
	}
	if err := unix.Bind(p.fd, sockaddr(wildcard, p.sport, 0)); err != nil {
		return fmt.Errorf("bind to port %d: %w", p.sport, err)
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

func (p *pinger) set(o option) error {
	if err := unix.SetsockoptInt(p.fd, o.level, o.name, o.value); err != nil {
		return fmt.Errorf("%s: %w", o.text, err)
	}
	return nil
}

func sockaddr(a netip.Addr, port, zone int) unix.Sockaddr {
	if a.Is6() {
		return &unix.SockaddrInet6{Addr: a.As16(), Port: port, ZoneId: uint32(zone)}
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
	p.sent[seq], p.size, p.numbers[p.dport] = time.Now(), len(data), seq
	err := p.sendTo(b)
	if pending(err) {
		// One that came in since then was told in the place of sending, and is
		// so no more: what comes now is about this request.
		err = p.sendTo(b)
	}
	return err
}

func (p *pinger) sendTo(b []byte) error {
	for {
		if err := unix.Sendto(p.fd, b, 0, sockaddr(p.to, p.dport, p.zone)); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func (p *pinger) close() {
	_ = unix.Close(p.fd) // a socket without unsent data: nothing can be lost
}

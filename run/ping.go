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

	"netverify/craft"
	"netverify/frame"
	"netverify/scenarios"
)

// echoID is the identifier of every echo request; steps are told apart by the
// tag in the data.
const echoID = 0x4e56 // "NV"

// pinger is the raw socket of one ping: the kernel's stack routes, resolves
// and answers; netverify only asks.
type pinger struct {
	fd   int
	six  bool
	from netip.Addr
	to   netip.Addr
	sent map[int]time.Time // by sequence number
}

// ping asks as often as the step says, lets the lab come to rest, and takes
// what the stack hands back. Neighbours that an earlier step failed to resolve
// are forgotten first: the kernel would not ask for them again before its
// retransmission timer.
func (s *session) ping(a *scenarios.Ping) error {
	if err := s.lab.ForgetUnresolved(); err != nil {
		return err
	}
	p := &pinger{six: a.To.Is6(), to: a.To, sent: make(map[int]time.Time)}
	b, ok := s.bindings[a.From.String()]
	if !ok {
		return fmt.Errorf("%s does not exist at this step", a.From)
	}
	if p.from = b.IPv4; p.six {
		p.from = b.IPv6
	}
	if err := s.lab.NS(a.From.Node).Do(func() error { return p.open(a) }); err != nil {
		return fmt.Errorf("ping socket of %s: %w", a.From, err)
	}
	s.asking = p
	for seq := 1; seq <= a.Count; seq++ {
		tag := frame.Tag{Step: s.step, Mark: frame.Stimulus, Seq: seq}
		if err := p.ask(seq, craft.EchoPayload(a.Size, tag, s.rec.Nonce)); err != nil {
			s.refusedToSend(p, seq, err)
			continue
		}
		s.record().Asked++
	}
	return nil
}

// refusedToSend notes that the stack would not even send: an answer of its own
// kind (no route, interface down).
func (s *session) refusedToSend(p *pinger, seq int, err error) {
	name := errnoError[errnoName(err)]
	if name == "" {
		name = err.Error()
	}
	r := s.record()
	r.Replies = append(r.Replies, frame.Reply{At: time.Now().UnixNano(), Seq: seq, From: p.from, Error: name})
}

func (p *pinger) open(a *scenarios.Ping) error {
	domain, proto := unix.AF_INET, unix.IPPROTO_ICMP
	if p.six {
		domain, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	fd, err := unix.Socket(domain, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	p.fd = fd
	if err := p.options(a); err != nil {
		p.close()
		return err
	}
	return nil
}

type option struct {
	level, name, value int
	text               string
}

func (p *pinger) options(a *scenarios.Ping) error {
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
	if a.TTL != 0 {
		if p.six {
			opts = append(opts, option{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, a.TTL, "IPV6_UNICAST_HOPS"})
		} else {
			opts = append(opts, option{unix.IPPROTO_IP, unix.IP_TTL, a.TTL, "IP_TTL"})
		}
	}
	if a.DontFragment && !p.six {
		opts = append(opts, option{unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO, "IP_MTU_DISCOVER"})
	}
	for _, o := range opts {
		if err := unix.SetsockoptInt(p.fd, o.level, o.name, o.value); err != nil {
			return fmt.Errorf("%s: %w", o.text, err)
		}
	}
	if a.Bind {
		if err := unix.BindToDevice(p.fd, a.From.Iface); err != nil {
			return fmt.Errorf("SO_BINDTODEVICE %s: %w", a.From.Iface, err)
		}
	}
	if !p.from.IsValid() {
		return nil // the stack chooses
	}
	if err := unix.Bind(p.fd, sockaddr(p.from)); err != nil {
		return fmt.Errorf("bind to %s: %w", p.from, err)
	}
	return nil
}

func sockaddr(a netip.Addr) unix.Sockaddr {
	if a.Is6() {
		return &unix.SockaddrInet6{Addr: a.As16()}
	}
	return &unix.SockaddrInet4{Addr: a.As4()}
}

// ask sends one echo request.
func (p *pinger) ask(seq int, data []byte) error {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: echoID, Seq: seq, Data: data}}
	if p.six {
		m.Type = ipv6.ICMPTypeEchoRequest // the kernel fills in the checksum (RFC 3542 3.1)
	}
	b, err := m.Marshal(nil)
	if err != nil {
		return err
	}
	// An error that an earlier request has met would be told again, in the
	// place of this one's: its details wait in the error queue (ip(7)).
	if _, err := unix.GetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil {
		return os.NewSyscallError("getsockopt SO_ERROR", err)
	}
	p.sent[seq] = time.Now()
	return unix.Sendto(p.fd, b, 0, sockaddr(p.to))
}

func (p *pinger) close() {
	_ = unix.Close(p.fd) // a socket without unsent data: nothing can be lost
}

package run

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// replies takes what the stack has handed to the socket of the step's ping.
func (s *session) replies(st *scenarios.Step) error {
	switch {
	case st.Arping != nil:
		return s.arpReplies(st.Arping)
	case s.asking != nil:
		return s.asking.read(s.rec, s.step, s.record())
	}
	return nil
}

// maxRead is how much is taken from each queue of a socket at a time.
const maxRead = 20000

// read drains the socket and its error queue.
func (p *pinger) read(rec *recording.Recording, step int, r *recording.StepRecord) error {
	b, oob := make([]byte, 65536), make([]byte, 512)
	for _, flags := range []int{0, unix.MSG_ERRQUEUE} {
		pending := 0
		for range maxRead { // a storm of answers does not hold it
			n, oobn, _, from, err := unix.Recvmsg(p.fd, b, oob, flags|unix.MSG_DONTWAIT)
			if errors.Is(err, unix.EAGAIN) {
				break
			}
			if pending++; err != nil && flags == 0 && pending <= len(p.sent)+1 {
				continue // a request's error: told once, its details are in the error queue
			}
			if err != nil {
				return os.NewSyscallError("recvmsg", err)
			}
			var reply *recording.Reply
			switch {
			case flags != 0:
				reply = p.failure(b[:n], oob[:oobn], from, rec, step)
			case !p.udp:
				reply = p.reply(b[:n], oob[:oobn], from, rec, step)
			}
			if reply != nil {
				r.Replies = append(r.Replies, *reply)
			}
		}
	}
	return nil
}

// reply makes a Reply of an echo reply to this step; nil if it is another's.
func (p *pinger) reply(b, oob []byte, from unix.Sockaddr, rec *recording.Recording, step int) *recording.Reply {
	r := &recording.Reply{At: time.Now().UnixNano()}
	proto := 58
	if !p.six {
		proto = 1
		hdr, err := ipv4.ParseHeader(b)
		if err != nil || hdr.Len > len(b) {
			return nil
		}
		r.TTL = hdr.TTL
		b = b[hdr.Len:]
	}
	m, err := icmp.ParseMessage(proto, b)
	if err != nil || m.Type != ipv4.ICMPTypeEchoReply && m.Type != ipv6.ICMPTypeEchoReply {
		return nil
	}
	echo, ok := m.Body.(*icmp.Echo)
	if !ok || echo.ID != echoID {
		return nil
	}
	// The same data come back (RFC 792, RFC 4443 4.2), and with them the tag
	// where there is room for it.
	if tag, ok := frame.FindTag(echo.Data, rec.Nonce); ok && tag.Step != step || ok != (p.size >= frame.TagLen) {
		return nil
	}
	r.Seq = echo.Seq
	switch a := from.(type) {
	case *unix.SockaddrInet4:
		r.From = netip.AddrFrom4(a.Addr)
	case *unix.SockaddrInet6:
		r.From = netip.AddrFrom16(a.Addr)
	}
	p.control(oob, r)
	if t, ok := p.sent[r.Seq]; ok {
		r.RTT = r.At - t.UnixNano()
	}
	return r
}

// control reads time and hop limit from the ancillary data.
func (p *pinger) control(oob []byte, r *recording.Reply) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for _, m := range msgs {
		switch {
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16:
			r.At = int64(binary.NativeEndian.Uint64(m.Data))*1e9 + int64(binary.NativeEndian.Uint64(m.Data[8:]))
		case m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_HOPLIMIT && len(m.Data) >= 4:
			r.TTL = int(int32(binary.NativeEndian.Uint32(m.Data)))
		}
	}
}

// failure makes a Reply of an entry of the error queue (ip(7), IP_RECVERR):
// b is the data of the request that failed, of an echo request with its ICMP
// header (raw_err in net/ipv4/raw.c, __udp4_lib_err in net/ipv4/udp.c), and to
// is where it was sent. nil if that was another's. Where an error quotes too
// little for the tag, the identifier tells, and of a traceroute's datagrams the
// port, which counts up.
func (p *pinger) failure(b, oob []byte, to unix.Sockaddr, rec *recording.Recording, step int) *recording.Reply {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	r := &recording.Reply{At: time.Now().UnixNano(), Error: "unknown"}
	tag, tagged := frame.FindTag(b, rec.Nonce)
	switch {
	case tagged && tag.Step != step:
		return nil
	case tagged:
		r.Seq = tag.Seq
	case !p.udp:
		if len(b) < 8 || b[0] != 8 && b[0] != 128 || binary.BigEndian.Uint16(b[4:]) != echoID {
			return nil
		}
		r.Seq = int(binary.BigEndian.Uint16(b[6:]))
	default:
		r.Seq = p.numbers[portOf(to)]
	}
	for _, m := range msgs {
		v4 := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR
		v6 := m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		// struct sock_extended_err: ee_errno u32, ee_origin, ee_type, ee_code u8, pad, ee_info, ee_data u32; then the offender's address.
		if (!v4 && !v6) || len(m.Data) < 16 {
			continue
		}
		errno := unix.Errno(binary.NativeEndian.Uint32(m.Data))
		r.Error = icmpError(errno, m.Data[4], m.Data[5], m.Data[6], v6)
		r.From = offender(m.Data[16:], v6)
	}
	return r
}

func portOf(a unix.Sockaddr) int {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	}
	return 0
}

// offender is SO_EE_OFFENDER: a sockaddr_in or sockaddr_in6.
func offender(b []byte, six bool) netip.Addr {
	switch {
	case six && len(b) >= 24 && binary.NativeEndian.Uint16(b) == unix.AF_INET6:
		return netip.AddrFrom16([16]byte(b[8:24]))
	case !six && len(b) >= 8 && binary.NativeEndian.Uint16(b) == unix.AF_INET:
		return netip.AddrFrom4([4]byte(b[4:8]))
	}
	return netip.Addr{}
}

// icmpError names an ICMP error as scenarios do (RFC 792, RFC 4443).
func icmpError(errno unix.Errno, origin, typ, code byte, six bool) string {
	const local = 1 // SO_EE_ORIGIN_LOCAL
	if origin != local {
		if name := map[[3]byte]string{
			{0, 3, 0}: "net-unreachable", {0, 3, 1}: "host-unreachable", {0, 3, 3}: "port-unreachable",
			{0, 3, 4}: "too-big", {0, 3, 13}: "prohibited", {0, 11, 0}: "ttl-exceeded",
			{1, 1, 0}: "net-unreachable", {1, 1, 1}: "prohibited", {1, 1, 3}: "host-unreachable",
			{1, 1, 4}: "port-unreachable", {1, 2, 0}: "too-big", {1, 3, 0}: "ttl-exceeded",
		}[[3]byte{bit(six), typ, code}]; name != "" {
			return name
		}
	}
	if name := errnoError[errno]; name != "" {
		return name
	}
	return errno.Error()
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

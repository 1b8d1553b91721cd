// Package frametest has frames for tests: every protocol of the field table,
// tagged and quoted and broken, and a capture file of them for other programs.
package frametest

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"

	"netverify/frame"
)

// Named is a frame with a name for messages.
type Named struct {
	Name string
	Data []byte
}

const (
	macA  = "020000000001"
	macB  = "020000000002"
	bcast = "ffffffffffff"
	ipA   = "c0000201" // 192.0.2.1
	ipB   = "c0000202"
	ip6A  = "20010db8000000000000000000000001"
	ip6B  = "20010db8000000000000000000000002"
	llA   = "fe80000000000000000000fffe000001"
	text  = "6e6574766572696679206f7261636c65" // 16 bytes that no dissector takes for a timestamp
)

// unhex joins hexadecimal digits; blanks are for the eye.
func unhex(parts ...string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(parts, ""), " ", ""))
	if err != nil {
		panic(err) // a typing error in this file
	}
	return b
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func eth(dst, src, rest string, payload ...[]byte) []byte {
	return join(append([][]byte{unhex(dst, src, rest)}, payload...)...)
}

// sum sets the Internet checksum of b at off, begun with extra.
func sum(b []byte, off int, extra uint32) []byte {
	b[off], b[off+1] = 0, 0
	s := extra
	for i := 0; i < len(b); i += 2 {
		s += uint32(b[i]) << 8
		if i+1 < len(b) {
			s += uint32(b[i+1])
		}
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	b[off], b[off+1] = ^byte(s>>8), ^byte(s)
	return b
}

// pseudo is the sum of a pseudo header.
func pseudo(addrs []byte, proto, n int) uint32 {
	s := uint32(proto + n)
	for i := 0; i < len(addrs); i += 2 {
		s += uint32(addrs[i])<<8 | uint32(addrs[i+1])
	}
	return s
}

// ip4 puts an IPv4 header before payload. flags are flags and fragment offset.
func ip4(src, dst string, proto, ttl int, flags uint16, payload []byte, options ...byte) []byte {
	hl := 20 + len(options)
	n := hl + len(payload)
	h := unhex("45b8 0000 1234 0000 0000 0000", src, dst)
	h[0] = 0x40 | byte(hl/4)
	h[2], h[3], h[6], h[7], h[8], h[9] = byte(n>>8), byte(n), byte(flags>>8), byte(flags), byte(ttl), byte(proto)
	return join(sum(append(h, options...), 10, 0), payload)
}

func ip6(src, dst string, next, hlim int, payload []byte) []byte {
	h := unhex("6b812345 0000 0000", src, dst)
	h[4], h[5], h[6], h[7] = byte(len(payload)>>8), byte(len(payload)), byte(next), byte(hlim)
	return join(h, payload)
}

func icmp(parts ...string) []byte { return sum(unhex(parts...), 2, 0) }

func icmp6(src, dst string, parts ...string) []byte {
	b := unhex(parts...)
	return ip6(src, dst, 58, 255, sum(b, 2, pseudo(unhex(src, dst), 58, len(b))))
}

func udp4(src, dst string, payload string) []byte {
	b := unhex("a001 a002 0000 0000", payload)
	b[4], b[5] = byte(len(b)>>8), byte(len(b))
	return sum(b, 6, pseudo(unhex(src, dst), 17, len(b)))
}

func tcp4(src, dst string, flags, payload string) []byte {
	b := unhex("a003 a004 01020304 05060708 ", flags, " 2000 0000 0000", payload)
	return sum(b, 16, pseudo(unhex(src, dst), 6, len(b)))
}

func pad(b []byte, n int) []byte {
	for len(b) < n {
		b = append(b, 0)
	}
	return b
}

// Whole returns well-formed frames, and such as stacks and testers send that
// are wrong in one thing.
func Whole() []Named {
	return append(append(linkFrames(), ipv4Frames()...), ipv6Frames()...)
}

func linkFrames() []Named {
	request := unhex("0001 0800 06 04 0001", macA, ipA, "000000000000", ipB)
	echo := ip4(ipA, ipB, 1, 64, 0x4000, icmp("0800 0000 1234 0001", text))
	bpdu := unhex("4242 03 0000 02 02 3c 8001", macA, "00000004 8002", macB, "8001 0100 1400 0200 0f00 00")
	return []Named{
		{"arp request", eth(bcast, macA, "0806", request)},
		{"arp request padded", pad(eth(bcast, macA, "0806", request), 60)},
		{"arp reply", eth(macA, macB, "0806 0001 0800 06 04 0002", unhex(macB, ipB, macA, ipA))},
		{"arp probe", eth(bcast, macA, "0806 0001 0800 06 04 0001", unhex(macA, "00000000", "000000000000", ipB))},
		{"arp announcement", eth(bcast, macA, "0806 0001 0800 06 04 0001", unhex(macA, ipA, "000000000000", ipA))},
		{"arp gratuitous request", eth(bcast, macA, "0806 0001 0800 06 04 0001", unhex(macA, ipA, bcast, ipA))},
		{"arp gratuitous reply", eth(bcast, macA, "0806 0001 0800 06 04 0002", unhex(macA, ipA, bcast, ipA))},
		{"arp unknown opcode", eth(bcast, macA, "0806 0001 0800 06 04 0009", unhex(macA, ipA, bcast, ipB))},
		{"arp other hardware", eth(bcast, macA, "0806 0007 0800 02 04 0001", unhex("0102", ipA, "0304", ipB))},
		{"arp other protocol", eth(bcast, macA, "0806 0001 88b5 06 02 0001", unhex(macA, "0102", bcast, "0304"))},
		{"rarp request", eth(bcast, macA, "8035 0001 0800 06 04 0003", unhex(macA, "00000000", macA, "00000000"))},
		{"rarp reply, tagged", eth(macA, macB, "8100 000a 8035 0001 0800 06 04 0004", unhex(macB, ipB, macA, ipA))},
		{"inverse arp request", eth(macB, macA, "0806 0001 0800 06 04 0008", unhex(macA, ipA, macB, "00000000"))},
		{"inverse arp reply", eth(macB, macA, "0806 0001 0800 06 04 0009", unhex(macA, ipA, macB, ipB))},
		{"snap rarp", eth(macB, macA, "0024 aaaa 03 000000 8035 0001 0800 06 04 0004", unhex(macA, ipA, macB, ipA))},
		{"vlan 10 arp", eth(bcast, macA, "8100 600a 0806", request)},
		{"vlan 10 dei echo", eth(macB, macA, "8100 f00a 0800", echo)},
		{"priority tag", eth(macB, macA, "8100 e000 0800", echo)},
		{"vlan 4095", eth(macB, macA, "8100 0fff 0800", echo)},
		{"two 802.1Q tags", eth(macB, macA, "8100 200a 8100 4014 0800", echo)},
		{"three 802.1Q tags", eth(macB, macA, "8100 200a 8100 4014 8100 001e 0800", echo)},
		{"service and customer tag", eth(macB, macA, "88a8 3064 8100 600a 0800", echo)},
		{"service tag alone", eth(macB, macA, "88a8 5064 0806", request)},
		{"two service tags", eth(macB, macA, "88a8 0064 88a8 00c8 0800", echo)},
		{"three service tags", eth(macB, macA, "88a8 0064 88a8 00c8 88a8 012c 0800", echo)},
		{"service tag in 802.1Q", eth(macB, macA, "8100 0064 88a8 00c8 0800", echo)},
		{"9100 and 8100", eth(macB, macA, "9100 0064 8100 00c8 0800", echo)},
		{"9200", eth(macB, macA, "9200 0064 8100 00c8 0800", echo)},
		{"802.3 length in a tag", eth("0180c2000000", macA, "8100 000a 0026", bpdu)},
		{"stp rst", pad(eth("0180c2000000", macA, "0027", bpdu, unhex("00")), 60)},
		{"stp configuration", pad(eth("0180c2000000", macA, "0026 4242 03 0000 00 00 81 8000", unhex(macB, "00000000 8000", macB, "8002 0000 1400 0200 0f00")), 60)},
		{"stp topology change", pad(eth("0180c2000000", macA, "0007 4242 03 0000 00 80"), 60)},
		{"stp unknown version", pad(eth("0180c2000000", macA, "0026 4242 03 0000 07 00 81 8000", unhex(macB, "00000000 8000", macB, "8002 0000 1400 0200 0f00")), 60)},
		{"llc xid", eth(macB, macA, "0006 6e6f bf 010203")},
		{"llc two control bytes", eth(macB, macA, "0006 6e6f 0102 0102")},
		{"llc information", eth(macB, macA, "0006 6e6f 0002 0102")},
		{"snap arp", eth(bcast, macA, "0024 aaaa 03 000000 0806", request)},
		{"snap organization", eth(bcast, macA, "000c aaaa 03 00ffee 1234 01020304")},
		{"unknown ethertype", eth(macB, macA, "88b5", unhex(text))},
		{"unknown ethertype, nothing behind", eth(macB, macA, "88b5")},
		{"group source", eth(macB, "030000000001", "88b5", unhex(text))},
		{"neither length nor type", eth(macB, macA, "05dd", unhex(text))},
		{"length longer than the frame", eth(macB, macA, "0064 6e6e 03 010203")},
	}
}

func ipv4Frames() []Named {
	wire := func(name string, packet []byte) Named { return Named{name, eth(macB, macA, "0800", packet)} }
	echo := icmp("0800 0000 1234 0001", text)
	inner := ip4(ipA, ipB, 17, 1, 0, udp4(ipA, ipB, text))
	innerEcho := ip4(ipA, ipB, 1, 1, 0x4000, echo)
	innerTCP := ip4(ipA, ipB, 6, 1, 0x4000, tcp4(ipA, ipB, "5002", ""))
	quote := func(head string, b []byte) []byte { return ip4(ipB, ipA, 1, 64, 0, icmp(head, hex.EncodeToString(b))) }
	broken := ip4(ipA, ipB, 1, 64, 0, echo)
	broken[10] ^= 0x55
	udpBroken := udp4(ipA, ipB, text)
	udpBroken[6] ^= 0x55
	udpNone := udp4(ipA, ipB, text)
	udpNone[6], udpNone[7] = 0, 0
	tso := ip4(ipA, ipB, 6, 64, 0x4000, tcp4(ipA, ipB, "5018", text))
	tso[2], tso[3] = 0, 0
	return []Named{
		wire("echo request", ip4(ipA, ipB, 1, 64, 0x4000, echo)),
		wire("echo reply", ip4(ipB, ipA, 1, 63, 0, icmp("0000 0000 1234 0001", text))),
		{"echo padded", pad(eth(macB, macA, "0800", ip4(ipA, ipB, 1, 64, 0, icmp("0800 0000 0102 0304 aa"))), 60)},
		wire("echo without data", ip4(ipA, ipB, 1, 64, 0, icmp("0800 0000 0102 0304"))),
		wire("echo wrong checksum", ip4(ipA, ipB, 1, 64, 0, unhex("0800 1234 0102 0304", text))),
		wire("ip wrong checksum", broken),
		wire("ip options", ip4(ipA, ipB, 1, 64, 0, echo, 0x94, 0x04, 0, 0)),
		wire("udp", ip4(ipA, ipB, 17, 64, 0x4000, udp4(ipA, ipB, text))),
		wire("udp broadcast", ip4(ipA, "ffffffff", 17, 64, 0, udp4(ipA, "ffffffff", text))),
		wire("udp empty", ip4(ipA, ipB, 17, 64, 0, udp4(ipA, ipB, ""))),
		wire("udp wrong checksum", ip4(ipA, ipB, 17, 64, 0, udpBroken)),
		wire("udp without checksum", ip4(ipA, ipB, 17, 64, 0, udpNone)),
		wire("tcp syn", ip4(ipA, ipB, 6, 64, 0x4000, tcp4(ipA, ipB, "6002", "020405b4"))),
		wire("tcp data", ip4(ipA, ipB, 6, 64, 0x4000, tcp4(ipA, ipB, "5018", text))),
		wire("tcp odd flags", ip4(ipA, ipB, 6, 64, 0x4000, tcp4(ipA, ipB, "5fe5", text))),
		wire("tcp super frame", tso),
		wire("first fragment", ip4(ipA, ipB, 1, 64, 0x2000, echo)),
		wire("middle fragment", ip4(ipA, ipB, 1, 64, 0x2003, unhex(text))),
		wire("last fragment", ip4(ipA, ipB, 1, 64, 0x0005, unhex(text))),
		wire("first fragment udp", ip4(ipA, ipB, 17, 64, 0x2000, udp4(ipA, ipB, text))),
		wire("port unreachable", quote("0303 0000 00000000", inner)),
		wire("port unreachable, 8 bytes quoted", quote("0303 0000 00000000", inner[:28])),
		wire("host unreachable", quote("0301 0000 00000000", innerEcho)),
		wire("time exceeded", quote("0b00 0000 00000000", innerEcho[:28])),
		wire("time exceeded of tcp", quote("0b00 0000 00000000", innerTCP[:28])),
		wire("time exceeded of tcp, whole", quote("0b00 0000 00000000", innerTCP)),
		wire("fragmentation needed", quote("0304 0000 000005dc", innerEcho)),
		wire("redirect", quote("0501 0000 c00002fe", innerEcho[:28])),
		wire("error about a fragment", quote("0b01 0000 00000000", ip4(ipA, ipB, 1, 64, 0x2003, unhex(text)))),
		wire("icmp timestamp", ip4(ipA, ipB, 1, 64, 0, icmp("0d00 0000 0001 0002 00000001 00000002 00000003"))),
		wire("igmp v1 report", ip4(ipA, "e0000116", 2, 1, 0, icmp("1200 0000 e0000116"))),
		wire("igmp v2 report", ip4(ipA, "e0000116", 2, 1, 0, icmp("1600 0000 e0000116"), 0x94, 4, 0, 0)),
		wire("igmp leave", ip4(ipA, "e0000002", 2, 1, 0, icmp("1700 0000 e0000116"), 0x94, 4, 0, 0)),
		wire("igmp v2 query", ip4(ipA, "e0000001", 2, 1, 0, icmp("1164 0000 00000000"), 0x94, 4, 0, 0)),
		wire("igmp v3 query", ip4(ipA, "e0000001", 2, 1, 0, icmp("1164 0000 e0000116 027d 0001 c0000209"), 0x94, 4, 0, 0)),
		wire("igmp v3 report", ip4(ipA, "e0000016", 2, 1, 0, icmp("2200 0000 0000 0002 04000000 e000006a 03000002 e0000117 c0000209 c000020a"), 0x94, 4, 0, 0)),
		wire("unknown protocol", ip4(ipA, ipB, 253, 64, 0, unhex(text))),
		wire("ip in ip", ip4(ipA, ipB, 4, 64, 0, innerEcho)),
		wire("ipv6 in ip", ip4(ipA, ipB, 41, 64, 0, icmp6(ip6A, ip6B, "8000 0000 0001 0002", text))),
		wire("ttl 1", ip4(ipA, ipB, 1, 1, 0, echo)),
		wire("no payload", ip4(ipA, ipB, 1, 64, 0, nil)),
		wire("version 5", unhex("55000014 00000000 40010000", ipA, ipB)),
		wire("header length 16", unhex("44000014 00000000 40010000", ipA, ipB)),
		wire("length below header", unhex("45000010 00000000 40010000", ipA, ipB)),
		wire("length above frame", unhex("45000064 00000000 40010000", ipA, ipB, "0800 0000 0001 0002")),
	}
}

func ipv6Frames() []Named {
	wire := func(name string, packet []byte) Named { return Named{name, eth("3333ff000002", macA, "86dd", packet)} }
	inner := icmp6(ip6A, ip6B, "8000 0000 0001 0002", text)
	sol := "ff0200000000000000000001ff000002"
	all := "ff020000000000000000000000000001"
	ext := func(next string, b []byte) []byte { return unhex(next, hex.EncodeToString(b)) }
	echo := inner[40:]
	u := udp4(ipA, ipB, text)
	u = sum(u, 6, pseudo(unhex(ip6A, ip6B), 17, len(u)))
	return []Named{
		wire("echo request 6", inner),
		wire("echo reply 6", icmp6(ip6B, ip6A, "8100 0000 0001 0002", text)),
		wire("echo wrong checksum 6", ip6(ip6A, ip6B, 58, 64, unhex("8000 1234 0001 0002", text))),
		wire("neighbour solicitation", icmp6(llA, sol, "8700 0000 00000000", ip6B, "0101", macA)),
		wire("duplicate address detection", icmp6("00000000000000000000000000000000", sol, "8700 0000 00000000", ip6B, "0e01 0102 0304 0506")),
		wire("neighbour advertisement", icmp6(ip6B, llA, "8800 0000 60000000", ip6B, "0201", macB)),
		wire("unsolicited advertisement", icmp6(ip6B, all, "8800 0000 a0000000", ip6B, "0201", macB)),
		wire("router solicitation", icmp6(llA, "ff020000000000000000000000000002", "8500 0000 00000000 0101", macA)),
		wire("router advertisement", icmp6(llA, all, "8600 0000 40c0 0708 00001388 000003e8 0101", macA, "0501 0000 000005dc 0304 40c0 00015180 00003840 00000000", ip6A)),
		wire("redirect 6", icmp6(llA, ip6A, "8900 0000 00000000", llA, ip6B, "0201", macB)),
		wire("nd option of length 0", icmp6(llA, sol, "8700 0000 00000000", ip6B, "0100", macA)),
		wire("nd option cut", icmp6(llA, sol, "8700 0000 00000000", ip6B, "0102", macA)),
		wire("mld v1 query", icmp6(llA, all, "8200 0000 2710 0000", "00000000000000000000000000000000")),
		wire("mld v1 report", icmp6(llA, sol, "8300 0000 0000 0000", sol)),
		wire("mld v1 done", icmp6(llA, "ff020000000000000000000000000002", "8400 0000 0000 0000", sol)),
		wire("mld v2 query", icmp6(llA, all, "8200 0000 2710 0000", sol, "0a7d 0001", ip6A)),
		wire("mld v2 report", ip6(llA, "ff020000000000000000000000000016", 0, 1, ext("3a00 0502 0000 0100", mldReport(llA, sol)))),
		wire("udp 6", ip6(ip6A, ip6B, 17, 64, u)),
		wire("unreachable 6", icmp6(ip6B, ip6A, "0104 0000 00000000", hex.EncodeToString(inner))),
		wire("unreachable 6, little quoted", icmp6(ip6B, ip6A, "0103 0000 00000000", hex.EncodeToString(inner[:48]))),
		wire("packet too big", icmp6(ip6B, ip6A, "0200 0000 00000500", hex.EncodeToString(inner))),
		wire("time exceeded 6", icmp6(ip6B, ip6A, "0300 0000 00000000", hex.EncodeToString(inner))),
		wire("first fragment 6", ip6(ip6A, ip6B, 44, 64, ext("3a00 0001 00001234", echo))),
		wire("last fragment 6", ip6(ip6A, ip6B, 44, 64, ext("3a00 0018 00001234", unhex(text)))),
		wire("atomic fragment 6", ip6(ip6A, ip6B, 44, 64, ext("3a00 0000 00001234", echo))),
		wire("destination options", ip6(ip6A, ip6B, 60, 64, ext("3a00 0104 0000 0000", echo))),
		wire("routing header", ip6(ip6A, ip6B, 43, 64, ext("3a02 0000 00000000"+ip6B, echo))),
		wire("no next header", ip6(ip6A, ip6B, 59, 64, nil)),
		wire("unknown next header", ip6(ip6A, ip6B, 253, 64, unhex(text))),
		wire("unknown icmpv6 type", icmp6(ip6A, ip6B, "c800 0000 00000000", text)),
		wire("version 4 under 86dd", ip4(ipA, ipB, 1, 64, 0, icmp("0800 0000 1234 0001", text))),
		{"echo padded 6", eth(macB, macA, "8100 000a 86dd", inner, unhex("000000000000"))},
	}
}

func mldReport(src, group string) []byte {
	dst := "ff020000000000000000000000000016"
	b := unhex("8f00 0000 0000 0002 0400 0000", group, "0300 0002", group, ip6A, ip6B)
	return sum(b, 2, pseudo(unhex(src, dst), 58, len(b)))
}

// Broken returns the frames of Whole cut to every length, as if sent so.
func Broken() []Named {
	var all []Named
	for _, f := range Whole() {
		for n := range len(f.Data) {
			all = append(all, Named{fmt.Sprintf("%s, first %d bytes", f.Name, n), f.Data[:n:n]})
		}
	}
	return all
}

// Mutated returns n frames of Whole with some bytes changed, the same at each call.
func Mutated(n int, seed uint64) []Named {
	r := rand.New(rand.NewPCG(seed, 1))
	whole := Whole()
	all := make([]Named, 0, n)
	for i := range n {
		f := whole[r.IntN(len(whole))]
		b := append([]byte(nil), f.Data...)
		for range 1 + r.IntN(3) {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		all = append(all, Named{fmt.Sprintf("%s, mutation %d", f.Name, i), b})
	}
	return all
}

// Beyond tells whether a frame is among those that package frame documents to
// read otherwise than Wireshark does (doc.go).
func Beyond(f frame.Frame) bool {
	for d := f.Decode(); d != nil; {
		var quoted *frame.Decoded
		switch {
		case d.ARP != nil:
			return d.ARP.HardwareType == 0x13 // ATM
		case d.STP != nil:
			return string(d.Dst[:5]) == "\x01\x80\xc2\x00\x00" && d.Dst[5]&0xf0 == 0x20 // GARP
		case d.EtherType == 0x8181 || d.EtherType == 0x8870:
			return true // STP and LLC behind an EtherType
		case d.LLC != nil && d.LLC.Control&0xef == 0xaf:
			return true // XID
		case d.EtherType == 0x0800 && d.IPv4 == nil && d.IPv6 != nil:
			return true
		}
		if h := d.IPv4; h != nil && (h.HeaderLen > 20 || beyondIP(h.Proto) || h.Proto == 0 || h.Proto == 43 || h.Proto == 44 || h.Proto == 60 || h.Proto == 2 && d.IGMP == nil) {
			return true
		}
		if h := d.IPv6; h != nil && (beyondIP(h.Upper) || h.Upper == 2) {
			return true
		}
		if m := d.ICMP; m != nil {
			quoted = m.Quoted
			if m.Type == 9 || quoted != nil && m.Word>>16&0xff != 0 {
				return true
			}
		}
		if m := d.ICMPv6; m != nil {
			quoted = m.Quoted
			if m.Type >= 138 && m.Type != 143 || quoted != nil && m.Body[0] != 0 {
				return true
			}
		}
		if quoted != nil && quoted.IPv4 == nil && quoted.IPv6 == nil {
			return true
		}
		if quoted != nil && quoted.TCP != nil && quoted.TCP.HeaderLen > 20 {
			return true
		}
		d = quoted
	}
	return false
}

// beyondIP are protocols that Wireshark decodes by protocols known here.
func beyondIP(proto uint8) bool { return proto == 143 || proto == 97 }

// Views numbers frames and gives them the rest that a capture says.
func Views(frames []Named) []frame.View {
	points := [...]string{"c1:eth0", "c2:eth0", "sw:p1"}
	views := make([]frame.View, len(frames))
	for i, f := range frames {
		views[i] = frame.View{
			Frame: frame.New(f.Data), Number: i + 1, Interface: points[i%len(points)],
			At: 1700000000_000000000 + int64(i)*1_000_001, Dir: frame.Direction(i%2 + 1), Type: frame.PacketType(i / 2 % 4),
		}
	}
	return views
}

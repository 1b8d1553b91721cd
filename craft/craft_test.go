package craft

import (
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"netverify/frame"
	"netverify/recording"
)

var (
	testNonce    = [8]byte{0xa0, 0xa1, 0xa2, 0xa3, 0x5c, 0x36, 0xa9, 0x99} // not within the pattern of ping(8)
	testTag      = frame.Tag{Step: 3, Mark: frame.Stimulus, Seq: 7}
	testTagHex   = "a0a1a2a35c36a999" + "0003" + "01" + "00" + "00000007"
	testBindings = recording.Bindings{
		"c1:eth0": {MAC: [6]byte{2, 0, 0, 0, 0, 0xc1}, IPv4: netip.MustParseAddr("192.0.2.1"), IPv6: netip.MustParseAddr("2001:db8::c1")},
		"c2:eth0": {MAC: [6]byte{2, 0, 0, 0, 0, 0xc2}, IPv4: netip.MustParseAddr("192.0.2.2"), IPv6: netip.MustParseAddr("2001:db8::2:34:c2")},
		"l2:eth0": {MAC: [6]byte{2, 0, 0, 0, 0, 0x12}},
	}
)

// parse decodes what a scenario writes under `frame:`.
func parse(t testing.TB, text string) *Spec {
	t.Helper()
	var s Spec
	if err := yaml.UnmarshalWithOptions([]byte(text), &s, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &s
}

// goldens are frames whose bytes were written down by hand from the RFCs and
// IEEE standards, field by field.
var goldens = []struct{ name, spec, want string }{
	{"ARP request for a sibling",
		`{arp: {opcode: request, sender: "@c1:eth0", target: "@c2:eth0"}}`,
		"ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000201 000000000000 c0000202 TAG"},
	{"ARP reply without nonce is 42 bytes",
		`{arp: {opcode: reply, sender: "@c1:eth0", target: "@c2:eth0"}, nonce: none}`,
		"0200000000c2 0200000000c1 0806 0001 0800 06 04 0002 0200000000c1 c0000201 0200000000c2 c0000202"},
	{"ARP probe of RFC 5227",
		`{arp: {opcode: probe, sender: "@l2:eth0", target: 192.0.2.9}, nonce: none}`,
		"ffffffffffff 020000000012 0806 0001 0800 06 04 0001 020000000012 00000000 000000000000 c0000209"},
	{"ARP announcement of RFC 5227",
		`{arp: {opcode: announcement, sender: "@c1:eth0"}, nonce: none}`,
		"ffffffffffff 0200000000c1 0806 0001 0800 06 04 0001 0200000000c1 c0000201 000000000000 c0000201"},
	{"gratuitous ARP reply",
		`{arp: {opcode: gratuitous, sender: "@c1:eth0"}, nonce: none}`,
		"ffffffffffff 0200000000c1 0806 0001 0800 06 04 0002 0200000000c1 c0000201 0200000000c1 c0000201"},
	{"ARP with wrong sizes, types and foreign MACs",
		`{eth: {src: "@c1:eth0", dst: "@c2:eth0"}, arp: {opcode: 9, sender_mac: 02:00:00:00:00:99, sender_ip: 192.0.2.3, target_ip: 192.0.2.4, target_mac: broadcast, hw_type: 6, proto_type: 0x86dd, hw_size: 255, proto_size: 0}, nonce: none}`,
		"0200000000c2 0200000000c1 0806 0006 86dd ff 00 0009 020000000099 c0000203 ffffffffffff c0000204"},
	{"bare payload in two tags",
		`{eth: {src: "@c1:eth0", dst: broadcast}, vlan: [{id: 20, priority: 5, dei: true, tpid: 0x88a8}, {id: 10, priority: 3}], payload: {text: hi}, nonce: none}`,
		"ffffffffffff 0200000000c1 88a8 b014 8100 600a 88b5 6869"},
	{"priority tag with a wrong inner ethertype",
		`{eth: {src: "@c1:eth0", dst: broadcast, type: 0x0800}, vlan: [{id: 0, priority: 7, etype: 0x1234}], payload: {hex: "00 ff"}}`,
		"ffffffffffff 0200000000c1 8100 e000 1234 00ff TAG"},
	{"echo request",
		`{ip: {src: "@c1:eth0", dst: "@c2:eth0"}, icmp: {type: echo-request}, payload: {text: ab}, nonce: none}`,
		"0200000000c2 0200000000c1 0800 45 00 001e 0000 0000 40 01 f6db c0000201 c0000202 08 00 969b 0001 0001 6162"},
	{"every IPv4 field wrong",
		`{eth: {src: "@c1:eth0", dst: "@c2:eth0"}, ip: {src: 192.0.2.1, dst: 192.0.2.2, version: 5, hdr_len: 60, len: 65535, id: 0xbeef, flags: [df, mf, rb], frag_offset: 8191, ttl: 0, proto: tcp, dsfield: 255, checksum: 0x1234}, nonce: none}`,
		"0200000000c2 0200000000c1 0800 5f ff ffff beef ffff 00 06 1234 c0000201 c0000202"},
	{"UDP to a group with wrong length and no checksum",
		`{ip: {src: "@c1:eth0", dst: 239.129.2.3}, udp: {srcport: 1, dstport: 2, length: 3, checksum: 0}, nonce: none}`,
		"01005e010203 0200000000c1 0800 45 00 001c 0000 0000 40 11 c74b c0000201 ef810203 0001 0002 0003 0000"},
	{"pad counts the tag in, cut comes last",
		`{eth: {src: "@c1:eth0", dst: broadcast}, payload: {hex: "01"}, nonce: none, pad: 60, cut: 17}`,
		"ffffffffffff 0200000000c1 88b5 01 0000"},
	{"runt by hex", `{hex: "ff:ff:ff 00"}`, "ffffff00"},
	{"802.3 with LLC, length computed",
		`{eth: {src: "@c1:eth0", dst: 01:80:c2:00:00:0e}, llc: {dsap: 0xaa, ssap: 0xab}, payload: {hex: "0102"}, nonce: none, pad: 20}`,
		"0180c200000e 0200000000c1 0005 aa ab 03 0102 00"},
	{"802.3 length inside a tag, wrong",
		`{eth: {src: "@c1:eth0", dst: broadcast, len: 1500}, vlan: [{id: 4095}], payload: {hex: "e0e0"}, nonce: none}`,
		"ffffffffffff 0200000000c1 8100 0fff 05dc e0e0"},
	{"topology change notification",
		`{eth: {src: "@c1:eth0"}, stp: {type: 0x80}}`,
		"0180c2000000 0200000000c1 0007 42 42 03 0000 00 80 TAG"},
	{"configuration BPDU",
		`{eth: {src: "@c1:eth0"}, stp: {root: "@c2:eth0", root_prio: 4096, cost: 4, flags: 1}, nonce: none}`,
		"0180c2000000 0200000000c1 0026 42 42 03 0000 00 00 01 1000 0200000000c2 00000004 8000 0200000000c1 8001 0000 1400 0200 0f00"},
}

func TestBuildGoldens(t *testing.T) {
	for _, tt := range goldens {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Build(parse(t, tt.spec), testBindings, testTag, testNonce)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(strings.ReplaceAll(tt.want, "TAG", testTagHex), " ", "")
			if hex.EncodeToString(got) != want {
				t.Errorf("\n got %x\nwant %s", got, want)
			}
		})
	}
}

func TestValidateReportsAllErrorsWithPaths(t *testing.T) {
	for _, tt := range []struct{ name, spec, want string }{
		{"nothing at all", `{}`, "the frame is empty: write eth, arp, ip, ipv6 or hex"},
		{"hex beside a layer", `{hex: "00", pad: 60}`, "hex: stands alone: it is the whole frame"},
		{"bad hex", `{hex: "0g"}`, "hex: invalid byte: U+0067 'g'"},
		{"odd hex", `{hex: "000"}`, "hex: odd number of hexadecimal digits: 3"},
		{"blank hex", `{hex: " "}`, "hex: no hexadecimal digits"},
		{"several at once", `{eth: {src: "@c1", dst: nowhere}, vlan: [{id: 1}, {id: 5000, priority: 8, tpid: 65536}]}`,
			`eth.src: "@c1" is not of the form @node:interface
eth.dst: "nowhere" is not a MAC address, broadcast or @node:interface
vlan[1].tpid: 65536 is out of range 0-65535
vlan[1].priority: 8 is out of range 0-7
vlan[1].id: 5000 is out of range 0-4095`},
		{"no addresses", `{eth: {}, payload: {text: x}}`, "eth.src: is missing, and nothing else in the frame says it\neth.dst: is missing, and nothing else in the frame says it"},
		{"two network layers", `{eth: {src: "@c1:eth0", dst: broadcast}, arp: {opcode: probe, target: 192.0.2.1}, ip: {src: 192.0.2.1, dst: 192.0.2.2}}`,
			"ip: cannot stand beside arp in one frame"},
		{"transport without network", `{eth: {src: "@c1:eth0", dst: broadcast}, udp: {dstport: 1}}`, "udp: needs ip or ipv6 around it"},
		{"unknown names", `{ip: {src: "@c1:eth0", dst: "@c2:eth0", proto: ipx, flags: [dont]}, icmp: {type: ping}}`,
			`ip.flags[0]: "dont" is not one of df, mf, rb
ip.proto: "ipx" is neither a number nor one of icmp, igmp, tcp, udp, icmpv6
icmp.type: "ping" is neither a number nor one of echo-request, echo-reply, destination-unreachable, redirect, time-exceeded, parameter-problem`},
		{"wrong family", `{ip: {src: "@c1:eth0", dst: "2001:db8::1"}}`, `ip.dst: "2001:db8::1" is not an IPv4 address or @node:interface`},
		{"misplaced ND fields", `{ipv6: {src: "@c1:eth0"}, icmpv6: {type: neighbour-solicitation, target: "@c2:eth0", ident: 1, mtu: 1500}}`,
			"icmpv6.ident: does not belong to neighbour-solicitation\nicmpv6.mtu: does not belong to neighbour-solicitation"},
		{"payload of two kinds", `{eth: {src: "@c1:eth0", dst: broadcast}, payload: {text: x, hex: "00"}}`, "payload: takes exactly one of text, hex and size"},
		{"no room for the nonce", `{arp: {opcode: request, sender: "@c1:eth0", target: "@c2:eth0"}, nonce: payload}`, "nonce: this protocol has no room for data: trailer or none"},
		{"size too small for the nonce", `{eth: {src: "@c1:eth0", dst: broadcast}, payload: {size: 15}, nonce: payload}`, "payload.size: 15 bytes have no room for the nonce, which takes 16"},
		{"datagram too long", `{ip: {src: "@c1:eth0", dst: "@c2:eth0"}, payload: {size: 65535}}`, "ip.len: 65555 bytes do not fit in the field: write the value to send"},
		{"type beside len", `{eth: {src: "@c1:eth0", dst: broadcast, type: 1, len: 1}}`, "eth.len: cannot stand beside eth.type: both fill the same two bytes"},
		{"misaligned", `{ip: {src: "@c1:eth0", dst: "@c2:eth0", hdr_len: 21}}`, "ip.hdr_len: 21 is not a multiple of 4"},
		{"sender and target without effect", `{arp: {opcode: request, sender: "@", sender_mac: broadcast, sender_ip: 192.0.2.1, target: "@c2:eth0", target_ip: 192.0.2.2}}`,
			"arp.sender: has no effect: sender_ip and sender_mac say it all\narp.target: has no effect: target_ip and target_mac say it all"},
		{"a wrong reference is told once", `{arp: {opcode: reply, sender: "@c1", target: "@c2"}}`,
			"arp.sender: \"@c1\" is not of the form @node:interface\narp.target: \"@c2\" is not of the form @node:interface"},
		{"reply to nobody", `{arp: {opcode: reply, sender: "@c1:eth0", target: 192.0.2.7}}`, "arp.target_mac: is missing: write it, eth.dst, or @node:interface as target"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, err := range parse(t, tt.spec).Validate() {
				var e *Error
				if !errors.As(err, &e) {
					t.Errorf("%v is no *Error", err)
				}
				got = append(got, err.Error())
			}
			if g := strings.Join(got, "\n"); g != tt.want {
				t.Errorf("\n got %s\nwant %s", g, tt.want)
			}
		})
	}
}

func TestBuildFailsForWantOfAnAddress(t *testing.T) {
	for _, tt := range []struct{ name, spec, want string }{
		{"unknown interface", `{eth: {src: "@c9:eth0", dst: broadcast}}`, "eth.src: there is no interface c9:eth0"},
		{"no IPv4", `{arp: {opcode: request, sender: "@l2:eth0", target: "@c2:eth0"}}`, "arp.sender: l2:eth0 has no IPv4 address"},
		{"no IPv6", `{ipv6: {src: "@l2:eth0", dst: "ff02::1"}}`, "ipv6.src: l2:eth0 has no IPv6 address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parse(t, tt.spec)
			if errs := s.Validate(); len(errs) > 0 {
				t.Errorf("Validate: %v", errs)
			}
			if _, err := Build(s, testBindings, testTag, testNonce); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestRefs(t *testing.T) {
	s := parse(t, `{eth: {src: "@c1:eth0", dst: broadcast}, ipv6: {src: "@c2:eth0"}, payload: {text: "@no:one"},
		icmpv6: {type: mldv2-report, records: [{type: is-ex, group: "ff02::5", sources: ["@c1:eth0", "@r:eth1"]}]}}`)
	if got, want := s.Refs(), []string{"c1:eth0", "c2:eth0", "r:eth1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFence(t *testing.T) {
	src, dst := net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.HardwareAddr(broadcastMAC)
	tpid := 0x88a8
	got := Fence(src, dst, []VLAN{{ID: 20, TPID: &tpid}, {ID: 10, Priority: 3, DEI: true}}, testTag, testNonce)
	want := "ffffffffffff020000000001" + "88a80014" + "8100700a" + "88b5" + testTagHex + strings.Repeat("00", 30)
	if hex.EncodeToString(got) != want || len(got) != 68 {
		t.Errorf("\n got %x\nwant %s", got, want)
	}
	if got := Fence(src, dst, nil, testTag, testNonce); len(got) != 60 {
		t.Errorf("untagged fence of %d bytes, want 60", len(got))
	}
}

func TestARPFence(t *testing.T) {
	src, dst := net.HardwareAddr{0, 0, 0, 0, 0, 0}, net.HardwareAddr{2, 0, 0, 0, 0, 1}
	got := ARPFence(src, dst, []VLAN{{ID: 10}}, netip.MustParseAddr("192.0.2.11"), testTag, testNonce)
	want := "020000000001000000000000" + "8100000a" + "0806" + "0001" + "0800" + "0604" + "0018" +
		"000000000000" + "00000000" + "000000000000" + "c000020b" + testTagHex + strings.Repeat("00", 2)
	if hex.EncodeToString(got) != want || len(got) != 64 {
		t.Errorf("\n got %x\nwant %s", got, want)
	}
}

func TestEchoPayload(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 15, 16, 56, 300, 65507} {
		b := EchoPayload(size, testTag, testNonce)
		if len(b) != max(size, 0) {
			t.Fatalf("size %d gave %d bytes", size, len(b))
		}
		tag, ok := frame.FindTag(b, testNonce)
		if ok != (size >= 16) || ok && tag != testTag {
			t.Errorf("size %d: tag %v, %v", size, tag, ok)
		}
		for i := frame.TagLen; i < len(b); i++ {
			if b[i] != byte(i) {
				t.Fatalf("size %d: byte %d is %#x", size, i, b[i])
			}
		}
	}
}

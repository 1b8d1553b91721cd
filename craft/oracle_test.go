package craft

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	gp "github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// wellFormed is what tshark must say of a frame that has no wrong value: every
// checksum that there is good, nothing malformed. Statuses: 1 is Good.
const wellFormed = ` && !_ws.malformed && (!ip || ip.checksum.status == 1) && (!icmp || icmp.checksum.status == 1) && (!icmpv6 || icmpv6.checksum.status == 1) && (!udp || udp.checksum.status == 1) && !(_ws.expert.severity >= 8388608)`

// seen are frames and the display filter that each must match.
var seen = []struct{ name, spec, filter string }{
	{"ARP request", `{arp: {opcode: request, sender: "@c1:eth0", target: "@c2:eth0"}}`,
		`arp.opcode == 1 && arp.src.hw_mac == 02:00:00:00:00:c1 && arp.src.proto_ipv4 == 192.0.2.1 && arp.dst.hw_mac == 00:00:00:00:00:00 && arp.dst.proto_ipv4 == 192.0.2.2 && eth.dst == ff:ff:ff:ff:ff:ff && frame.len == 58`},
	{"ARP probe", `{arp: {opcode: probe, sender: "@c1:eth0", target: "@c2:eth0"}}`, `arp.isprobe == 1`},
	{"ARP announcement", `{arp: {opcode: announcement, sender: "@c1:eth0"}}`, `arp.isannouncement == 1`},
	{"gratuitous ARP", `{arp: {opcode: gratuitous, sender: "@c1:eth0"}}`, `arp.isgratuitous == 1 && arp.opcode == 2`},
	{"QinQ", `{vlan: [{id: 20, priority: 5, dei: true, tpid: 0x88a8}, {id: 10, priority: 3}], arp: {opcode: request, sender: "@c1:eth0", target: "@c2:eth0"}}`,
		`ieee8021ad.id == 20 && ieee8021ad.priority == 5 && ieee8021ad.dei == 1 && vlan.id == 10 && vlan.priority == 3 && vlan.etype == 0x0806 && arp`},
	{"echo in a tag", `{vlan: [{id: 4094}], ip: {src: "@c1:eth0", dst: "@c2:eth0", ttl: 3, id: 7, flags: [df], dsfield: 184}, icmp: {type: echo-request, ident: 9, seq: 8}, payload: {size: 56}}`,
		`vlan.id == 4094 && ip.ttl == 3 && ip.id == 7 && ip.flags.df == 1 && ip.dsfield == 184 && ip.len == 84 && icmp.type == 8 && icmp.ident == 9 && icmp.seq == 8 && data.len == 56 && data.data[0:8] == a0:a1:a2:a3:5c:36:a9:99`},
	{"echo with less data than a nonce", `{ip: {src: "@c1:eth0", dst: "@c2:eth0"}, icmp: {type: echo-reply}, payload: {size: 3}}`,
		`icmp.type == 0 && ip.len == 31 && data.len == 3 && eth.trailer[0:4] == a0:a1:a2:a3 && frame.len == 61`},
	{"ICMP error", `{ip: {src: "@c1:eth0", dst: "@c2:eth0"}, icmp: {type: destination-unreachable, code: 4, seq: 1400}, payload: {hex: "4500001c0000000040fdf5e1 c0000202c0000201 0001000200080000"}}`,
		`icmp.type == 3 && icmp.code == 4 && icmp.mtu == 1400`},
	{"UDP", `{ip: {src: "@c1:eth0", dst: 255.255.255.255}, udp: {srcport: 40000, dstport: 40001}, payload: {text: hello}}`,
		`udp.srcport == 40000 && udp.dstport == 40001 && udp.length == 29 && eth.dst == ff:ff:ff:ff:ff:ff && data.data contains "hello"`},
	{"second fragment", `{ip: {src: "@c1:eth0", dst: "@c2:eth0", id: 99, frag_offset: 185, flags: [mf], proto: udp}, payload: {size: 16}}`,
		`ip.frag_offset == 185 && ip.flags.mf == 1 && ip.proto == 17`},
	{"UDP over IPv6", `{ipv6: {src: "@c1:eth0", dst: "@c2:eth0", tclass: 12, flow: 74565, hlim: 9}, udp: {dstport: 40001}}`,
		`ipv6.tclass == 12 && ipv6.flow == 0x12345 && ipv6.hlim == 9 && udp.srcport == 49152 && ipv6.plen == 24 && eth.dst == 02:00:00:00:00:c2`},
	{"ICMPv6 echo", `{ipv6: {src: "@c1:eth0", dst: "@c2:eth0"}, icmpv6: {type: echo-request, ident: 5, seq: 6}, payload: {size: 56}}`,
		`icmpv6.type == 128 && icmpv6.echo.identifier == 5 && icmpv6.echo.sequence_number == 6 && data.len == 56`},
	{"neighbour solicitation", `{ipv6: {src: "@c1:eth0"}, icmpv6: {type: neighbour-solicitation, target: "@c2:eth0"}}`,
		`icmpv6.type == 135 && ipv6.hlim == 255 && ipv6.dst == ff02::1:ff34:c2 && eth.dst == 33:33:ff:34:00:c2 && icmpv6.nd.ns.target_address == 2001:db8::2:34:c2 && icmpv6.opt.type == 1 && icmpv6.opt.linkaddr == 02:00:00:00:00:c1 && ipv6.plen == 32 && eth.trailer[0:4] == a0:a1:a2:a3`},
	{"duplicate address detection", `{eth: {src: "@c1:eth0"}, ipv6: {src: "::"}, icmpv6: {type: neighbour-solicitation, target: "@c1:eth0"}}`,
		`icmpv6.type == 135 && ipv6.src == :: && ipv6.plen == 24 && !icmpv6.opt.type`},
	{"neighbour advertisement", `{ipv6: {src: "@c1:eth0"}, icmpv6: {type: neighbour-advertisement, flags: [override, router]}}`,
		`icmpv6.type == 136 && ipv6.dst == ff02::1 && icmpv6.nd.na.target_address == 2001:db8::c1 && icmpv6.nd.na.flag.o == 1 && icmpv6.nd.na.flag.r == 1 && icmpv6.nd.na.flag.s == 0 && icmpv6.opt.type == 2`},
	{"router solicitation", `{ipv6: {src: "@c1:eth0"}, icmpv6: {type: router-solicitation}}`,
		`icmpv6.type == 133 && ipv6.dst == ff02::2 && ipv6.hlim == 255 && icmpv6.opt.src_linkaddr == 02:00:00:00:00:c1`},
	{"router advertisement", `{ipv6: {src: "@c1:eth0"}, icmpv6: {type: router-advertisement, flags: [managed], mtu: 1400, router_lifetime: 60, prefixes: [{prefix: "2001:db8:1::/64", valid: 10, preferred: 5, autonomous: false}, {prefix: "2001:db8:2::/48"}]}}`,
		`icmpv6.type == 134 && icmpv6.nd.ra.router_lifetime == 60 && icmpv6.nd.ra.flag.m == 1 && icmpv6.opt.mtu == 1400 && icmpv6.opt.prefix == 2001:db8:1:: && icmpv6.opt.prefix == 2001:db8:2:: && icmpv6.opt.prefix.length == 48 && icmpv6.opt.prefix.valid_lifetime == 10 && icmpv6.opt.prefix.flag.a == 0`},
	{"MLD query", `{ipv6: {src: "fe80::1"}, eth: {src: "@c1:eth0"}, icmpv6: {type: mld-query, max_resp_delay: 500}}`,
		`icmpv6.type == 130 && ipv6.hopopts.nxt == 58 && ipv6.opt.router_alert == 0 && ipv6.hlim == 1 && icmpv6.mld.maximum_response_delay == 500 && icmpv6.mld.multicast_address == :: && eth.dst == 33:33:00:00:00:01`},
	{"MLDv2 query", `{ipv6: {src: "fe80::1"}, eth: {src: "@c1:eth0"}, icmpv6: {type: mldv2-query, multicast: "ff05::7", sources: ["2001:db8::5", "2001:db8::6"]}}`,
		`icmpv6.type == 130 && icmpv6.mld.nb_sources == 2 && icmpv6.mld.source_address == 2001:db8::6 && ipv6.dst == ff05::7`},
	{"MLD report", `{ipv6: {src: "fe80::1"}, eth: {src: "@c1:eth0"}, icmpv6: {type: mld-report, multicast: "ff05::7"}}`,
		`icmpv6.type == 131 && icmpv6.mld.multicast_address == ff05::7 && ipv6.dst == ff05::7 && eth.dst == 33:33:00:00:00:07`},
	{"MLD done", `{ipv6: {src: "fe80::1"}, eth: {src: "@c1:eth0"}, icmpv6: {type: mld-done, multicast: "ff05::7"}}`, `icmpv6.type == 132 && ipv6.dst == ff02::2`},
	{"MLDv2 report", `{ipv6: {src: "fe80::1"}, eth: {src: "@c1:eth0"}, icmpv6: {type: mldv2-report, records: [{type: is-ex, group: "ff05::7"}, {type: block, group: "ff05::8", sources: ["2001:db8::5"]}]}}`,
		`icmpv6.type == 143 && ipv6.dst == ff02::16 && icmpv6.mldr.nb_mcast_records == 2 && icmpv6.mldr.mar.record_type == 2 && icmpv6.mldr.mar.record_type == 6 && icmpv6.mldr.mar.multicast_address == ff05::8 && icmpv6.mldr.mar.source_address == 2001:db8::5`},
	{"BPDU in a tag", `{eth: {src: "@c1:eth0"}, vlan: [{id: 5}], stp: {root: "@c2:eth0", root_prio: 4096, cost: 4, prio: 8192, port: 0x8002}}`,
		`vlan.len == 38 && stp.root.hw == 02:00:00:00:00:c2 && stp.root.prio == 4096 && stp.root.cost == 4 && stp.bridge.prio == 8192 && stp.port == 0x8002 && stp.max_age == 20`},
	{"UDP whose checksum comes out as zero", `{ip: {src: "@c1:eth0", dst: "@c2:eth0"}, udp: {srcport: 1, dstport: 0x7bd5}, payload: {hex: "0000"}, nonce: none}`, `udp.checksum == 0xffff`},
}

func TestTsharkSeesWhatTheSpecSays(t *testing.T) {
	if testing.Short() {
		t.Skip("asks Wireshark")
	}
	path := filepath.Join(t.TempDir(), "crafted.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := pcapgo.NewWriter(f)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	var filters []string
	for i, tt := range seen {
		b, err := Build(parse(t, tt.spec), testBindings, testTag, testNonce)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err := w.WritePacket(gp.CaptureInfo{Timestamp: time.Unix(1, 0), CaptureLength: len(b), Length: len(b)}, b); err != nil {
			t.Fatal(err)
		}
		filters = append(filters, fmt.Sprintf("(frame.number == %d && (%s)%s)", i+1, tt.filter, wellFormed))
	}
	var stderr bytes.Buffer
	cmd := exec.Command("tshark", "-n", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.defragment:FALSE",
		"-Y", strings.Join(filters, " || "), "-T", "fields", "-e", "frame.number")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v (package tshark is needed)\n%s", err, &stderr)
	}
	matched := map[int]bool{}
	for _, s := range strings.Fields(string(out)) {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		matched[n] = true
	}
	for i, tt := range seen {
		if !matched[i+1] {
			b, _ := Build(parse(t, tt.spec), testBindings, testTag, testNonce)
			t.Errorf("%s: tshark does not see %s in\n%x", tt.name, tt.filter, b)
		}
	}
}

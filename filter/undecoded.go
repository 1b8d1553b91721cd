package filter

import (
	"fmt"
	"strings"
)

// elsewhere are protocols of Wireshark that are not decoded here, and by what
// their frames can be told.
var elsewhere = map[string]string{
	"http": "tcp.port == 80", "http2": "tcp.port == 443", "tls": "tcp.port == 443", "ssl": "tcp.port == 443", "quic": "udp.port == 443",
	"ssh": "tcp.port == 22", "telnet": "tcp.port == 23", "ftp": "tcp.port == 21", "smtp": "tcp.port == 25", "bgp": "tcp.port == 179",
	"dns": "udp.port == 53", "mdns": "udp.port == 5353", "llmnr": "udp.port == 5355", "dhcp": "udp.port == 67", "bootp": "udp.port == 67",
	"dhcpv6": "udp.port == 547", "ntp": "udp.port == 123", "snmp": "udp.port == 161", "syslog": "udp.port == 514", "tftp": "udp.port == 69",
	"rip": "udp.port == 520", "sip": "udp.port == 5060", "vxlan": "udp.port == 4789", "geneve": "udp.port == 6081", "bfd": "udp.port == 3784",
	"gre": "ip.proto == 47", "ospf": "ip.proto == 89", "esp": "ip.proto == 50", "ah": "ip.proto == 51", "sctp": "ip.proto == 132",
	"vrrp": "ip.proto == 112", "pim": "ip.proto == 103", "eigrp": "ip.proto == 88", "l2tp": "ip.proto == 115",
	"lldp": "eth.type == 0x88cc", "lacp": "eth.type == 0x8809", "slow": "eth.type == 0x8809", "mpls": "eth.type == 0x8847",
	"pppoes": "eth.type == 0x8864", "pppoed": "eth.type == 0x8863", "eapol": "eth.type == 0x888e", "ptp": "eth.type == 0x88f7",
	"mvrp": "eth.dst == 01:80:c2:00:00:21", "cdp": "eth.dst == 01:00:0c:cc:cc:cc", "macsec": "eth.type == 0x88e5",
	"mld": "icmpv6.type == 143", "rarp": "arp.opcode == 3",
}

// bpf are words of capture filters (pcap-filter(7)), which filters here are not.
var bpf = map[string]string{
	"host": "ip.addr == ADDRESS", "port": "udp.port == NUMBER", "net": "ip.addr == ADDRESS/BITS", "src": "ip.src == ADDRESS",
	"dst": "ip.dst == ADDRESS", "ether": "eth.addr == MAC", "ip6": "ipv6", "icmp6": "icmpv6",
}

// undecoded says what to write in the place of a protocol that Wireshark
// decodes and netverify does not, or of a capture filter; "" of other words.
func undecoded(name string) string {
	proto, field, _ := strings.Cut(name, ".")
	if use := elsewhere[proto]; use != "" {
		return fmt.Sprintf("Wireshark's %s is not decoded here; use %s", proto, use)
	}
	if use := bpf[name]; use != "" && field == "" {
		return fmt.Sprintf("unknown field %q: filters are Wireshark's display filters, not those of tcpdump; use %s", name, use)
	}
	return ""
}

package filter_test

import (
	"net/netip"
	"strings"
	"testing"

	"netverify/filter"
	"netverify/frame"
	"netverify/frame/frametest"
	"netverify/recording"
)

var bindings = recording.Bindings{
	"c1:eth0": {MAC: [6]byte{2, 0, 0, 0, 0, 1}, IPv4: netip.MustParseAddr("192.0.2.1"), IPv6: netip.MustParseAddr("2001:db8::1")},
	"c2:eth0": {MAC: [6]byte{2, 0, 0, 0, 0, 2}, IPv4: netip.MustParseAddr("192.0.2.2")},
	"bare:e0": {MAC: [6]byte{2, 0, 0, 0, 0, 9}},
}

// view returns the frame of the corpus with that name.
func view(t testing.TB, name string) *frame.View {
	t.Helper()
	all := frametest.Whole()
	for i := range all {
		if all[i].Name == name {
			return &frametest.Views(all)[i]
		}
	}
	t.Fatalf("no frame %q", name)
	return nil
}

func matcher(t testing.TB, src string) *filter.Matcher {
	t.Helper()
	f, err := filter.Parse(src)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	m, err := f.Bind(bindings)
	if err != nil {
		t.Fatalf("Bind(%q): %v", src, err)
	}
	return m
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name, frame, src string
		want             bool
	}{
		{"not equal needs the field", "arp request", "vlan.id != 10", false},
		{"negated equality does not", "arp request", "!(vlan.id == 10)", true},
		{"not equal means none equal", "two 802.1Q tags", "vlan.id != 10", false},
		{"any not equal", "two 802.1Q tags", "vlan.id ~= 10", true},
		{"all equal", "two 802.1Q tags", "vlan.id === 10", false},
		{"either tag", "two 802.1Q tags", "vlan.id == 10 && vlan.id == 20", true},
		{"service tag has its own name", "service and customer tag", "ieee8021ad.id == 100 && vlan.id == 10", true},
		{"service tag is no 802.1Q tag", "service and customer tag", "vlan.id == 100", false},
		{"present but false", "tcp data", "tcp.flags.syn", true},
		{"equal to false", "tcp data", "tcp.flags.syn == false", true},
		{"masked", "tcp syn", "tcp.flags & 0x02", true},
		{"masked and compared", "tcp syn", "tcp.flags & 0x12 == 2", true},
		{"and binds tighter than or", "arp request", "arp || icmp && vlan", true},
		{"reference to a MAC", "arp request", "eth.src == @c1:eth0", true},
		{"reference to an IPv4 address", "arp request", "arp.src.proto_ipv4 == @c1:eth0", true},
		{"reference to an IPv6 address", "echo request 6", "ipv6.src == @c1:eth0", true},
		{"reference in a set", "arp request", "eth.src in {@c2:eth0, @c1:eth0}", true},
		{"reference in an option", "neighbour solicitation", "icmpv6.opt.linkaddr == @c1:eth0", true},
		{"quoted packet counts", "port unreachable", "udp.dstport == 40962 && icmp", true},
		{"prefix", "echo request", "ip.src == 192.0.2.0/24", true},
		{"matches ignores case", "echo request", `frame matches "NETVERIFY"`, true},
		{"matches bytes", "arp request", `frame matches r"^\xff{6}\x02"`, true},
		{"slice of group addresses", "arp request", "eth.dst[0] & 1", true},
		{"deep negation", "arp request", strings.Repeat("!", 100) + "arp", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := matcher(t, tt.src).Match(view(t, tt.frame)); got != tt.want {
				t.Errorf("%s of %q is %v", tt.src, tt.frame, got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		src         string
		offset, len int
		want        string
	}{
		{"", 0, 0, "empty filter"},
		{"  ", 0, 2, "empty filter"},
		{"vlan.idd == 10", 0, 8, `unknown field "vlan.idd"; did you mean "vlan.id"?`},
		{"arp && eth.scr == 02:00:00:00:00:01", 7, 7, `unknown field "eth.scr"; did you mean "eth.src"?`},
		{"ARP", 0, 3, `unknown field "ARP"; did you mean "arp"?`},
		{"Vlan.ID == 1", 0, 7, `unknown field "Vlan.ID"; did you mean "vlan.id"?`},
		{"vlan.id == 5000", 11, 4, "vlan.id cannot be 5000: it is at most 4095"},
		{"ip.ttl == 300", 10, 3, "ip.ttl cannot be 300: it is at most 255"},
		{"ip.ttl < -1", 9, 2, `"-1" is not a number; ip.ttl is a number`},
		{"ip.ttl == abc", 10, 3, `"abc" is not a number; ip.ttl is a number`},
		{"arp.opcode == reqest", 14, 6, `"reqest" is not a number; arp.opcode is a number; did you mean "request"?`},
		{"eth.src == 10", 11, 2, `"10" is not a MAC address such as 02:00:00:00:00:01`},
		{"ip.src == 10.0.0", 10, 6, `"10.0.0" is not an IPv4 address such as 192.0.2.1`},
		{"ip.src == 10.0.0.0/33", 19, 2, `"33" is not a prefix length of 0 to 32`},
		{"ip.src == ::1", 10, 3, `"::1" is not an IPv4 address such as 192.0.2.1`},
		{"vlan.id = 10", 8, 1, `"=" is not an operator; did you mean "=="?`},
		{"arp | icmp", 4, 1, `"|" is not an operator; did you mean "||"?`},
		{"arp &", 4, 1, `"&" needs a number or a single byte, and arp is a protocol`},
		{"arp & icmp", 4, 1, `"&" needs a number or a single byte, and arp is a protocol`},
		{"arp icmp", 4, 4, `"icmp" where "&&", "||" or the end is expected`},
		{"arp xor icmp", 4, 3, `"xor" where "&&", "||" or the end is expected; Wireshark has it from 4.2`},
		{"arp AND icmp", 4, 3, `"AND" where "&&", "||" or the end is expected; did you mean "and"?`},
		{"arp &&", 6, 0, "filter ends where a field is expected"},
		{"(arp", 0, 1, `"(" without its ")"`},
		{"vlan.id in {10, 20", 11, 1, `"{" without its "}"`},
		{"vlan.id in {}", 12, 1, `"}" where a value is expected`},
		{"vlan.id in {10 20}", 15, 2, `"20" where "," or "}" is expected`},
		{"vlan.id in {30..20}", 12, 2, "the range ends before it begins"},
		{"10 == vlan.id", 0, 2, `"10" where a field is expected: the field must stand on the left`},
		{"@c1:eth0 == eth.src", 0, 8, `the field must stand on the left: "eth.src == @c1:eth0"`},
		{"vlan.id == @c1:eth0", 11, 8, "@c1:eth0 stands for an address, and vlan.id is a number"},
		{"eth.src == @c1", 11, 3, `"@c1" is not an interface such as "@c1:eth0"`},
		{"eth.src == @", 11, 1, `"@" needs an interface, as in @c1:eth0`},
		{"vlan.id contains 10", 8, 8, `"contains" works on strings, byte strings and protocols, and vlan.id is a number`},
		{"frame matches abc", 14, 3, `"abc" where a regular expression in double quotes is expected`},
		{`frame matches "("`, 14, 3, "\"(\" is not a regular expression: missing closing ): `(?i)(`"},
		{`frame contains "\q"`, 16, 2, `unknown escape in a string; write "\\" for a backslash, or r"..." for a regular expression`},
		{`frame contains "abc`, 15, 4, "string without its closing quote"},
		{"eth.src[6] == 00", 8, 1, `"6" is not a slice of eth.src: a MAC address has 6 bytes`},
		{"eth.src[4:4] == 00", 8, 3, `"4:4" is not a slice of eth.src: a MAC address has 6 bytes`},
		{"eth.src[0:2]", 0, 12, "a slice alone says nothing; compare it"},
		{"eth.src[3-1] == 00", 8, 3, `"3-1" is not a slice of eth.src: it ends before it begins`},
		{"vlan.id[0] == 1", 0, 7, "vlan.id is a number and cannot be sliced"},
		{"eth.src[0 == 1", 7, 1, `"[" without its "]"`},
		{"frame[0] == ff", 12, 2, `"ff" may be the name of a protocol in Wireshark; write 0xff for one byte, ff:ff for more`},
		{"ip == 45:00", 0, 2, `ip is a protocol: slice it, as in "ip[0:2] == 00:01", or use "contains"`},
		{"tcp[19:2] == 00:00", 4, 4, `"19:2" is not a slice of tcp: of protocols other than frame and data only the header may be sliced, 20 bytes`},
		{"tcp.seq == 1", 0, 7, `tcp.seq is relative to the connection's first frame in Wireshark; use "tcp.seq_raw"`},
		{"eth.src == ip.src", 0, 17, "eth.src (a MAC address) cannot be compared with ip.src (an IPv4 address)"},
		{"len(frame) > 3", 0, 3, "functions such as len() are not supported"},
		{"ip.ttl#1 == 3", 6, 1, `"#" (layer number) is not supported`},
		{"frame.interface_name == c1", 24, 2, `frame.interface_name is a string: write "c1"`},
		{`ip.src == "10.0.0.1"`, 10, 10, "ip.src is an IPv4 address: write it without quotes"},
		{"tcp.flags.syn == 2", 17, 1, `tcp.flags.syn is a boolean: 0, 1, true or false, not "2"`},
		{"any arp", 7, 0, `filter ends where an operator behind "any" is expected`},
		{"arp ÿ", 4, 2, `"ÿ" does not belong into a filter`},
		{strings.Repeat("(", 300) + "arp" + strings.Repeat(")", 300), 200, 1, "nested deeper than 200"},
		{strings.Repeat("!", 100000), 65536, 34464, "filter longer than 65536 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.src[:min(len(tt.src), 30)], func(t *testing.T) {
			_, err := filter.Parse(tt.src)
			e, ok := err.(*filter.Error)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if e.Msg != tt.want || e.Offset != tt.offset || e.Len != tt.len {
				t.Errorf("got  %d+%d %s\nwant %d+%d %s", e.Offset, e.Len, e.Msg, tt.offset, tt.len, tt.want)
			}
		})
	}
}

func TestBindRefuses(t *testing.T) {
	tests := []struct {
		src    string
		offset int
		want   string
	}{
		{"arp && eth.src == @c1:eth1", 18, `unknown interface "@c1:eth1"; did you mean "@c1:eth0"?`},
		{"ip.src == @bare:e0", 10, "bare:e0 has no IPv4 address"},
		{"ipv6.addr in {@c1:eth0, @c2:eth0}", 24, "c2:eth0 has no IPv6 address"},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			f, err := filter.Parse(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Bind(bindings)
			e, ok := err.(*filter.Error)
			if !ok || e.Msg != tt.want || e.Offset != tt.offset {
				t.Errorf("got %v\nwant %d %s", err, tt.offset, tt.want)
			}
		})
	}
}

func TestMatcherStringIsWiresharksText(t *testing.T) {
	const src = "arp && eth.src == @c1:eth0 || ip.src in {@c1:eth0, 10.0.0.0/8} && tcp.flags.syn == true && ipv6.dst != @c1:eth0"
	const want = "arp && eth.src == 02:00:00:00:00:01 || ip.src in {192.0.2.1, 10.0.0.0/8} && tcp.flags.syn == 1 && ipv6.dst != 2001:db8::1"
	if got := matcher(t, src).String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f, err := filter.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	if f.String() != src {
		t.Errorf("String() is %s", f)
	}
	refs := f.Refs()
	if len(refs) != 3 || refs[0] != (filter.Ref{Name: "c1:eth0", Offset: 18}) || src[refs[2].Offset] != '@' {
		t.Errorf("Refs() is %v", refs)
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, src := range []string{
		"arp", "vlan.id == 10", "arp.opcode == 1 && eth.src == @c1:eth0", "icmp.type == 8 && ip.src == @c1:eth0 && ip.dst == @c2:eth0",
		"eth.addr in {@c1:eth0, @c2:eth0}", `frame contains "netverify"`,
	} {
		b.Run(src, func(b *testing.B) {
			m, v := matcher(b, src), view(b, "vlan 10 dei echo")
			v.Frame.Decode()
			b.ReportAllocs()
			for b.Loop() {
				m.Match(v)
			}
		})
	}
}

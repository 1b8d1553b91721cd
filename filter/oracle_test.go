package filter_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/filter"
	"netverify/frame"
	"netverify/frame/frametest"
)

// startSharkd loads the frames.
func startSharkd(t *testing.T, views []frame.View) *frametest.Sharkd {
	t.Helper()
	file := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(file, frametest.PCAPNG(views), 0o600); err != nil {
		t.Fatal(err)
	}
	s := frametest.StartSharkd(t, frametest.WiresharkConfig(t))
	s.Load(file)
	return s
}

// oracleViews are whole frames, frames cut short and mutated frames.
func oracleViews() []frame.View {
	all := frametest.Whole()
	for i, f := range frametest.Broken() {
		if i%41 == 0 {
			all = append(all, f)
		}
	}
	for _, f := range frametest.Mutated(150, 7) {
		if !frametest.Beyond(frame.New(f.Data)) {
			all = append(all, f)
		}
	}
	return frametest.Views(slices.DeleteFunc(all, func(f frametest.Named) bool {
		// Documented: Wireshark slices such a header (ip[12]) by the length that it claims.
		why := frame.New(f.Data).Decode().Malformed()
		return strings.Contains(why, "ip: version") || strings.Contains(why, "ip: header length below 20")
	}))
}

func TestFiltersSelectWhatWiresharkSelects(t *testing.T) {
	views := oracleViews()
	shark := startSharkd(t, views)
	filters := generate(views)
	if len(filters) < 2000 {
		t.Fatalf("only %d filters", len(filters))
	}
	selecting := 0
	for _, src := range filters {
		m := matcher(t, src)
		var got []int
		for i := range views {
			if m.Match(&views[i]) {
				got = append(got, views[i].Number)
			}
		}
		want, complaint := shark.Frames(m.String())
		switch {
		case complaint != "":
			t.Errorf("%s\nWireshark refuses %s: %s", src, m, complaint)
		case !slices.Equal(got, want):
			t.Errorf("%s\nselects   %v\nWireshark %v", src, got, want)
		}
		if len(want) > 0 && len(want) < len(views) {
			selecting++
		}
	}
	if selecting < len(filters)/2 {
		t.Errorf("only %d of %d filters tell frames apart", selecting, len(filters))
	}
	t.Logf("%d filters on %d frames", len(filters), len(views))
}

// generate makes filters of every field and every kind of operator from values
// that occur, and combinations of them.
func generate(views []frame.View) []string {
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	fields := frame.Fields()
	for i := range fields {
		f := &fields[i]
		all = append(all, f.Name)
		for _, v := range sample(r, f, views) {
			all = append(all, tests(r, f, v)...)
		}
	}
	single := len(all)
	for range single / 6 {
		pick := func() string { return all[r.IntN(single)] }
		forms := [...]string{"%s && %s", "%s || %s", "!(%s) && %s", "not %s or %s", "%s and not %s", "(%s || %s)"}
		combined := fmt.Sprintf(forms[r.IntN(len(forms))], pick(), pick())
		all = append(all, combined, fmt.Sprintf("%s || %s && !%s", pick(), pick(), pick()))
	}
	return append(all, written...)
}

// written are filters with a turn that is not generated.
var written = []string{
	"eth.src == arp.src.hw_mac", "ip.src == ip.dst", "eth.addr === eth.dst", "icmpv6.opt.linkaddr == eth.src", "vlan.id == vlan.priority",
	"eth.src[1:2] == eth.dst[1:2]", "eth.src != eth.dst", "tcp.srcport < tcp.dstport", "tcp.flags & 0x12 == 2", "tcp.flags & 0x02", "vlan.id & 1",
	"any vlan.id & 1 == 0", "all vlan.id & 1 == 0", "ip.src == 192.0.2.0/24", "ip.src != 192.0.2.0/31", "ip.src > 192.0.2.0/31", "ip.src <= 192.0.2.0/24",
	"ip.src == 192.0.2.1/0", "ipv6.src == 2001:db8::/32", "ipv6.src > 2001:db8::/127", "ipv6.src == 2001:db8::/17", "ip.addr in {192.0.2.0/31, 10.0.0.1}",
	"ip.addr in {192.0.2.0..192.0.2.1}", "eth.src == @c1:eth0", "ip.addr == @c1:eth0", "ipv6.addr in {@c1:eth0}", "icmpv6.opt.linkaddr == @c1:eth0",
	`frame contains "netverify"`, "frame contains 6e:65:74", `frame matches "NET.ERIFY"`, `frame matches r"^\xff{6}\x02"`, `frame matches "\xff\xff"`,
	`frame matches r"[\x80-\xff]{7}"`, `frame matches r"\x00$"`, `frame.interface_name matches r"^C\d:"`, `frame.interface_name contains "eth"`,
	`frame.interface_name > "c1"`, `frame.interface_name in {"c1:eth0", "sw:p1"}`, "frame.interface_name contains \"\"", `data contains ""`,
	"eth.dst[0] & 1", "frame[0] & 1 == 1", "eth.src[0,5] == 02:01", "frame[0:2,2:2] contains 00", "data[100:2] == 00:00", "data[100:2] != 00:00",
	"data[-40:2] != 00:00", "data[14:4] != 00:00", "data[14:] == 6c:65", "data[-2:2] == 6c:65", "eth.src[0:2] > 01:00:00", "eth.src[0:3] > 02:00",
	"frame[14] == 45", "frame[14] == 0x45", "eth.src[-1] == 1", "eth.src[4-5] == 00:01", "arp.opcode == request", `arp.opcode == "Reply"`,
	"arp.opcode in {request, reply}", "eth.type == ARP", "ip.proto == ICMP", "ip.checksum.status == Good", `udp.checksum.status == "Not present"`,
	"vlan.id == 0x0a", "vlan.id == 012", "vlan.id == 0b1010", "vlan.id not in {10, 20}", "vlan.id in {10..20, 100}", "all vlan.id in {10, 100}",
	"tcp.flags.syn == true", "vlan.dei == False", "not not arp", "!arp", "!vlan.id == 10", "arp or icmp and vlan", "frame.time_epoch < 1700000000.1",
	"vlan.id~=10", "vlan.id!==10", "vlan.id===10", "arp&&vlan||icmp", "eth.addr == 0200.0000.0001", "eth.addr == 02-00-00-00-00-01", "eth.addr == 020000000001",
	"frame.p2p_dir == 1", "frame.packet_flags_reception_type == 4", "frame.packet_flags_reception_type in {0, 3}", "data.len == 16", "ip", "(((arp)))",
}

// sample returns up to two different values that occur.
func sample(r *rand.Rand, f *frame.Field, views []frame.View) []frame.Value {
	var found []frame.Value
	seen := make(map[string]bool)
	for _, i := range r.Perm(len(views)) {
		for _, v := range f.AppendValues(nil, &views[i]) {
			if text := literal(f, v); text != "" && !seen[text] && len(found) < 2 {
				seen[text] = true
				found = append(found, v)
			}
		}
	}
	return found
}

// literal writes a value as a filter does, "" if it cannot.
func literal(f *frame.Field, v frame.Value) string {
	switch f.Type {
	case frame.TypeBool:
		return fmt.Sprint(v.Num)
	case frame.TypeUint:
		if v.Num > f.Max {
			return ""
		}
		return fmt.Sprint(v.Num)
	case frame.TypeInt:
		return fmt.Sprint(int64(v.Num))
	case frame.TypeEther:
		return frame.MAC(v.Bytes).String()
	case frame.TypeIPv4:
		return netip.AddrFrom4([4]byte{byte(v.Num >> 24), byte(v.Num >> 16), byte(v.Num >> 8), byte(v.Num)}).String()
	case frame.TypeIPv6:
		return netip.AddrFrom16([16]byte(v.Bytes)).String()
	case frame.TypeBytes, frame.TypeNone:
		if len(v.Bytes) == 0 {
			return ""
		}
		return hexBytes(v.Bytes)
	case frame.TypeString:
		return fmt.Sprintf("%q", v.Str)
	case frame.TypeTime:
		return fmt.Sprintf("%d.%09d", v.Num/1e9, v.Num%1e9)
	}
	return ""
}

// hexBytes writes ff:00, and 0xff for a single byte: ff alone is a protocol.
func hexBytes(b []byte) string {
	if len(b) == 1 {
		return fmt.Sprintf("0x%02x", b[0])
	}
	var parts []string
	for _, x := range b {
		parts = append(parts, hex.EncodeToString([]byte{x}))
	}
	return strings.Join(parts, ":")
}

// tests writes filters that compare f with v.
func tests(r *rand.Rand, f *frame.Field, v frame.Value) []string {
	text := literal(f, v)
	operators := [...]string{"==", "!=", "===", "!==", "~=", "<", "<=", ">", ">=", "eq", "ne", "lt", "le", "gt", "ge", "any_eq", "all_eq", "any_ne", "all_ne"}
	if n, ok := map[string]int{"frame": 1 << 16, "data": 1 << 16, "eth": 14, "vlan": 4, "arp": 28, "ip": 20, "ipv6": 40, "icmp": 8, "icmpv6": 8, "igmp": 8, "udp": 8, "tcp": 20, "llc": 3, "stp": 4}[f.Name]; f.Type == frame.TypeNone && n < 1<<16 {
		if !ok {
			return nil
		}
		n = min(n, len(v.Bytes))
		i := r.IntN(n)
		j := i + 1 + r.IntN(min(4, n-i))
		part := hexBytes(v.Bytes[i:j])
		return []string{
			fmt.Sprintf("%s[%d:%d] == %s", f.Name, i, j-i, part), fmt.Sprintf("%s[%d:%d] != %s", f.Name, i, j-i, part), fmt.Sprintf("%s[%d] < %s", f.Name, i, hexBytes(v.Bytes[i:i+1])),
			fmt.Sprintf("%s contains %s", f.Name, part), fmt.Sprintf(`%s matches r"\x%02x"`, f.Name, v.Bytes[i]),
		}
	}
	all := []string{f.Name + " == " + text, f.Name + " != " + text, f.Name + " in {" + text + "}"}
	for range 2 {
		op := operators[r.IntN(len(operators))]
		all = append(all, f.Name+" "+op+" "+text, [...]string{"any ", "all "}[r.IntN(2)]+f.Name+" "+op+" "+text)
	}
	switch f.Type {
	case frame.TypeUint:
		all = append(all, fmt.Sprintf("%s & %d", f.Name, v.Num), fmt.Sprintf("%s in {%d..%d}", f.Name, v.Num/2, v.Num))
	case frame.TypeEther, frame.TypeBytes, frame.TypeNone, frame.TypeIPv6:
		i := r.IntN(len(v.Bytes))
		n := min(1+r.IntN(4), len(v.Bytes)-i)
		part := hexBytes(v.Bytes[i : i+n])
		all = append(all, fmt.Sprintf("%s[%d:%d] == %s", f.Name, i, n, part), fmt.Sprintf("%s[%d:] >= %s", f.Name, i, part))
		if f.Type != frame.TypeIPv6 {
			all = append(all, f.Name+" contains "+part, fmt.Sprintf(`%s matches r"\x%02x"`, f.Name, v.Bytes[i]))
		}
	case frame.TypeString:
		all = append(all, f.Name+" contains "+text, f.Name+" matches "+strings.ToUpper(text))
	}
	return all
}

func TestParseRefusesNoMoreThanItSays(t *testing.T) {
	// What Wireshark refuses must not be taken here either, but for these:
	// true and false are Wireshark's from 4.2, Bind writes 1 and 0 instead.
	shark := startSharkd(t, oracleViews()[:1])
	for _, src := range []string{
		"vlan.id == 70000", "ip.ttl == 300", "eth.src == 02:00", "eth.src[0:2] == 0x0200", "arp == ", "== 3", "arp arp", "ARP", "Vlan.ID == 10",
		"arp AND vlan", "vlan.id == 08", "vlan.id == 0xg", "vlan.id == 1_0", "vlan.id == 10.", "ip.src == 010.0.0.1", "ip.src == 192.0.2.1/33",
		"ip.src == 192.0.2", "ipv6.src == 192.0.2.1", "ipv6.src == \"::\"", "vlan.id in {}", "vlan.id in {10..}", "vlan.id in {10 20}", "eth.src[0:3] in {02:00:00}",
		"vlan.id contains 10", "vlan.id matches \"1\"", "ip.src contains 00:01", "ipv6.src contains 20:01", "frame matches \"(\"", "frame matches abc",
		"frame contains \"\\q\"", "frame contains netverify", "frame.interface_name == c1:eth0", "eth.src == ip.src", "frame contains eth.src", "data[3-1] == 00",
		"data[0:0] != 00", "data[-2-1] == 00", "any vlan", "(vlan.id) == 10", "10 == vlan.id", "5 < vlan.id < 20", "arp xor vlan", "vlan.dei & 1",
		"frame.time_epoch & 1", "frame.time_epoch == 1.0000000001", "ipv6.src == fe80::1%eth0", "eth.src contains \"a\"", "llc.oui == 00:00:00", "frame.len > 60.5",
		"data.data == 00:01-02", "frame.p2p_dir == 300", "tcp.flags & (2)", "vlan.id == (10)", "vlan.id == \"10\"",
	} {
		if _, complaint := shark.Frames(src); complaint == "" {
			t.Errorf("Wireshark takes %s: it does not belong into this list", src)
		}
		if _, err := filter.Parse(src); err == nil {
			t.Errorf("Parse takes %s, Wireshark does not", src)
		}
	}
}

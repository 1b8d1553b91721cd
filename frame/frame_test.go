package frame_test

import (
	"bytes"
	"net/netip"
	"sync"
	"testing"

	"netverify/frame"
	"netverify/frame/frametest"
)

// whole returns the frame of the corpus with that name.
func whole(t testing.TB, name string) frame.Frame {
	t.Helper()
	for _, f := range frametest.Whole() {
		if f.Name == name {
			return frame.New(f.Data)
		}
	}
	t.Fatalf("no frame %q", name)
	return frame.Frame{}
}

func TestSummary(t *testing.T) {
	tests := []struct{ name, want string }{
		{"arp request", "ARP Who has 192.0.2.2? Tell 192.0.2.1"},
		{"arp reply", "ARP 192.0.2.2 is at 02:00:00:00:00:02"},
		{"arp probe", "ARP Who has 192.0.2.2? (ARP Probe, 02:00:00:00:00:01)"},
		{"arp announcement", "ARP Announcement for 192.0.2.1 (02:00:00:00:00:01)"},
		{"arp gratuitous reply", "ARP Gratuitous ARP for 192.0.2.1 (Reply, 02:00:00:00:00:01)"},
		{"vlan 10 arp", "802.1Q vlan 10 pri 3 · ARP Who has 192.0.2.2? Tell 192.0.2.1"},
		{"service and customer tag", "802.1ad vlan 100 pri 1 dei · 802.1Q vlan 10 pri 3 · ICMP 192.0.2.1 > 192.0.2.2 Echo (ping) request id=0x1234 seq=1 ttl=64"},
		{"two service tags", "802.1ad vlan 100 pri 0 · 802.1ad vlan 200 pri 0 · ICMP 192.0.2.1 > 192.0.2.2 Echo (ping) request id=0x1234 seq=1 ttl=64"},
		{"echo reply", "ICMP 192.0.2.2 > 192.0.2.1 Echo (ping) reply id=0x1234 seq=1 ttl=63"},
		{"port unreachable", "ICMP 192.0.2.2 > 192.0.2.1 Destination unreachable (Port unreachable) for {UDP 192.0.2.1 > 192.0.2.2 40961 → 40962 Len=16 ttl=1} ttl=64"},
		{"time exceeded of tcp", "ICMP 192.0.2.2 > 192.0.2.1 Time-to-live exceeded (Time to live exceeded in transit) for {TCP 192.0.2.1 > 192.0.2.2 40963 → 40964 Seq=16909060 ttl=1} ttl=64"},
		{"neighbour solicitation", "ICMPv6 fe80::ff:fe00:1 > ff02::1:ff00:2 Neighbor Solicitation for 2001:db8::2 from 02:00:00:00:00:01 hlim=255"},
		{"neighbour advertisement", "ICMPv6 2001:db8::2 > fe80::ff:fe00:1 Neighbor Advertisement 2001:db8::2 (sol, ovr) is at 02:00:00:00:00:02 hlim=255"},
		{"mld v2 report", "ICMPv6 fe80::ff:fe00:1 > ff02::16 Multicast Listener Report Message v2 ff02::1:ff00:2 ff02::1:ff00:2 hlim=1"},
		{"last fragment", "IPv4 192.0.2.1 > 192.0.2.2 Fragment (proto=1, off=40, id=0x1234) ttl=64"},
		{"tcp syn", "TCP 192.0.2.1 > 192.0.2.2 40963 → 40964 [SYN] Seq=16909060 Ack=84281096 Win=8192 Len=0 ttl=64"},
		{"igmp v3 report", "IGMP 192.0.2.1 > 224.0.0.22 Membership Report v3 224.0.0.106 224.0.1.23"},
		{"stp topology change", "STP Topology Change Notification"},
		{"unknown ethertype", "Ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x88b5, 16 bytes"},
		{"length above frame", "ICMP 192.0.2.1 > 192.0.2.2 Echo (ping) request id=0x0001 seq=2 ttl=64"},
		{"version 5", "Ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x0800, 0 bytes [ip: version is not 4]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := whole(t, tt.name).Summary(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestSummaryOfShortFrames(t *testing.T) {
	arp := whole(t, "arp request").Bytes()
	tests := []struct {
		name string
		f    frame.Frame
		want string
	}{
		{"zero Frame", frame.Frame{}, "Ethernet runt of 0 bytes [eth: ends before its header does]"},
		{"two bytes", frame.New([]byte{1, 2}), "Ethernet runt of 2 bytes [eth: ends before its header does]"},
		{"sent short", frame.New(arp[:22:22]), "ARP opcode 1 hardware type 1 protocol type 0x0800 [arp: ends before its header does]"},
		{"captured in part", frame.NewCut(arp[:22:22], 42), "ARP opcode 1 hardware type 1 protocol type 0x0800 [arp: captured only in part] [22 of 42 bytes captured]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.f.Summary(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// change returns the frame of that name with bytes replaced.
func change(t *testing.T, name string, at int, with ...byte) frame.Frame {
	b := bytes.Clone(whole(t, name).Bytes())
	copy(b[at:], with)
	return frame.New(b)
}

// tagged returns f with a tag in front of its EtherType.
func tagged(f frame.Frame, tag ...byte) frame.Frame {
	b := f.Bytes()
	return frame.New(append(append(bytes.Clone(b[:12]), tag...), b[12:]...))
}

func TestKeyIsTheSameAlongTheWay(t *testing.T) {
	echo, echo6, arp := whole(t, "echo request"), whole(t, "echo request 6"), whole(t, "arp request")
	routed := change(t, "echo request", 0, 2, 9, 9, 9, 9, 9, 2, 8, 8, 8, 8, 8)
	routed.Bytes()[22]--    // TTL
	routed.Bytes()[15] = 0  // DSCP
	routed.Bytes()[24] ^= 1 // its checksum
	tests := []struct {
		name string
		a, b frame.Frame
	}{
		{"tagged", echo, tagged(echo, 0x81, 0, 0x60, 10)},
		{"service tag", echo, tagged(echo, 0x88, 0xa8, 0, 10)},
		{"routed", echo, routed},
		{"routed IPv6", echo6, change(t, "echo request 6", 21, 63)},
		{"padded", echo, frame.New(append(bytes.Clone(echo.Bytes()), 0, 0))},
		{"ARP padded and tagged", whole(t, "arp request padded"), tagged(arp, 0x81, 0, 0, 10)},
		{"UDP checksum left to a device", whole(t, "udp"), change(t, "udp", 40, 0, 0)},
		{"TCP checksum left to a device", whole(t, "tcp data"), change(t, "tcp data", 50, 0, 0)},
		{"ICMP checksum", echo, change(t, "echo request", 36, 0, 0)},
		{"other EtherType tagged", whole(t, "unknown ethertype"), tagged(whole(t, "unknown ethertype"), 0x81, 0, 0, 10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.a.Key() != tt.b.Key() {
				t.Errorf("%s\n%s", tt.a.Key(), tt.b.Key())
			}
		})
	}
}

func TestKeyTellsFramesApart(t *testing.T) {
	seen := make(map[string]string)
	same := map[string]string{ // the same packet in other tags or padding
		"arp request padded": "arp request", "vlan 10 arp": "arp request", "service tag alone": "arp request", "snap arp": "arp request",
		"echo padded 6": "echo request 6", "udp wrong checksum": "udp", "udp without checksum": "udp", "ttl 1": "ip wrong checksum",
		"ip options": "ip wrong checksum", "vlan 10 dei echo": "echo", "priority tag": "echo", "vlan 4095": "echo",
		"two 802.1Q tags": "echo", "three 802.1Q tags": "echo", "service and customer tag": "echo", "two service tags": "echo",
		"three service tags": "echo", "service tag in 802.1Q": "echo", "9100 and 8100": "echo", "echo request": "echo",
		"echo wrong checksum 6": "echo request 6", "tcp super frame": "tcp data",
	}
	for _, f := range frametest.Whole() {
		name := f.Name
		if s, ok := same[name]; ok {
			name = s
		}
		key := frame.New(f.Data).Key()
		if other, ok := seen[key]; ok && other != name {
			t.Errorf("%q and %q have the key %s", f.Name, other, key)
		}
		seen[key] = name
	}
	for _, at := range []int{26, 30, 18, 38, 40, 44} { // addresses, IP id, ICMP id, sequence number, data
		if change(t, "echo request", at, 0x77).Key() == whole(t, "echo request").Key() {
			t.Errorf("a change of byte %d does not change the key", at)
		}
	}
}

func TestDecodedLayers(t *testing.T) {
	d := whole(t, "service and customer tag").Decode()
	want := []frame.VLANTag{{TPID: 0x88a8, PCP: 1, DEI: true, VID: 100}, {TPID: 0x8100, PCP: 3, VID: 10}}
	if len(d.Tags) != 2 || d.Tags[0] != want[0] || d.Tags[1] != want[1] || d.Tags[0].TCI() != 0x3064 {
		t.Errorf("tags %+v", d.Tags)
	}
	if d.EtherType != 0x0800 || d.IPv4.TTL != 64 || !d.IPv4.DF || !d.IPv4.ChecksumOK || d.ICMP.ID != 0x1234 || !d.ICMP.ChecksumOK || string(d.Payload) != "netverify oracle" {
		t.Errorf("%+v %+v", d.IPv4, d.ICMP)
	}
	d = whole(t, "priority tag").Decode()
	if len(d.Tags) != 1 || d.Tags[0].VID != 0 {
		t.Errorf("a tag with VID 0 is a tag: %+v", d.Tags)
	}
	d = whole(t, "port unreachable").Decode()
	if q := d.ICMP.Quoted; q == nil || q.UDP == nil || q.UDP.DstPort != 40962 || d.UDP != nil {
		t.Errorf("quoted packet %+v", d.ICMP)
	}
	d = whole(t, "time exceeded of tcp, whole").Decode()
	if q := d.ICMP.Quoted; q == nil || q.TCP == nil || q.TCP.Flags != 2 || q.TCP.Ack != 0x05060708 {
		t.Errorf("quoted segment %+v", q.TCP)
	}
	d = whole(t, "mld v2 report").Decode()
	if m := d.ICMPv6; len(m.Records) != 2 || len(m.Records[1].Sources) != 2 || m.Records[1].Sources[1] != netip.MustParseAddr("2001:db8::2") {
		t.Errorf("records %+v", m.Records)
	}
	d = whole(t, "last fragment 6").Decode()
	if d.IPv6.Frag == nil || d.IPv6.Frag.Offset != 24 || d.IPv6.Frag.More || d.IPv6.Upper != 58 || d.ICMPv6 != nil {
		t.Errorf("fragment %+v", d.IPv6)
	}
}

func TestDecodeByManyGoroutines(t *testing.T) {
	f := whole(t, "three service tags")
	var wg sync.WaitGroup
	got := make([]*frame.Decoded, 8)
	for i := range got {
		wg.Go(func() { got[i] = f.Decode() })
	}
	wg.Wait()
	for _, d := range got {
		if d != got[0] {
			t.Error("the layers are parsed more than once")
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	b := make([]byte, 14, 60014)
	b[12] = 8
	for len(b) < 60000 {
		n := 60000 - len(b)
		b = append(b, 0x45, 0, byte(n>>8), byte(n), 0, 0, 0, 0, 64, 4, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2)
	}
	if n := len(frame.New(b).Decode().Layers); n > 100 {
		t.Errorf("%d layers", n)
	}
	b = make([]byte, 14, 60014)
	b[12], b[13] = 0x81, 0
	for len(b) < 60000 {
		b = append(b, 0, 1, 0x81, 0)
	}
	check(t, frame.New(b))
}

func TestParseMAC(t *testing.T) {
	for _, s := range []string{"02:00:00:00:00:0a", "02-00-00-00-00-0A"} {
		if m, err := frame.ParseMAC(s); err != nil || m.String() != "02:00:00:00:00:0a" {
			t.Errorf("ParseMAC(%q) = %v, %v", s, m, err)
		}
	}
	for _, s := range []string{"", "02:00:00:00:00", "02:00:00:00:00:0g", "02:00:00:00:00-01", "0200:0000:0001:00", "02:00:00:00:00:0a:"} {
		if m, err := frame.ParseMAC(s); err == nil {
			t.Errorf("ParseMAC(%q) = %v", s, m)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := whole(b, "vlan 10 dei echo").Bytes()
	b.ReportAllocs()
	for b.Loop() {
		frame.New(data).Decode()
	}
}

func BenchmarkKey(b *testing.B) {
	f := whole(b, "vlan 10 dei echo")
	b.ReportAllocs()
	for b.Loop() {
		f.Key()
	}
}

package craft

import (
	"bytes"
	"net"
	"reflect"
	"strconv"
	"testing"

	"github.com/goccy/go-yaml"
	gp "github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"

	"netverify/frame"
	"netverify/recording"
)

// words are values that fields take, rightly or wrongly.
var words = []string{"", "", "@c1:eth0", "@c2:eth0", "@l2:eth0", "@", "@c1", "broadcast", "02:00:00:00:00:01", "192.0.2.1", "239.1.2.3",
	"2001:db8::1", "ff02::1", "fe80::1%eth0", "::ffff:192.0.2.1", "request", "reply", "probe", "announcement", "gratuitous", "1", "0x10", "-1", "70000",
	"echo-request", "neighbour-solicitation", "neighbour-advertisement", "router-solicitation", "router-advertisement", "mld-query", "mldv2-query",
	"mld-report", "mld-done", "mldv2-report", "df", "mf", "router", "none", "trailer", "payload", "udp", "2001:db8::/64", "is-ex", "ab", "é"}

var numbers = []int{0, 1, 4, 5, 6, 8, 60, 255, 256, 1500, 4095, 4096, 8191, 0x8100, 65535, 65536, 65600, 1<<32 - 1, 1 << 32, -1, -1 << 63, 1<<63 - 1}

// anySpec draws one of the Specs of the other tests with some of its fields
// changed: about a third of them are valid.
func anySpec(t *rapid.T) *Spec {
	texts := make([]string, 0, len(goldens)+len(seen))
	for _, g := range goldens {
		texts = append(texts, g.spec)
	}
	for _, s := range seen {
		texts = append(texts, s.spec)
	}
	s := new(Spec)
	if err := yaml.Unmarshal([]byte(rapid.SampledFrom(texts).Draw(t, "spec")), s); err != nil {
		t.Fatal(err)
	}
	m := mutator{t, rapid.SampledFrom([]int{40, 80, 400}).Draw(t, "one in")}
	m.change(reflect.ValueOf(s).Elem())
	return s
}

// mutator changes one in so many of the fields that it walks over.
type mutator struct {
	t     *rapid.T
	oneIn int
}

func (m mutator) now() bool { return rapid.IntRange(1, m.oneIn).Draw(m.t, "change") == 2 }

func (m mutator) change(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		if m.now() {
			v.SetBool(!v.Bool())
		}
	case reflect.Int:
		if m.now() {
			v.SetInt(int64(rapid.SampledFrom(numbers).Draw(m.t, "int")))
		}
	case reflect.String:
		if m.now() {
			v.SetString(rapid.SampledFrom(words).Draw(m.t, "string"))
		}
	case reflect.Pointer:
		if m.now() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			m.change(v.Elem())
		}
	case reflect.Slice:
		if m.now() {
			n := rapid.IntRange(0, 3).Draw(m.t, "len")
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			m.change(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			m.change(v.Field(i))
		}
	}
}

// checkAnySpec holds for every Spec: Validate and Build agree, neither panics,
// Build is a function of its arguments and needs no binding that Refs does
// not name.
func checkAnySpec(t interface{ Fatalf(string, ...any) }, s *Spec) {
	all := recording.Bindings{}
	for _, name := range s.Refs() {
		all[name] = testBindings["c1:eth0"]
	}
	errs := s.Validate()
	for _, err := range errs {
		if _, ok := err.(*Error); !ok {
			t.Fatalf("%v is a %T", err, err)
		}
	}
	b, err := Build(s, all, testTag, testNonce)
	if (err == nil) != (len(errs) == 0) {
		t.Fatalf("Validate says %v, Build %v", errs, err)
	}
	if err == nil && len(b) == 0 {
		t.Fatalf("an empty frame")
	}
	again, _ := Build(s, all, testTag, testNonce)
	if !bytes.Equal(b, again) {
		t.Fatalf("%x, then %x", b, again)
	}
	if s != nil && s.Hex == "" && err == nil && s.Nonce != "none" && s.Cut == nil {
		if tag, ok := frame.FindTag(b, testNonce); !ok || tag != testTag {
			t.Fatalf("tag %v, %v in %x", tag, ok, b)
		}
	}
}

func TestValidateAndBuildAgreeOnAnySpec(t *testing.T) {
	valid, all := 0, 0
	for range 30 { // of rapid's 100 checks each
		rapid.Check(t, func(t *rapid.T) {
			s := anySpec(t)
			checkAnySpec(t, s)
			all++
			valid += bit(len(s.Validate()) == 0)
		})
	}
	checkAnySpec(t, nil)
	if valid < all/10 || valid > all*9/10 {
		t.Errorf("%d of %d Specs were valid: the test says little about the others", valid, all)
	}
}

func FuzzBuild(f *testing.F) {
	for _, g := range goldens {
		f.Add(g.spec)
	}
	for _, s := range seen {
		f.Add(s.spec)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s Spec
		if yaml.Unmarshal([]byte(text), &s) == nil {
			checkAnySpec(t, &s)
		}
	})
}

// p draws a value for a pointer field, or nil for its default.
func p(t *rapid.T, label string, hi int) *int {
	if !rapid.Bool().Draw(t, label+" written") {
		return nil
	}
	v := rapid.IntRange(0, hi).Draw(t, label)
	return &v
}

func or(v *int, def int) int {
	if v == nil {
		return def
	}
	return *v
}

func wantInt[T ~uint8 | ~uint16 | ~uint32](t *rapid.T, field string, got T, want int) {
	if uint64(got) != uint64(want) {
		t.Fatalf("%s is %d, want %d", field, got, want)
	}
}

func TestWhatIsBuiltDecodesToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "data")
		s := &Spec{Eth: &Eth{Src: "@c1:eth0", Dst: "@c2:eth0"}, Payload: &Payload{Text: string(data)}, Nonce: "none"}
		for range rapid.IntRange(0, 3).Draw(t, "tags") {
			tpid := rapid.SampledFrom([]int{0x8100, 0x88a8}).Draw(t, "tpid")
			s.VLAN = append(s.VLAN, VLAN{ID: rapid.IntRange(0, 4095).Draw(t, "id"), Priority: rapid.IntRange(0, 7).Draw(t, "pcp"), DEI: rapid.Bool().Draw(t, "dei"), TPID: &tpid})
		}
		v6 := rapid.Bool().Draw(t, "IPv6")
		if v6 {
			s.IPv6 = &IPv6{HLim: p(t, "hlim", 255), TClass: p(t, "tclass", 255), Flow: p(t, "flow", 1<<20-1)}
		} else {
			s.IP = &IP{TTL: p(t, "ttl", 255), ID: p(t, "id", 0xffff), DSField: p(t, "dsfield", 255), Checksum: p(t, "checksum", 0xffff)}
		}
		switch {
		case rapid.Bool().Draw(t, "UDP"):
			port := rapid.IntRange(49152, 65535).Draw(t, "srcport") // lower ones have protocols, which gopacket decodes as well
			s.UDP = &UDP{SrcPort: &port, DstPort: 40000, Checksum: p(t, "udp.checksum", 0xffff)}
		case v6:
			s.ICMPv6 = &ICMPv6{Type: "echo-request", Ident: p(t, "ident", 0xffff), Checksum: p(t, "icmpv6.checksum", 0xffff)}
		default:
			s.ICMP = &ICMP{Type: strconv.Itoa(rapid.IntRange(0, 255).Draw(t, "type")), Code: p(t, "code", 255), Seq: p(t, "seq", 0xffff), Checksum: p(t, "icmp.checksum", 0xffff)}
		}
		b, err := Build(s, testBindings, testTag, testNonce)
		if err != nil {
			t.Fatal(err)
		}
		compareDecoded(t, s, b, data)
	})
}

// compareDecoded decodes b with another implementation.
func compareDecoded(t *rapid.T, s *Spec, b, data []byte) {
	pkt := gp.NewPacket(b, layers.LayerTypeEthernet, gp.Default)
	if pkt.ErrorLayer() != nil {
		t.Fatalf("%v in %x", pkt.ErrorLayer().Error(), b)
	}
	tags := s.VLAN
	for _, l := range pkt.Layers() {
		switch l := l.(type) {
		case *layers.Ethernet:
			c1, c2 := testBindings["c1:eth0"], testBindings["c2:eth0"]
			if !bytes.Equal(l.SrcMAC, c1.MAC[:]) || !bytes.Equal(l.DstMAC, c2.MAC[:]) {
				t.Fatalf("MACs %v %v", l.SrcMAC, l.DstMAC)
			}
		case *layers.Dot1Q:
			if len(tags) == 0 || int(l.VLANIdentifier) != tags[0].ID || int(l.Priority) != tags[0].Priority || l.DropEligible != tags[0].DEI {
				t.Fatalf("tag %+v, left of those written: %+v", l, tags)
			}
			tags = tags[1:]
		case *layers.IPv4:
			wantInt(t, "ip.ttl", l.TTL, or(s.IP.TTL, 64))
			wantInt(t, "ip.id", l.Id, or(s.IP.ID, 0))
			wantInt(t, "ip.dsfield", l.TOS, or(s.IP.DSField, 0))
			wantInt(t, "ip.len", l.Length, 20+8+len(data))
			wantInt(t, "ip.checksum", l.Checksum, or(s.IP.Checksum, int(l.Checksum)))
			wantSum(t, "ip", s.IP.Checksum, l.Contents, 0)
		case *layers.IPv6:
			wantInt(t, "ipv6.hlim", l.HopLimit, or(s.IPv6.HLim, 64))
			wantInt(t, "ipv6.tclass", l.TrafficClass, or(s.IPv6.TClass, 0))
			wantInt(t, "ipv6.flow", l.FlowLabel, or(s.IPv6.Flow, 0))
			wantInt(t, "ipv6.plen", l.Length, 8+len(data))
		case *layers.UDP:
			wantInt(t, "udp.srcport", l.SrcPort, or(s.UDP.SrcPort, 49152))
			wantInt(t, "udp.length", l.Length, 8+len(data))
			wantInt(t, "udp.checksum", l.Checksum, or(s.UDP.Checksum, int(l.Checksum)))
			wantSum(t, "udp", s.UDP.Checksum, append(bytes.Clone(l.Contents), l.Payload...), pseudo(pkt, 17, 8+len(data)))
		case *layers.ICMPv4:
			wantInt(t, "icmp.seq", l.Seq, or(s.ICMP.Seq, bit(l.TypeCode.Type() == 8 || l.TypeCode.Type() == 0)))
			wantInt(t, "icmp.code", l.TypeCode.Code(), or(s.ICMP.Code, 0))
			wantInt(t, "icmp.checksum", l.Checksum, or(s.ICMP.Checksum, int(l.Checksum)))
			wantSum(t, "icmp", s.ICMP.Checksum, append(bytes.Clone(l.Contents), l.Payload...), 0)
		case *layers.ICMPv6:
			wantInt(t, "icmpv6.checksum", l.Checksum, or(s.ICMPv6.Checksum, int(l.Checksum)))
			wantSum(t, "icmpv6", s.ICMPv6.Checksum, append(bytes.Clone(l.Contents), l.Payload...), pseudo(pkt, 58, 8+len(data)))
		}
	}
	if len(tags) != 0 || !bytes.HasSuffix(b, data) {
		t.Fatalf("%d tags missing, or not the data at the end of %x", len(tags), b)
	}
}

// pseudo is the sum of the pseudo header (RFC 768, RFC 8200 section 8.1).
func pseudo(pkt gp.Packet, proto, n int) uint32 {
	flow := pkt.NetworkLayer().NetworkFlow()
	return sum16(net.IP(flow.Src().Raw())) + sum16(net.IP(flow.Dst().Raw())) + uint32(proto) + uint32(n)
}

func sum16(b []byte) (sum uint32) {
	for i, x := range b {
		sum += uint32(x) << (8 * (1 - uint(i)&1))
	}
	return sum
}

// wantSum verifies a checksum that was computed (RFC 1071): with it in place
// everything adds up to ffff.
func wantSum(t *rapid.T, layer string, written *int, b []byte, initial uint32) {
	if written != nil {
		return
	}
	sum := initial + sum16(b)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	if sum != 0xffff {
		t.Fatalf("%s checksum leaves %04x in %x", layer, sum, b)
	}
}

package filter_test

import (
	"math/rand/v2"
	"testing"

	"netverify/filter"
	"netverify/frame"
	"netverify/frame/frametest"
)

// report is what is known of an MLD report that has not been sent yet.
var report = filter.Outline{
	Has:    []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv6, frame.ProtoIPv6HopByHop, frame.ProtoICMPv6},
	May:    []frame.Protocol{frame.ProtoVLAN},
	Values: map[string][]uint64{"icmpv6.type": {131, 132, 143}, "ipv6.nxt": {0}},
}

func TestMayMatch(t *testing.T) {
	tests := []struct {
		src  string
		want bool
	}{
		{"icmpv6", true},
		{"eth", true},
		{"frame", true},
		{"frame.len > 60", true},
		{"vlan", true},
		{"!vlan", true},
		{"vlan.id == 10", true},
		{"vlan.id not in {10, 20}", true},
		{"arp", false},
		{"!arp", true},
		{"!icmpv6", false},
		{"arp.opcode == 1", false},
		{"arp.opcode != 1", false}, // without the field nothing differs
		{"!(arp.opcode == 1)", true},
		{"arp.opcode in {1, 2}", false},
		{"arp.src.proto_ipv4", false},
		{"arp.opcode & 1", false},
		{"tcp.flags & 2 == 2", false},
		{"udp.srcport == udp.dstport", false},
		{"ip.src == @c1:eth0", false},
		{"ipv6.src == @c1:eth0", true},
		{"ipv6.src in {@c1:eth0, ::}", true},
		{"eth.src == @c1:eth0 && icmpv6.type == 136", false},
		{"icmpv6.type == 136", false},
		{"icmpv6.type == 143", true},
		{"icmpv6.type != 143", true}, // it may be 131
		{"icmpv6.type != 5", true},
		{"!(icmpv6.type != 5)", false},
		{"icmpv6.type < 131", false},
		{"icmpv6.type <= 131", true},
		{"icmpv6.type in {133..137}", false},
		{"icmpv6.type not in {133..137}", true},
		{"icmpv6.type not in {130..143}", false},
		{"icmpv6.type & 0x80", true},
		{"icmpv6[0] == 88", true}, // bytes are not looked into
		{"icmpv6.type === 143", true},
		{"icmpv6.type", true},
		{"!icmpv6.type", false},
		{"icmpv6.nd.ns.target_address", true}, // no more is known than the type
		{"icmpv6.type == 135 || arp || ip", false},
		{"icmpv6.type == 135 || icmpv6", true},
		{"ipv6.nxt == 0", true},
		{"ipv6.nxt == 58", false},
		{"ip.proto == 17 || ipv6.nxt == 44", false},
		{"icmpv6.type == ipv6.nxt", true},
		{`data.data matches "a"`, false},
		{`frame matches "a"`, true},
		{`frame contains 60:00`, true},
	}
	for _, tt := range tests {
		f, err := filter.Parse(tt.src)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.src, err)
		} else if got := f.MayMatch(&report); got != tt.want {
			t.Errorf("MayMatch(%q) = %v", tt.src, got)
		}
	}
}

// TestMayMatchIsNoPromise asks filters of frames by what an outline tells of them,
// which is less: what is true of a frame must never be called impossible, nor
// must what is false be called certain.
func TestMayMatchIsNoPromise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	views := frametest.Views(append(frametest.Whole(), frametest.Mutated(200, 7)...))
	outlines := make([]filter.Outline, len(views))
	for i := range views {
		outlines[i] = outline(r, &views[i])
	}
	impossible := 0
	for _, src := range append(append([]string{"icmpv6.type in {131, 143} && !vlan", "ip.proto == 2 || arp.opcode == 1"}, seeds...), presence()...) {
		f, err := filter.Parse(src)
		if err != nil {
			continue
		}
		m, err := f.Bind(bindings)
		if err != nil {
			continue
		}
		not, err := filter.Parse("!(" + src + ")")
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		for i := range views {
			may, mayNot := f.MayMatch(&outlines[i]), not.MayMatch(&outlines[i])
			if is := m.Match(&views[i]); is && !may || !is && !mayNot {
				t.Fatalf("%q is %v of frame %d, and is called impossible: %+v", src, is, i+1, outlines[i])
			}
			if !may || !mayNot {
				impossible++
			}
		}
	}
	if impossible < 1000 {
		t.Errorf("only %d answers were of use", impossible)
	}
}

// outline tells some of what a frame is, and some that it is not.
func outline(r *rand.Rand, v *frame.View) filter.Outline {
	o := filter.Outline{Values: map[string][]uint64{}}
	for _, l := range v.Frame.Decode().Layers {
		if r.IntN(2) == 0 {
			o.Has = append(o.Has, l.Proto)
		} else {
			o.May = append(o.May, l.Proto)
		}
	}
	for _, f := range frame.Fields() {
		if values := f.AppendValues(nil, v); len(values) == 1 && f.Type == frame.TypeUint && r.IntN(2) == 0 {
			o.Values[f.Name] = []uint64{values[0].Num, values[0].Num}
			if r.IntN(2) == 0 {
				o.Values[f.Name][1] = r.Uint64N(f.Max + 1)
			}
		}
	}
	if src := v.Values("eth.src"); len(src) == 1 && r.IntN(2) == 0 {
		o.Source = src[0].Bytes
	}
	return o
}

func TestMayMatchOfASource(t *testing.T) {
	from := report
	from.Source = []byte{2, 0, 0, 0, 0, 1} // that of c1:eth0
	for src, want := range map[string]bool{
		"eth.src == @c1:eth0": true, "eth.src == @c2:eth0": false, "eth.src != @c2:eth0": true, "!(eth.src == @c1:eth0)": false, "eth.src in {@c1:eth0, @c2:eth0}": true,
		"eth.src in {@c2:eth0}": false, "eth.src[0] == 2": true, "eth.addr == @c2:eth0": true, "icmpv6.type == 143 && eth.src == @c2:eth0": false, "eth.dst == @c2:eth0": true,
	} {
		if got := matcher(t, src).MayMatch(&from); got != want {
			t.Errorf("MayMatch(%q) = %v", src, got)
		}
	}
	if f, err := filter.Parse("eth.src == @c2:eth0"); err != nil || !f.MayMatch(&from) {
		t.Errorf("an address that is not bound yet may be any (%v)", err)
	}
}

// TestVersionOfEitherProtocol: a field that two protocols have is missing only
// where neither is there.
func TestVersionOfEitherProtocol(t *testing.T) {
	m := matcher(t, "ip.version == 6")
	for _, tt := range []struct {
		spoken frame.Protocol
		want   string
	}{{frame.ProtoIPv6, ""}, {frame.ProtoIPv4, ""}, {frame.ProtoARP, "ip.version == 6"}} {
		got := m.Impossible(func(p frame.Protocol) bool { return p == tt.spoken }, func([]byte) bool { return true })
		if got != tt.want {
			t.Errorf("with %s: %q", tt.spoken, got)
		}
	}
}

package frame_test

import (
	"testing"

	"netverify/frame"
	"netverify/frame/frametest"
)

// FuzzDecode demands of any bytes, any prefix of them and any length on the
// wire: no panic in any function, layers inside the frame, values inside the
// captured bytes.
func FuzzDecode(f *testing.F) {
	for _, w := range frametest.Whole() {
		f.Add(w.Data, uint16(0))
		f.Add(w.Data, uint16(20))
	}
	f.Fuzz(func(t *testing.T, b []byte, more uint16) {
		for _, n := range []int{len(b), len(b) / 2, len(b) - len(b)/7} {
			check(t, frame.NewCut(b[:n:n], len(b)+int(more)))
			check(t, frame.New(b[:n:n]))
		}
	})
}

func check(t *testing.T, f frame.Frame) {
	t.Helper()
	d := f.Decode()
	for _, l := range d.Layers {
		if l.Off < 0 || l.Off > f.CapLen() || l.End < l.Off {
			t.Fatalf("layer %+v of %x", l, f.Bytes())
		}
	}
	_, _, _ = f.Summary(), f.Key(), d.Malformed()
	v := &frame.View{Frame: f}
	fields := frame.Fields()
	for i := range fields {
		for _, x := range fields[i].AppendValues(nil, v) {
			if len(x.Bytes) > f.CapLen() || fields[i].Bits > 0 && fields[i].Type == frame.TypeUint && x.Num>>fields[i].Bits > 0 && fields[i].Name != "icmpv6.mld.maximum_response_code" {
				t.Fatalf("%s is %v in %x", fields[i].Name, x, f.Bytes())
			}
		}
	}
}

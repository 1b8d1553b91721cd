package capture

import (
	"bytes"
	"testing"

	"netverify/frame"
)

const (
	dst     = "020000000b0b "
	src     = "020000000a0a "
	payload = "88b5 00112233445566778899aabbccddeeff 00112233445566778899aabbccddeeff 00112233445566778899aabbccdd"
)

// TestTagsAreRestored is the first test of all: what is put on a wire is what
// the taps at both of its ends show, to the byte.
func TestTagsAreRestored(t *testing.T) {
	w := newWire(t, Options{})
	tests := []struct {
		name string
		hex  string
		typ  frame.PacketType // at the receiver
	}{
		{"untagged", dst + src + payload, frame.ToOther},
		{"untagged broadcast", "ffffffffffff " + src + payload, frame.ToBroadcast},
		{"untagged multicast", "01005e000001 " + src + payload, frame.ToMulticast},
		{"8100, VID 10, PCP 3", dst + src + "8100 600a" + payload, frame.ToOther},
		{"8100, VID 10, PCP 3, DEI", dst + src + "8100 700a" + payload, frame.ToOther},
		{"8100, VID 4095, PCP 7, DEI", dst + src + "8100 ffff" + payload, frame.ToOther},
		{"88a8, VID 20, PCP 5, DEI", dst + src + "88a8 b014" + payload, frame.ToOther},
		{"QinQ 88a8/20 8100/10", dst + src + "88a8 b014 8100 600a" + payload, frame.ToOther},
		{"QinQ 8100/20 8100/10", dst + src + "8100 0014 8100 000a" + payload, frame.ToOther},
		{"three tags", dst + src + "88a8 0014 8100 000a 8100 000b" + payload, frame.ToOther},
		{"priority tag: VID 0, PCP 7", dst + src + "8100 e000" + payload, frame.ToOther},
		{"TCI 0", dst + src + "8100 0000" + payload, frame.ToOther},
		{"88a8, TCI 0", dst + src + "88a8 0000" + payload, frame.ToOther},
		{"9100 is no tag to the kernel", dst + src + "9100 0005" + payload, frame.ToOther},
		{"802.3 length field", dst + src + "0010 424203" + payload, frame.ToOther},
		{"802.3 length behind a tag", dst + src + "8100 000a 0010 424203" + payload, frame.ToOther},
		{"nothing behind the header", dst + src + "88b5", frame.ToOther},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := unhex(t, tt.hex)
			for _, dir := range []struct {
				name     string
				from, to *end
			}{{"a to b", &w.a, &w.b}, {"b to a", &w.b, &w.a}} {
				if err := dir.from.send.Send(dir.from.index, want); err != nil {
					t.Fatal(err)
				}
				out, in := readN(t, dir.from.tap, 1)[0], readN(t, dir.to.tap, 1)[0]
				check(t, dir.name+", sender", out, want, Packet{Ifindex: dir.from.index, Dir: frame.Out, Type: frame.Outgoing})
				check(t, dir.name+", receiver", in, want, Packet{Ifindex: dir.to.index, Dir: frame.In, Type: tt.typ})
				if in.At < out.At {
					t.Errorf("%s: received at %d, sent at %d", dir.name, in.At, out.At)
				}
			}
		})
	}
	for _, e := range []end{w.a, w.b} {
		if received, dropped, err := e.tap.Stats(); err != nil || received != uint64(2*len(tests)) || dropped != 0 {
			t.Errorf("Stats() = %d, %d, %v, want %d, 0", received, dropped, err, 2*len(tests))
		}
		if e.tap.Cut() != 0 || e.tap.Foreign() != 0 {
			t.Errorf("Cut() = %d, Foreign() = %d, want 0", e.tap.Cut(), e.tap.Foreign())
		}
	}
}

// check compares a packet with the bytes and the metadata it must have.
func check(t *testing.T, where string, got Packet, raw []byte, want Packet) {
	t.Helper()
	if !bytes.Equal(got.Frame.Bytes(), raw) || got.Frame.Len() != len(raw) {
		t.Errorf("%s: frame of %d bytes\n got %x\nwant %x", where, got.Frame.Len(), got.Frame.Bytes(), raw)
	}
	if got.Ifindex != want.Ifindex || got.Dir != want.Dir || got.Type != want.Type || got.ChecksumPending {
		t.Errorf("%s: interface %d, %v, type %d, checksum pending %v; want %d, %v, %d, false", where,
			got.Ifindex, got.Dir, got.Type, got.ChecksumPending, want.Ifindex, want.Dir, want.Type)
	}
}

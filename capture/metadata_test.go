package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"netverify/frame"
)

// cmsg returns a control message, padded as the kernel pads it.
func cmsg(level, typ int32, data []byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(data)))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	h.Level, h.Type = level, typ
	h.SetLen(unix.CmsgLen(len(data)))
	copy(b[unix.CmsgLen(0):], data)
	return b
}

// auxdata returns the control message of PACKET_AUXDATA.
func auxdata(a unix.TpacketAuxdata) []byte {
	return cmsg(unix.SOL_PACKET, unix.PACKET_AUXDATA, unsafe.Slice((*byte)(unsafe.Pointer(&a)), unsafe.Sizeof(a)))
}

// times returns 64-bit or 32-bit timespecs.
func times(bits int, v ...uint64) (b []byte) {
	for _, v := range v {
		if bits == 32 {
			b = binary.NativeEndian.AppendUint32(b, uint32(v))
		} else {
			b = binary.NativeEndian.AppendUint64(b, v)
		}
	}
	return b
}

func TestParseControl(t *testing.T) {
	aux := unix.TpacketAuxdata{Status: unix.TP_STATUS_VLAN_VALID, Len: 60, Vlan_tci: 10}
	wide := cmsg(unix.SOL_SOCKET, unix.SO_TIMESTAMPING_NEW, times(64, 1700000000, 123456789, 0, 0, 0, 0))
	narrow := cmsg(unix.SOL_SOCKET, unix.SO_TIMESTAMPING, times(32, 1700000000, 123456789, 0, 0, 0, 0))
	const at = 1700000000123456789
	tooLong := auxdata(aux)
	(*unix.Cmsghdr)(unsafe.Pointer(&tooLong[0])).SetLen(len(tooLong) + 1)
	tests := []struct {
		name string
		in   []byte
		want metadata
		err  error
	}{
		{"tag and time", append(auxdata(aux), wide...), metadata{at: at, aux: aux}, nil},
		{"time first", append(bytes.Clone(wide), auxdata(aux)...), metadata{at: at, aux: aux}, nil},
		{"32-bit time", append(auxdata(aux), narrow...), metadata{at: at, aux: aux}, nil},
		{"not stamped", auxdata(aux), metadata{aux: aux}, nil},
		{"something else between", append(append(auxdata(aux), cmsg(1, 99, []byte{1, 2, 3})...), wide...), metadata{at: at, aux: aux}, nil},
		{"no auxdata", wide, metadata{}, errNoAux},
		{"nothing", nil, metadata{}, errNoAux},
		{"short auxdata", cmsg(unix.SOL_PACKET, unix.PACKET_AUXDATA, make([]byte, 12)), metadata{}, errNoAux},
		{"longer than the buffer", tooLong, metadata{}, errControl},
		{"length 0", make([]byte, 64), metadata{}, errControl},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseControl(tt.in)
			if !errors.Is(err, tt.err) || got != tt.want {
				t.Errorf("parseControl() = %+v, %v, want %+v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestRestore(t *testing.T) {
	const valid, tpid = unix.TP_STATUS_VLAN_VALID, unix.TP_STATUS_VLAN_TPID_VALID
	macs := []byte("\x02\x00\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x0a")
	tests := []struct {
		name string
		data string // behind the addresses
		aux  unix.TpacketAuxdata
		want string
		wire int
	}{
		{"no tag", "\x88\xb5abc", unix.TpacketAuxdata{Len: 17}, "\x88\xb5abc", 17},
		{"a stale TCI without its bit", "\x88\xb5abc", unix.TpacketAuxdata{Len: 17, Vlan_tci: 10, Vlan_tpid: 0x8100}, "\x88\xb5abc", 17},
		{"TPID told", "\x88\xb5abc", unix.TpacketAuxdata{Status: valid | tpid, Len: 17, Vlan_tci: 0xb014, Vlan_tpid: 0x88a8}, "\x88\xa8\xb0\x14\x88\xb5abc", 21},
		{"TPID not told", "\x88\xb5abc", unix.TpacketAuxdata{Status: valid, Len: 17, Vlan_tci: 10, Vlan_tpid: 0x88a8}, "\x81\x00\x00\x0a\x88\xb5abc", 21},
		{"TCI 0", "\x88\xb5", unix.TpacketAuxdata{Status: valid | tpid, Len: 14, Vlan_tpid: 0x8100}, "\x81\x00\x00\x00\x88\xb5", 18},
		{"second tag in the bytes", "\x81\x00\x00\x0a\x88\xb5", unix.TpacketAuxdata{Status: valid | tpid, Len: 18, Vlan_tci: 20, Vlan_tpid: 0x88a8}, "\x88\xa8\x00\x14\x81\x00\x00\x0a\x88\xb5", 22},
		{"cut", "\x88\xb5abc", unix.TpacketAuxdata{Status: valid | tpid, Len: 60, Vlan_tci: 1, Vlan_tpid: 0x8100}, "\x81\x00\x00\x01\x88\xb5abc", 64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := append(bytes.Clone(macs), tt.data...)
			raw, wire := restore(data, tt.aux)
			if want := append(bytes.Clone(macs), tt.want...); !bytes.Equal(raw, want) || wire != tt.wire {
				t.Errorf("restore() = %x, %d, want %x, %d", raw, wire, want, tt.wire)
			}
			if &raw[0] == &data[0] {
				t.Error("the bytes are not a copy")
			}
		})
	}
}

func TestFramesOfOtherDevicesAreCounted(t *testing.T) {
	b, err := newBatch()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b.slots)
	tap := &Tap{}
	for i, tt := range []struct {
		hatype uint16
		ok     bool
	}{{unix.ARPHRD_ETHER, true}, {unix.ARPHRD_LOOPBACK, true}, {unix.ARPHRD_NONE, false}, {unix.ARPHRD_PPP, false}, {unix.ARPHRD_TUNNEL6, false}} {
		b.names[i] = unix.RawSockaddrLinklayer{Hatype: tt.hatype, Ifindex: 2}
		b.msgs[i].len = 60
		b.meta[i].aux.Len = 60
		if _, ok := tap.packet(b, i); ok != tt.ok {
			t.Errorf("hardware type %d: delivered %v, want %v", tt.hatype, ok, tt.ok)
		}
	}
	if tap.Foreign() != 3 {
		t.Errorf("Foreign() = %d, want 3", tap.Foreign())
	}
}

// TestUnstampedFramesKeepTheirPlace: a frame that the kernel has not stamped
// gets a time that fits the order.
func TestUnstampedFramesKeepTheirPlace(t *testing.T) {
	b, err := newBatch()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b.slots)
	now := int64(2e18)
	for i, at := range []uint64{0, 0, 15e17, 16e17, 0} {
		c := auxdata(unix.TpacketAuxdata{Len: 60})
		if at != 0 {
			c = append(c, cmsg(unix.SOL_SOCKET, unix.SO_TIMESTAMPING_NEW, times(64, at/1e9, at%1e9, 0, 0, 0, 0))...)
		}
		b.msgs[i].hdr.SetControllen(copy(b.control[i][:], c))
	}
	if err := b.parse(5, now); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{15e17, 15e17, 15e17, 16e17, now} {
		if b.meta[i].at != want {
			t.Errorf("frame %d: time %d, want %d", i, b.meta[i].at, want)
		}
	}
}

func FuzzParseControl(f *testing.F) {
	f.Add(append(auxdata(unix.TpacketAuxdata{Len: 60}), cmsg(unix.SOL_SOCKET, unix.SO_TIMESTAMPING_NEW, times(64, 1, 2, 0, 0, 0, 0))...))
	f.Add(make([]byte, 17))
	f.Fuzz(func(t *testing.T, in []byte) {
		// As in a batch, the messages begin at an aligned address.
		var aligned [controlSize / 8]uint64
		b := unsafe.Slice((*byte)(unsafe.Pointer(&aligned)), controlSize)
		b = b[:copy(b, in)]
		m, err := parseControl(b)
		if err != nil && m != (metadata{}) {
			t.Errorf("error %v together with %+v", err, m)
		}
	})
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x0a\x88\xb5"), uint32(0x50), uint32(14), uint16(10), uint16(0x8100))
	f.Fuzz(func(t *testing.T, data []byte, status, length uint32, tci, tpid uint16) {
		raw, wire := restore(data, unix.TpacketAuxdata{Status: status, Len: length, Vlan_tci: tci, Vlan_tpid: tpid})
		if wire < len(raw) {
			t.Fatalf("%d bytes of a frame of %d", len(raw), wire)
		}
		if len(raw) == len(data)+4 { // taking the tag out again gives what came in
			raw = append(bytes.Clone(raw[:addresses]), raw[addresses+4:]...)
		}
		if !bytes.Equal(raw, data) {
			t.Fatalf("got %x of %x", raw, data)
		}
		if fr := frame.NewCut(raw, wire); fr.Len() < fr.CapLen() {
			t.Fatalf("Len %d below CapLen %d", fr.Len(), fr.CapLen())
		}
	})
}

package frametest

import (
	"encoding/binary"

	"netverify/frame"
)

// PCAPNG returns views as a capture file. It is made here, apart from the
// writer of the product, so that tests of one do not lean on the other.
func PCAPNG(views []frame.View) []byte {
	le := binary.LittleEndian
	var out []byte
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		n := uint32(len(body) + 12)
		out = le.AppendUint32(le.AppendUint32(out, kind), n)
		out = le.AppendUint32(append(out, body...), n)
	}
	option := func(b []byte, code uint16, v []byte) []byte {
		b = le.AppendUint16(le.AppendUint16(b, code), uint16(len(v)))
		b = append(b, v...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return b
	}
	block(0x0a0d0d0a, append([]byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0}, 255, 255, 255, 255, 255, 255, 255, 255))
	index := make(map[string]uint32)
	for _, v := range views {
		if _, ok := index[v.Interface]; ok {
			continue
		}
		index[v.Interface] = uint32(len(index))
		b := []byte{1, 0, 0, 0, 0, 0, 0, 0} // LINKTYPE_ETHERNET, no snaplen
		b = option(b, 2, []byte(v.Interface))
		b = option(b, 9, []byte{9}) // if_tsresol: nanoseconds
		block(1, option(b, 0, nil))
	}
	for _, v := range views {
		b := le.AppendUint32(nil, index[v.Interface])
		b = le.AppendUint32(le.AppendUint32(b, uint32(uint64(v.At)>>32)), uint32(v.At))
		b = le.AppendUint32(le.AppendUint32(b, uint32(v.Frame.CapLen())), uint32(v.Frame.Len()))
		b = append(b, v.Frame.Bytes()...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		if v.Dir != 0 {
			flags := uint32(v.Dir) // epb_flags: 1 inbound, 2 outbound
			if v.Dir == frame.In {
				flags |= [...]uint32{1, 3, 2, 4}[v.Type] << 2 // reception: 1 host, 3 broadcast, 2 multicast, 4 other
			}
			b = option(b, 2, le.AppendUint32(nil, flags))
		}
		block(6, option(b, 0, nil))
	}
	return out
}

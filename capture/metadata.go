package capture

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// metadata is what the kernel tells about a frame besides its bytes.
type metadata struct {
	at  int64 // ns since the epoch; 0 if the kernel has not stamped the frame
	aux unix.TpacketAuxdata
}

var (
	errControl = errors.New("malformed control message")
	errNoAux   = errors.New("frame without PACKET_AUXDATA: its VLAN tag is unknown")
)

const (
	auxdataLen = int(unsafe.Sizeof(unix.TpacketAuxdata{}))
	cmsgHdrLen = unix.SizeofCmsghdr
)

// parseControl reads the control messages of one frame. The auxdata are asked
// for at Open, so that their absence is an error, never a guess.
//
//	struct cmsghdr { size_t cmsg_len; int cmsg_level; int cmsg_type; }   SOL_PACKET, PACKET_AUXDATA
//	struct tpacket_auxdata { u32 tp_status, tp_len, tp_snaplen; u16 tp_mac, tp_net, tp_vlan_tci, tp_vlan_tpid; }
//	struct cmsghdr ...                                                   SOL_SOCKET, SO_TIMESTAMPING[_NEW]
//	struct __kernel_timespec { s64 tv_sec, tv_nsec; } software, unused, hardware;
//
// The last one is missing from a frame that bears no time; its fields have 32
// bits on 32-bit machines before Linux 5.1.
func parseControl(b []byte) (m metadata, err error) {
	haveAux := false
	for len(b) >= cmsgHdrLen {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		n := uint64(h.Len)
		if n < uint64(cmsgHdrLen) || n > uint64(len(b)) {
			return metadata{}, errControl
		}
		data := b[cmsgHdrLen:n]
		switch {
		case h.Level == unix.SOL_PACKET && h.Type == unix.PACKET_AUXDATA && len(data) >= auxdataLen:
			m.aux = *(*unix.TpacketAuxdata)(unsafe.Pointer(&data[0]))
			haveAux = true
		case h.Level == unix.SOL_SOCKET && (h.Type == unix.SO_TIMESTAMPING_NEW || h.Type == unix.SO_TIMESTAMPING):
			m.at = softwareTime(data)
		}
		b = b[min(unix.CmsgSpace(len(data)), len(b)):]
	}
	if !haveAux {
		return metadata{}, errNoAux
	}
	return m, nil
}

// softwareTime returns the ns of the first of three timespecs, of 64 or of 32
// bits a field; 0 if it is neither.
func softwareTime(b []byte) int64 {
	switch ne := binary.NativeEndian; len(b) {
	case 3 * 16:
		return int64(ne.Uint64(b))*1e9 + int64(ne.Uint64(b[8:]))
	case 3 * 8:
		return int64(int32(ne.Uint32(b)))*1e9 + int64(int32(ne.Uint32(b[4:])))
	}
	return 0
}

// addresses is the length of what stands before the first tag: destination
// and source address.
const addresses = 12

// restore returns a copy of the bytes as they were on the wire, and how many
// there were on the wire. The outer tag, if the kernel has it in its metadata,
// goes back to where it was:
//
//	| destination 6 | source 6 | TPID 2 | TCI 2 (PCP 3, DEI 1, VID 12 bits) | type 2 | ...
//
// Whether there is a tag is told by the status, not by the TCI: TCI 0 is the
// tag of PCP 0, VID 0.
func restore(data []byte, aux unix.TpacketAuxdata) (raw []byte, wireLen int) {
	// tp_len is the frame's length before a filter cut it (packet_rcv, PACKET_SKB_CB(skb)->origlen).
	wireLen = int(aux.Len)
	tag := 0 // bytes to put back
	if aux.Status&unix.TP_STATUS_VLAN_VALID != 0 {
		wireLen += 4
		if len(data) >= addresses { // else a filter has cut the frame before the place of the tag
			tag = 4
		}
	}
	raw = make([]byte, len(data)+tag)
	if tag == 0 {
		copy(raw, data)
		return raw, max(wireLen, len(raw))
	}
	tpid := uint16(unix.ETH_P_8021Q) // before Linux 3.14 there was no other
	if aux.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		tpid = aux.Vlan_tpid
	}
	copy(raw, data[:addresses])
	binary.BigEndian.PutUint16(raw[addresses:], tpid)
	binary.BigEndian.PutUint16(raw[addresses+2:], aux.Vlan_tci)
	copy(raw[addresses+4:], data[addresses:])
	return raw, max(wireLen, len(raw))
}

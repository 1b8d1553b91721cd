package pcapng

import (
	"fmt"

	"netverify/frame"
	"netverify/recording"
)

// iface returns the clock of interface i.
func (r *ngReader) iface(i uint32) (clock, error) {
	if uint64(i) >= uint64(len(r.ifaces)) {
		return clock{}, fmt.Errorf("interface %d is not described: there are %d", i, len(r.ifaces))
	}
	return r.ifaces[i], nil
}

func (r *ngReader) enhancedPacket(b []byte) error {
	if len(b) < 20 {
		return fmt.Errorf("%d bytes are too short", len(b))
	}
	return r.packet(r.order.Uint32(b), b[4:])
}

// obsoletePacket reads a Packet Block (appendix A of the draft), which has two
// 16-bit fields in the place of the interface number.
func (r *ngReader) obsoletePacket(b []byte) error {
	if len(b) < 20 {
		return fmt.Errorf("%d bytes are too short", len(b))
	}
	return r.packet(uint32(r.order.Uint16(b)), b[4:])
}

// packet reads the rest of either: time, lengths, data, options.
func (r *ngReader) packet(id uint32, b []byte) error {
	c, err := r.iface(id)
	if err != nil {
		return err
	}
	capLen, wireLen := r.order.Uint32(b[8:]), r.order.Uint32(b[12:])
	stamp := uint64(r.order.Uint32(b))<<32 | uint64(r.order.Uint32(b[4:]))
	b = b[16:]
	if uint64(capLen) > uint64(len(b)) {
		return fmt.Errorf("frame of %d bytes in a block that holds %d", capLen, len(b))
	}
	data := b[:capLen]
	o := recording.Observation{Point: int(id), At: c.ns(stamp)}
	var comments []string
	var packetID uint64
	var flags uint32
	err = r.options(b[min(int(capLen)+pad4(int(capLen)), len(b)):], func(code uint16, v []byte) error {
		switch {
		case code == optComment && r.comments:
			comments = append(comments, text(v))
			return r.file.hold(costText + len(v))
		case code == epbFlags && len(v) == 4:
			flags = r.order.Uint32(v)
		case code == epbPacketID && len(v) == 8:
			packetID = r.order.Uint64(v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if d := frame.Direction(flags & flagDirection); d <= frame.Out {
		o.Dir = d
	}
	o.ChecksumPending = flags&flagCsumUnset != 0
	if o.Type = typeOf(flags); !r.announced && o.Type == frame.Outgoing {
		o.Type = foreignType(o.Dir, data)
	}
	i, err := r.sec.addFrame(o, data, int(wireLen))
	if err != nil || i < 0 {
		return err
	}
	if len(comments) > 0 {
		if r.sec.PacketComments == nil {
			r.sec.PacketComments = make(map[int][]string)
		}
		r.sec.PacketComments[i] = comments
	}
	if packetID != 0 && r.comments {
		if r.sec.PacketIDs == nil {
			r.sec.PacketIDs = make(map[int]uint64)
		}
		r.sec.PacketIDs[i] = packetID
	}
	return nil
}

// simplePacket reads a block that has no time and belongs to interface 0.
func (r *ngReader) simplePacket(b []byte) error {
	if len(b) < 4 {
		return fmt.Errorf("%d bytes are too short", len(b))
	}
	c, err := r.iface(0)
	if err != nil {
		return err
	}
	wireLen := r.order.Uint32(b)
	n := uint64(wireLen)
	if c.snaplen != 0 {
		n = min(n, uint64(c.snaplen))
	}
	if data := b[4:]; n > uint64(len(data)) {
		return fmt.Errorf("frame of %d bytes in a block that holds %d", n, len(data))
	}
	data := b[4 : 4+n]
	_, err = r.sec.addFrame(recording.Observation{Type: foreignType(0, data)}, data, int(wireLen))
	return err
}

package frame

// View is a frame together with what a capture says of it: all that a filter
// may ask.
type View struct {
	Frame     Frame
	Number    int       // frame.number: from 1, in the evidence file
	Interface string    // frame.interface_name: "c1:eth0"
	At        int64     // frame.time_epoch: ns since the epoch
	Dir       Direction // frame.p2p_dir: 0 sent, 1 received, absent if unknown

	// Type is frame.packet_flags_reception_type, and means something only
	// where Dir is In.
	Type PacketType

	// ChecksumPending is set where the sender left the TCP or UDP checksum to
	// a device: its checksum.status is then 2 (unverified).
	ChecksumPending bool
}

// Values returns all occurrences of the field with Wireshark's name in the
// order of the frame, nil for a field that Lookup does not know. Filters use
// Field.AppendValues, which looks nothing up.
func (v *View) Values(name string) []Value {
	f, ok := Lookup(name)
	if !ok {
		return nil
	}
	return f.AppendValues(nil, v)
}

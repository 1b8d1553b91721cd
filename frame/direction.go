package frame

// Direction tells on which side of an interface a tap saw a frame.
type Direction uint8

const (
	_   Direction = iota
	In            // received by the interface (sll_pkttype host, broadcast, multicast or otherhost)
	Out           // sent by the interface (sll_pkttype PACKET_OUTGOING)
)

// String returns "in" or "out".
func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	}
	return "?"
}

// PacketType is sll_pkttype of packet(7): to whom the receiving kernel took
// the frame to be addressed.
type PacketType uint8

// The packet types of linux/if_packet.h.
const (
	ToHost      PacketType = 0 // addressed to the interface
	ToBroadcast PacketType = 1
	ToMulticast PacketType = 2
	ToOther     PacketType = 3 // PACKET_OTHERHOST: another station's unicast
	Outgoing    PacketType = 4
)

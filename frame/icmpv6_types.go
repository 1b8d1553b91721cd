package frame

// ICMPv6 types of hosts and routers that announce themselves unasked.
const (
	MLDQuery              = 130 // RFC 2710, RFC 3810
	MLDReport1            = 131 // RFC 2710
	MLDDone               = 132 // RFC 2710
	RouterSolicitation    = 133 // RFC 4861 4.1
	RouterAdvertisement   = 134 // RFC 4861 4.2
	NeighborSolicitation  = 135 // RFC 4861 4.3
	NeighborAdvertisement = 136 // RFC 4861 4.4
	MLDReport2            = 143 // RFC 3810
)

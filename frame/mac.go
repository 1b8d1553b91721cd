package frame

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// MAC is an Ethernet address (EUI-48) in the order of the wire.
type MAC [6]byte

// Broadcast is ff:ff:ff:ff:ff:ff.
var Broadcast = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// String returns the address as ip-link(8) and Wireshark write it:
// "02:00:00:00:00:01".
func (m MAC) String() string {
	const digits = "0123456789abcdef"
	var b [17]byte
	for i, x := range m {
		if i > 0 {
			b[3*i-1] = ':'
		}
		b[3*i], b[3*i+1] = digits[x>>4], digits[x&15]
	}
	return string(b[:])
}

// IsGroup tells whether m is a multicast address or Broadcast (I/G bit, IEEE
// Std 802-2014 8.2.2).
func (m MAC) IsGroup() bool { return m[0]&1 != 0 }

// IsLocal tells whether m is administered locally (U/L bit, IEEE Std 802-2014
// 8.2.2).
func (m MAC) IsLocal() bool { return m[0]&2 != 0 }

// ParseMAC reads six bytes of two hexadecimal digits each, all separated by
// ':' or all by '-'.
func ParseMAC(s string) (MAC, error) {
	var m MAC
	if len(s) != 17 || s[2] != ':' && s[2] != '-' {
		return m, fmt.Errorf("%q is not a MAC address such as 02:00:00:00:00:01", s)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, s[2:3], ""))
	if err != nil || len(b) != len(m) {
		return m, fmt.Errorf("%q is not a MAC address such as 02:00:00:00:00:01", s)
	}
	copy(m[:], b)
	return m, nil
}

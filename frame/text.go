package frame

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// mostBytes is how much of a byte string is written out.
const mostBytes = 32

// Text returns a value of the field as people read it: "02:00:00:00:03:01",
// "0x0800 (IPv4)", "64 hops", "true". Of a byte string that is long, the
// beginning.
func (f *Field) Text(v Value) string {
	switch f.Type {
	case TypeBool:
		return strconv.FormatBool(v.Num != 0)
	case TypeUint:
		return f.number(v.Num)
	case TypeInt:
		return f.unit(strconv.FormatInt(int64(v.Num), 10))
	case TypeIPv4:
		return netip.AddrFrom4([4]byte{byte(v.Num >> 24), byte(v.Num >> 16), byte(v.Num >> 8), byte(v.Num)}).String()
	case TypeIPv6:
		if len(v.Bytes) == 16 {
			return netip.AddrFrom16([16]byte(v.Bytes)).String()
		}
	case TypeEther:
		return colons(v.Bytes)
	case TypeString:
		return v.Str
	case TypeTime:
		return time.Unix(0, int64(v.Num)).UTC().Format(time.RFC3339Nano)
	}
	if f.Unit == "MAC" {
		return colons(v.Bytes)
	}
	if len(v.Bytes) > mostBytes {
		return fmt.Sprintf("%s… (%d bytes)", hex.EncodeToString(v.Bytes[:mostBytes]), len(v.Bytes))
	}
	return hex.EncodeToString(v.Bytes)
}

func (f *Field) number(n uint64) string {
	text := strconv.FormatUint(n, 10)
	if f.Hex {
		text = fmt.Sprintf("0x%0*x", (f.Bits+3)/4, n)
	}
	for _, name := range f.Names {
		if name.Value == n {
			return text + " (" + name.Name + ")"
		}
	}
	return f.unit(text)
}

func (f *Field) unit(text string) string {
	if f.Unit == "" {
		return text
	}
	if f.Unit[0] >= '0' && f.Unit[0] <= '9' { // counted in pieces of several
		return text + " × " + f.Unit
	}
	return text + " " + f.Unit
}

func colons(b []byte) string {
	text := make([]byte, 0, 3*len(b))
	for i, x := range b {
		if i > 0 {
			text = append(text, ':')
		}
		text = hex.AppendEncode(text, []byte{x})
	}
	return string(text)
}

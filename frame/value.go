package frame

// Type is the type of a field's values, as Wireshark's FT_* types.
type Type uint8

// The types of fields.
const (
	_          Type = iota
	TypeNone        // a protocol: present or not; as a value, its bytes
	TypeBool        // FT_BOOLEAN
	TypeUint        // FT_UINT8 to FT_UINT64, FT_FRAMENUM
	TypeInt         // FT_INT8 to FT_INT32
	TypeEther       // FT_ETHER: 6 bytes
	TypeIPv4        // FT_IPv4: 4 bytes
	TypeIPv6        // FT_IPv6: 16 bytes
	TypeBytes       // FT_BYTES
	TypeString      // FT_STRING
	TypeTime        // FT_RELATIVE_TIME: nanoseconds
)

// String returns the type as docs/fields.md names it.
func (t Type) String() string {
	return [...]string{"?", "protocol", "boolean", "unsigned", "signed", "MAC", "IPv4", "IPv6", "bytes", "string", "time"}[t]
}

// Value is one occurrence of a field in a frame. Which member is set is told
// by the field's Type: Num by booleans (0 or 1), unsigned, signed (two's
// complement), IPv4 (as a number) and time (ns); Bytes by MAC, IPv6, bytes and
// protocols; Str by strings.
type Value struct {
	Num   uint64
	Bytes []byte
	Str   string

	Off, Len uint32 // the bytes of the frame that it was read from; Len 0: it stands nowhere
	Mask     uint32 // the bits of these bytes, as a big-endian number; 0: all of them
}

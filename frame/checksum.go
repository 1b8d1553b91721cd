package frame

// checksum returns the Internet checksum (RFC 1071) of b, begun with sum. It
// is 0 for bytes that include their own correct checksum.
func checksum(sum uint32, b []byte) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(be16(b))
		if sum >= 1<<31 {
			sum = sum>>16 + sum&0xffff
		}
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// pseudoSum is the sum of a pseudo header without the length (RFC 9293 3.1,
// RFC 8200 8.1). addrs are source and destination as they stand in the header.
func pseudoSum(addrs []byte, proto uint8) uint32 {
	sum := uint32(proto)
	for ; len(addrs) >= 2; addrs = addrs[2:] {
		sum += uint32(be16(addrs))
	}
	return sum
}

// checksumStatus is Wireshark's PROTO_CHECKSUM_E_*.
type checksumStatus uint8

const (
	checksumBad checksumStatus = iota
	checksumGood
	checksumUnverified
	checksumAbsent
	checksumIllegal // absent where it must not be: UDP in IPv6, RFC 8200 8.1
)

// verify judges the checksum over the bytes from off to end.
func (p *parser) verify(off, end int, sum uint32, part bool) checksumStatus {
	switch {
	case part || end > len(p.b):
		return checksumUnverified
	case checksum(sum, p.b[off:end]) == 0:
		return checksumGood
	}
	return checksumBad
}

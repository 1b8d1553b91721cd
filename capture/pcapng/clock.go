package pcapng

import (
	"math"
	"math/bits"
)

// clock is how the time stamps of an interface are to be read.
type clock struct {
	tsresol byte   // if_tsresol: negative power of ten, or of two where bit 7 is set
	offset  int64  // if_tsoffset, s
	snaplen uint32 // bytes; 0: no limit
}

// ns returns the time in ns since the epoch. A time that no int64 can hold
// becomes the nearest that it can.
func (c clock) ns(stamp uint64) int64 {
	if c.tsresol == 9 && c.offset == 0 {
		return int64(stamp)
	}
	hi, lo := bits.Mul64(stamp, 1e9)
	if n := uint(c.tsresol & 0x7f); c.tsresol&0x80 != 0 {
		hi, lo = shiftRight(hi, lo, n)
	} else {
		for ; n > 0 && hi|lo != 0; n-- {
			var rem uint64
			hi, rem = hi/10, hi%10
			lo, _ = bits.Div64(rem, lo, 10)
		}
	}
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return addSeconds(int64(lo), c.offset)
}

// unit is the resolution of the time stamps in ns, at least 1.
func (c clock) unit() int64 {
	n := uint(c.tsresol & 0x7f)
	if c.tsresol&0x80 != 0 {
		return max(int64(1_000_000_000)>>min(n, 62), 1)
	}
	unit := int64(1_000_000_000)
	for ; n > 0 && unit > 1; n-- {
		unit /= 10
	}
	return unit
}

func shiftRight(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return 0, hi >> (n - 64)
	}
	return hi >> n, lo>>n | hi<<(64-n)
}

// addSeconds returns ns + s seconds, at the limit of int64 where it overflows.
func addSeconds(ns, s int64) int64 {
	const most = math.MaxInt64 / 1_000_000_000
	switch {
	case s > most:
		return math.MaxInt64
	case s < -most:
		return math.MinInt64
	}
	if sum := ns + s*1_000_000_000; s < 0 || sum >= ns {
		return sum
	}
	return math.MaxInt64
}

package pcapng

import (
	"bytes"
	"fmt"
	"hash/crc32"

	"netverify/frame"
)

// DefaultLimit is the memory that what is held of capture files may take where
// nothing else is asked for, bytes: some 500,000 small frames that differ, or
// the double number of sightings of the same ones.
const DefaultLimit = 512 << 20

// What is held of a file, bytes. The length of a file says nothing of it: gzip
// packs 1000 to 1, and a frame of 14 bytes needs more for its layers, its place
// and its journey than for itself. The costs are what judging takes at most,
// and were measured; they need not be exact.
const (
	costFrame     = 640  // a frame, decoded, with the key of its journey
	costSighting  = 384  // one observation of a frame, with its place in a journey
	costBytes     = 3    // for each byte of a frame that is not shared: itself, and as the key of maps
	costInterface = 1024 // an interface, with its stream and its hops
	costSection   = 1024
	costText      = 64 // a comment, without its text
	costObject    = 512
	costValue     = 32 // of the record's JSON
)

// Budget is the memory that what is held of one or several files may take. It
// is an estimate, and an upper bound but for what the runtime adds.
type Budget struct{ limit, used int64 }

// NewBudget has so many bytes; 0 means DefaultLimit.
func NewBudget(bytes int64) *Budget {
	if bytes <= 0 {
		bytes = DefaultLimit
	}
	return &Budget{limit: bytes}
}

// LimitError says that reading was ended because a file would have taken more
// memory than it may. What was read until then is returned beside it.
type LimitError struct {
	Offset int64 // of the unpacked file, bytes
	Frames int   // of the file that were read
	Limit  int64 // bytes
}

// Error says where reading stopped, and why.
func (e *LimitError) Error() string {
	return fmt.Sprintf("reading stops at byte %d, after %d frames: what is held of them would take more than the limit of %s (--limit)", e.Offset, e.Frames, Size(e.Limit))
}

// Size writes a number of bytes as --limit reads it.
func Size(n int64) string {
	for _, u := range []struct {
		name string
		n    int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.n && n%u.n == 0 {
			return fmt.Sprintf("%d%s", n/u.n, u.name)
		}
	}
	return fmt.Sprint(n)
}

// hold takes memory for what is about to be held of the file.
func (f *File) hold(n int) error {
	if f.budget.used += int64(n); f.budget.used > f.budget.limit {
		f.budget.used -= int64(n)
		return &LimitError{Offset: f.source.off, Frames: f.frames, Limit: f.budget.limit}
	}
	return nil
}

// pool shares the frames that several taps saw, or that were repeated: they are
// held and decoded once. It remembers a fixed number of frames, for the same
// ones stand near each other in a file.
type pool [4096]frame.Frame

// share returns a frame with these bytes; fresh is whether it is a new one.
func (p *pool) share(data []byte, wireLen int) (f frame.Frame, fresh bool) {
	slot := &p[crc32.Checksum(data, castagnoli)%uint32(len(p))]
	if old := *slot; len(data) > 0 && old.Len() == max(wireLen, len(data)) && bytes.Equal(old.Bytes(), data) {
		return old, false
	}
	*slot = frame.NewCut(bytes.Clone(data), wireLen)
	return *slot, true
}

package pcapng

import (
	"bufio"
	"errors"
	"hash/crc32"
	"io"
)

// source reads a file front to back and keeps count.
type source struct {
	r   *bufio.Reader
	off int64  // bytes read
	crc uint32 // CRC-32C of the bytes read since it was last set to zero
	buf []byte
}

// full reads len(b) bytes, which belong to what.
func (s *source) full(b []byte, what string) error {
	n, err := io.ReadFull(s.r, b)
	s.off += int64(n)
	s.crc = crc32.Update(s.crc, castagnoli, b[:n])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &TruncatedError{Offset: s.off, What: what}
	}
	return err
}

// body reads n bytes into memory that the next call overwrites. No more is
// allocated than twice what has really come.
func (s *source) body(n int, what string) ([]byte, error) {
	const step = 64 << 10
	have := 0
	for have < n {
		more := min(n-have, max(step, have))
		if cap(s.buf) < have+more {
			grown := make([]byte, have+more)
			copy(grown, s.buf[:have])
			s.buf = grown
		}
		s.buf = s.buf[:have+more]
		if err := s.full(s.buf[have:], what); err != nil {
			return nil, err
		}
		have += more
	}
	return s.buf[:n], nil
}

// atEOF tells whether the file ends here.
func (s *source) atEOF() (bool, error) {
	_, err := s.r.Peek(1)
	switch {
	case errors.Is(err, io.EOF):
		return true, nil
	case errors.Is(err, io.ErrUnexpectedEOF): // of what is compressed
		return false, &TruncatedError{Offset: s.off, What: "the end of the compressed file"}
	}
	return false, err
}

package capture

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SendBatch sends the frames one after the other from one interface, 64 to a
// system call: for load, where each Send's own system call would be what is
// measured. It returns how many were sent; if not all, the error is the
// *SendError of the next.
func (s *Sender) SendBatch(ifindex int, frames [][]byte) (n int, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 && len(frames) > 0 {
		return 0, &SendError{Ifindex: ifindex, Len: len(frames[0]), Err: os.ErrClosed}
	}
	var out sendBatch
	for n < len(frames) {
		msgs := out.fill(ifindex, frames[n:])
		r, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd),
			uintptr(unsafe.Pointer(&out.msgs[0])), uintptr(msgs), 0, 0, 0)
		runtime.KeepAlive(frames)
		if errno == 0 {
			// Fewer than msgs: the next one has failed, and will say why.
			n += int(r)
			continue
		}
		if err := s.again(errno); err != nil {
			return n, s.refused(ifindex, frames[n], err)
		}
	}
	return n, nil
}

// sendBatch is the memory for one sendmmsg(2).
type sendBatch struct {
	msgs [batchSize]mmsghdr
	iovs [batchSize]unix.Iovec
	to   [batchSize]unix.RawSockaddrLinklayer
}

// fill describes the first frames to the kernel and returns their number.
func (o *sendBatch) fill(ifindex int, frames [][]byte) int {
	n := min(len(frames), batchSize)
	for i, b := range frames[:n] {
		o.to[i] = address(ifindex, b)
		o.iovs[i].Base = unsafe.SliceData(b)
		o.iovs[i].SetLen(len(b))
		h := &o.msgs[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&o.to[i]))
		h.Namelen = uint32(unsafe.Sizeof(o.to[i]))
		h.Iov = &o.iovs[i]
		h.SetIovlen(1)
	}
	return n
}

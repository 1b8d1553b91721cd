package capture

import (
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is how many frames one recvmmsg(2) takes at most.
	batchSize = 64

	// slotSize is the room for one frame in bytes: the largest an ordinary
	// device can hand over, 65535 of IP (a TSO or GRO super-frame; lo has an
	// MTU of 65536) with its header and tags, rounded up to a page. The odd
	// cache lines spread the beginnings of the slots over the sets of the cache.
	slotSize = 17*4096 + 128

	// controlSize is the room for the control messages of one frame in bytes:
	// tpacket_auxdata (40 with its header) and three times (64), and some to spare.
	controlSize = 128
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32 // bytes received
}

// batch is the memory for one recvmmsg(2). The slots are 4.3 MiB of address
// space, of which only what frames touch is ever backed by memory: 256 KiB with
// ordinary frames.
type batch struct {
	slots     []byte // mapped
	msgs      [batchSize]mmsghdr
	iovs      [batchSize]unix.Iovec
	names     [batchSize]unix.RawSockaddrLinklayer
	control   [batchSize][controlSize]byte
	meta      [batchSize]metadata // of what the last receive brought, see parse
	estimated [batchSize]bool     // parse had to guess the time
}

// batches are those not in use. A batch serves whichever tap is being read:
// there are as many as ever were reads at the same time, and they are kept.
var batches struct {
	sync.Mutex
	free []*batch
}

func getBatch() (*batch, error) {
	batches.Lock()
	defer batches.Unlock()
	if n := len(batches.free); n > 0 {
		b := batches.free[n-1]
		batches.free = batches.free[:n-1]
		return b, nil
	}
	return newBatch()
}

func putBatch(b *batch) {
	batches.Lock()
	defer batches.Unlock()
	batches.free = append(batches.free, b)
}

func newBatch() (*batch, error) {
	mem, err := unix.Mmap(-1, 0, batchSize*slotSize, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("capture: buffer: %w", os.NewSyscallError("mmap", err))
	}
	b := &batch{slots: mem}
	for i := range b.msgs {
		b.iovs[i].Base = &mem[i*slotSize]
		b.iovs[i].SetLen(slotSize)
		h := &b.msgs[i].hdr
		h.Iov = &b.iovs[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Control = &b.control[i][0]
	}
	return b, nil
}

// receive takes up to batchSize frames off the queue without blocking. n is
// less than batchSize only if the queue was empty after them, or an error is
// pending, which the next call returns.
func (b *batch) receive(fd int) (n int, err error) {
	for i := range b.msgs {
		// The kernel has overwritten the lengths with what it filled in.
		h := &b.msgs[i].hdr
		h.Namelen = uint32(unsafe.Sizeof(b.names[i]))
		h.SetControllen(controlSize)
		h.Flags = 0
	}
	// MSG_TRUNC: the length of a frame is that of the frame, not that of the slot.
	r, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.msgs[0])),
		batchSize, unix.MSG_DONTWAIT|unix.MSG_TRUNC, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// parse reads what the kernel tells about the first n messages. now is the
// time before they were received, in ns since the epoch.
//
// The kernel begins to stamp frames some time after the first socket of the
// machine has asked for it (net/core/dev.c:net_enable_timestamp leaves it to a
// work queue; below 1 ms). A frame of that time gets the time of its reading,
// or that of the next frame if that is earlier: so the order holds.
func (b *batch) parse(n int, now int64) (err error) {
	for i := n - 1; i >= 0; i-- {
		if b.meta[i], err = parseControl(b.controls(i)); err != nil {
			return err
		}
		b.estimated[i] = false
		if b.meta[i].at == 0 {
			b.meta[i].at, b.estimated[i] = now, true
			if i+1 < n {
				b.meta[i].at = min(now, b.meta[i+1].at)
			}
		}
	}
	return nil
}

// data returns the bytes of message i that are in its slot.
func (b *batch) data(i int) []byte {
	n := min(int(b.msgs[i].len), slotSize)
	return b.slots[i*slotSize:][:n:n]
}

// controls returns the control messages of message i.
func (b *batch) controls(i int) []byte {
	return b.control[i][:min(uint64(b.msgs[i].hdr.Controllen), controlSize)]
}

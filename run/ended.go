package run

import (
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/capture"
	"netverify/internal/memory"
)

// How many labs that have ended are kept before their namespaces are let go
// together. To tear down a namespace the kernel holds the lock of all network
// configuration (rtnl) over several RCU grace periods, some 20 ms for a lab:
// done beside the next labs it makes their building three times as slow. So
// the usual run leaves all of it to the kernel's leisure after its end; a long
// one, or one on a small machine, pays for it now and then.
const (
	keepEnded = 100     // labs
	labMemory = 8 << 20 // bytes of free memory that keeping one may cost (measured: below 2 MiB)
)

// keep is how many labs this machine has room for, and the control group of this
// process: what a lab takes in the kernel is counted as its maker's.
func keep() int {
	var i unix.Sysinfo_t
	if err := unix.Sysinfo(&i); err != nil {
		return 1
	}
	free := uint64(i.Freeram) * uint64(i.Unit)
	free = min(free, uint64(memoryLimit())/4)
	return int(min(keepEnded, max(1, free/labMemory)))
}

var memoryLimit = sync.OnceValue(func() int64 { return memory.Limit(os.DirFS("/")) })

// ended are labs whose recordings are sealed.
type ended struct {
	sync.Mutex
	labs    []*session
	closing sync.WaitGroup
}

// add closes the sockets of a lab at once, beside the next lab: each waits for
// a grace period of its own (packet_release in net/packet/af_packet.c), but
// holds no lock, and a process that just ended would have to close them one
// after the other.
func (e *ended) add(s *session) {
	// Its neighbours must not take the place of those of living labs. Where
	// they cannot be removed they go with the namespaces.
	_ = s.lab.ForgetNeighbours()
	e.closing.Go(func() { _ = capture.CloseAll(s.sockets()) })
	e.Lock()
	defer e.Unlock()
	if e.labs = append(e.labs, s); len(e.labs) >= keep() {
		e.letGo()
	}
}

// closeAll lets go of what is left and waits until all sockets are closed.
func (e *ended) closeAll() {
	e.Lock()
	e.letGo()
	e.Unlock()
	e.closing.Wait()
}

// letGo gives the namespaces back; the kernel takes them away on its own time.
// A descriptor that cannot be closed ends with the process.
func (e *ended) letGo() {
	for _, s := range e.labs {
		_ = s.lab.Close()
	}
	e.labs = nil
}

// sockets are the taps and senders of a lab. Those that only sent have nothing to
// lose; neither have the taps, whose frames are in the recording.
func (s *session) sockets() (list []io.Closer) {
	if s.taps != nil {
		list = append(list, s.taps)
	}
	for _, n := range s.nodes {
		if n.tap != nil {
			list = append(list, n.tap)
		}
		if n.arp != nil {
			list = append(list, n.arp)
		}
		if n.sender != nil {
			list = append(list, n.sender)
		}
	}
	return list
}

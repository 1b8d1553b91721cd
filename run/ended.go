package run

import (
	"sync"

	"netverify/capture"
)

// keepEnded is how many labs that have ended are kept before they are torn
// down together. To tear down a namespace the kernel holds the lock of all
// network configuration (rtnl) over several RCU grace periods, and each packet
// socket costs one as well: done beside the next labs it makes their building
// three times as slow, done for many at once it costs hardly more than for one
// (cleanup_net in net/core/net_namespace.c works in batches).
const keepEnded = 32

// ended are labs whose recordings are sealed.
type ended struct {
	sync.Mutex
	labs    []*session
	closing sync.WaitGroup
}

func (e *ended) add(s *session) {
	e.Lock()
	defer e.Unlock()
	e.labs = append(e.labs, s)
	if len(e.labs) < keepEnded {
		return
	}
	batch := e.labs
	e.labs = nil
	e.closing.Go(func() { tearDown(batch) })
}

// closeAll tears down what is left and waits for it: a process that just ended
// would have to close its sockets one after the other.
func (e *ended) closeAll() {
	e.Lock()
	batch := e.labs
	e.labs = nil
	e.Unlock()
	tearDown(batch)
	e.closing.Wait()
}

// tearDown closes sockets first, so that they share their grace periods, and
// then lets go of the namespaces. What the kernel says to it changes nothing:
// all that was seen is in the recordings, and what lives on ends with the process.
func tearDown(labs []*session) {
	var taps []*capture.Tap
	var senders sync.WaitGroup
	for _, s := range labs {
		for _, n := range s.nodes {
			if n.tap != nil {
				taps = append(taps, n.tap)
			}
			if n.sender != nil {
				senders.Go(func() { _ = n.sender.Close() })
			}
		}
	}
	_ = capture.CloseAll(taps)
	senders.Wait()
	for _, s := range labs {
		_ = s.lab.Close()
	}
}

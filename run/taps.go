package run

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"os"
	"time"

	"netverify/capture"
	"netverify/frame"
	"netverify/internal/netns"
	"netverify/lab"
	"netverify/recording"
)

// station is one node's sockets and what its tap has seen in this step.
type station struct {
	name   string
	number int // index into session.nodes
	tap    *capture.Tap
	sender *capture.Sender
	points map[int]int // ifindex to index into Recording.Points
	seen   []recording.Observation

	dropped   uint64 // frames that the tap had lost when the step began
	uncounted error  // why that is not known

	arp     *capture.Tap // what the stack takes of ARP; nil before the first arping
	arpLost uint64       // frames that found no room there, as already told
}

// tap opens a tap and a sender in every namespace, before anything is sent.
func (s *session) tap() error {
	s.named, s.at = make(map[string]*station), make(map[string]int)
	spaces := make([]*netns.NS, len(s.plan.Nodes))
	for i := range s.plan.Nodes {
		st := &station{name: s.plan.Nodes[i].Name, number: i, points: make(map[int]int)}
		s.nodes = append(s.nodes, st)
		s.named[st.name] = st
		spaces[i] = s.lab.NS(st.name)
	}
	at := 0
	var err error
	if s.taps, err = capture.NewSet(); err != nil {
		return err
	}
	err = netns.Visit(spaces, func(i int) error {
		st := s.nodes[i]
		at = i
		var err error
		if st.tap, err = capture.Open(capture.Options{}); err != nil {
			return err
		}
		if err = s.taps.Add(st.tap); err != nil {
			return err
		}
		st.sender, err = capture.OpenSender()
		return err
	})
	if err != nil {
		return fmt.Errorf("tap of %s: %w", s.nodes[at].name, err)
	}
	return nil
}

// close gives the lab to those that have ended.
func (s *session) close() { s.j.ended.add(s) }

func (s *session) node(name string) *station { return s.named[name] }

// refresh asks the kernel anew which interfaces there are and what their
// addresses are: after every step that may change that.
func (s *session) refresh() { s.known(s.lab.Interfaces()) }

// known takes over which interfaces there are.
func (s *session) known(list []lab.Interface) {
	s.ifaces = list
	s.bindings = lab.Bindings(s.ifaces)
	s.iface = make(map[string]int, len(list))
	for n, i := range s.ifaces {
		s.iface[i.Ref.String()] = n
		p := recording.Point{Node: i.Ref.Node, Interface: i.Ref.Iface, Ifindex: i.Ifindex, MTU: i.MTU, Kind: i.Kind}
		copy(p.MAC[:], i.MAC)
		at, known := s.at[p.Name()]
		if !known {
			at = len(s.rec.Points)
			s.at[p.Name()] = at
			s.rec.Points = append(s.rec.Points, p)
		}
		s.rec.Points[at] = p // made anew under its old name, it is the same point
		s.node(p.Node).points[p.Ifindex] = at
	}
}

// drain reads what waits at all taps and returns how many frames that were. The
// error says, too, why the run is to end here: see halted.
func (s *session) drain() (int, error) {
	total := 0
	for range rounds {
		if total >= flood {
			s.j.seat.leave()
		}
		left := false
		ready, err := s.taps.Ready()
		if err != nil {
			return total, err
		}
		for _, i := range ready {
			n := s.nodes[i]
			s.reads++
			k, err := n.tap.ReadSome(share, func(p capture.Packet) { s.take(n, p) })
			if err != nil {
				return total, fmt.Errorf("tap of %s: %w", n.name, err)
			}
			total += k
			left = left || k >= share
			if s.meter.full() {
				return total, s.halted()
			}
		}
		if err := s.halted(); err != nil {
			return total, err // there is nothing more to send
		}
		if !left {
			break
		}
	}
	s.j.seat.back()
	return total, nil
}

// A tap is read for so many frames before it is the next one's turn: in a storm
// all taps have their share of what the step may cost. After so many rounds a
// flood that is within the limits has been read for as much as the taps can hold;
// it is one where so many frames came without a pause.
const (
	share  = 64
	rounds = 256
	flood  = 2000
)

// take turns a packet into an observation and tells the wave about its fences.
func (s *session) take(n *station, p capture.Packet) {
	point, ok := n.points[p.Ifindex]
	if !ok {
		s.refresh()
		if point, ok = n.points[p.Ifindex]; !ok {
			s.rec.Trouble = append(s.rec.Trouble, fmt.Sprintf("%s saw a frame at an interface that is gone (index %d)", n.name, p.Ifindex))
			return
		}
	}
	o := recording.Observation{
		Point: point, Dir: p.Dir, At: p.At, Type: p.Type, Frame: s.frames.same(p.Frame),
		ChecksumPending: p.ChecksumPending, Step: s.step,
	}
	if tag, ok := frame.FindTag(o.Frame.Bytes(), s.rec.Nonce); ok {
		o.Mark, o.Step, o.Seq = tag.Mark, tag.Step, tag.Seq
	}
	if p.Estimated {
		s.estimated++
	}
	switch {
	case o.Mark == frame.Fence && s.fences.came(&o): // costs what it has to
		n.seen = append(n.seen, o)
		return
	case o.Mark == frame.Fence:
	case s.strict() || !recording.Chatter(&o):
		s.caused++
	}
	if o.Mark != frame.Fence {
		s.heardQuery(&o)
		s.heardReport(&o)
	}
	s.meter.count(&o)
	n.seen = append(n.seen, o)
}

// strict tells whether background chatter counts in the running step.
func (s *session) strict() bool { return s.step != idle && s.plan.Steps[s.step].Strict }

// poll waits for a frame until the deadline and drains the taps. It returns
// false when the deadline has passed.
func (s *session) poll(deadline time.Time) (bool, error) {
	for {
		began := time.Now()
		until := earliest(deadline, began.Add(attention))
		err := s.taps.Wait(until)
		s.held(began, latest(began, until))
		s.clock.look()
		over := errors.Is(err, os.ErrDeadlineExceeded)
		if err != nil && !over {
			return false, err
		}
		if _, err := s.drain(); err != nil || !over {
			return !over, err
		}
		if !time.Now().Before(deadline) {
			return false, nil
		}
	}
}

// merge moves what the taps have seen since the step began into the recording:
// by time across nodes, and as it arrived within a node.
func (s *session) merge() {
	first := s.mark()
	s.rec.Observations = s.rec.Observations[:first]
	var left heads
	for _, n := range s.nodes {
		if len(n.seen) > 0 {
			left = append(left, head{n.number, n.seen})
		}
	}
	heap.Init(&left)
	for len(left) > 0 {
		s.rec.Observations = append(s.rec.Observations, left[0].seen[0])
		if left[0].seen = left[0].seen[1:]; len(left[0].seen) == 0 {
			heap.Pop(&left)
			continue
		}
		heap.Fix(&left, 0)
	}
	if s.step != idle {
		s.record().Count = len(s.rec.Observations) - first
	}
}

// head is what is left of the frames of one node.
type head struct {
	node int
	seen []recording.Observation
}

// heads are those of all nodes, as a heap: the next one first.
type heads []head

func (h heads) Len() int      { return len(h) }
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(head)) }

func (h heads) Less(i, j int) bool {
	a, b := &h[i].seen[0], &h[j].seen[0]
	return before(a, b) || !before(b, a) && h[i].node < h[j].node
}

func (h *heads) Pop() any {
	n := len(*h) - 1
	last := (*h)[n]
	*h = (*h)[:n]
	return last
}

// before orders frames of different nodes; at the same nanosecond a frame
// leaves before it arrives.
func before(a, b *recording.Observation) bool {
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c < 0
	}
	return a.Dir == frame.Out && b.Dir == frame.In
}

// mark is the index of the running step's first observation.
func (s *session) mark() int {
	if s.step == idle {
		return 0
	}
	return s.record().First
}

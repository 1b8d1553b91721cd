package recording

import (
	"net/netip"

	"netverify/frame"
)

// Observation is one frame seen at one point, once.
type Observation struct {
	Point int             // index into Recording.Points
	Dir   frame.Direction // side of the interface; 0 where a foreign capture does not tell
	At    int64           // ns since the epoch, CLOCK_REALTIME, from the kernel (SO_TIMESTAMPNS)
	Type  frame.PacketType
	Frame frame.Frame // as on the wire: the tag that the kernel had moved to metadata is back in its place

	// ChecksumPending is set where the sender had left the checksum to a
	// device (TP_STATUS_CSUMNOTREADY): a wrong checksum then means nothing.
	ChecksumPending bool

	Mark frame.Mark
	Step int // index into Recording.Steps of the step that was running; the step of the nonce for marked frames
	Seq  int // of a marked frame: the number that its nonce carries
}

// Point is one tapped interface.
type Point struct {
	Node      string // "c1"
	Interface string // "eth0"
	Ifindex   int    // in its own namespace: indexes of different namespaces collide
	MAC       [6]byte
	MTU       int    // bytes, without the Ethernet header; 0 if unknown
	Kind      string // rtnl kind: veth, macvlan, bridge, ...; "loopback" for lo
}

// Name returns the point as scenarios write it, "c1:eth0".
func (p Point) Name() string { return p.Ref().String() }

// Ref names the interface.
func (p Point) Ref() Ref { return Ref{p.Node, p.Interface} }

// Tap is the account of one packet socket (one a node).
type Tap struct {
	Node     string
	Received uint64 // frames that reached the socket, without the dropped ones
	Dropped  uint64 // frames that found the socket's buffer full (PACKET_STATISTICS tp_drops)
	Cut      uint64 // frames longer than the buffer they were read into
}

// Binding is what "@node:interface" stands for: whichever of these the field
// that it is compared with, or written into, asks for.
type Binding struct {
	MAC  [6]byte
	IPv4 netip.Addr // first IPv4 address; the zero Addr if it has none
	IPv6 netip.Addr // first IPv6 address that is not link-local, else the link-local one; the zero Addr if none
}

// Bindings are the interfaces by their "node:interface" names (without '@').
type Bindings map[string]Binding

// Recording is all that a run saw, sealed: nothing is added once it is judged.
type Recording struct {
	Scenario     string
	Digest       string  `json:",omitempty"` // of what the scenario does and expects; "" where the recording is not known to be of one
	Nonce        [8]byte // marks the frames of this run
	Points       []Point
	Taps         []Tap
	Observations []Observation // in order: step by step; within a step by time, within one node in arrival order
	Steps        []StepRecord
	Trouble      []string // what made the whole recording less than complete, in words
	Stop         *Stop    `json:",omitempty"` // nil: the run came to its end
	Reports      []string `json:",omitempty"` // what the kernel reported against itself: when, and what it logged

	// Timers are the interfaces whose stack asks a neighbour again within the
	// time of a scenario. TimersRead is set where they were read from the kernel:
	// then no other interface does.
	Timers     []NeighbourTimer `json:",omitempty"`
	TimersRead bool             `json:",omitempty"`

	Again     []Again    `json:",omitempty"` // the runs after this one that were to confirm what it showed of the kernel
	Reference *Reference `json:",omitempty"` // a kernel on which the scenario passed; nil where none was asked about, or known

	// Foreign is set where others made the captures; nil of a run's own.
	Foreign *Foreign `json:",omitempty"`
}

// StepRecord is what happened in one step besides frames.
type StepRecord struct {
	Name  string
	Begin int64 // ns since the epoch: the stimulus was about to start
	End   int64 // ns since the epoch: nothing was left to wait for
	First int   // index of the step's first observation
	Count int   // number of the step's observations

	Bindings Bindings // addresses as they were at the end of the step

	// Fences tells for each point which delivery classes were proven to have
	// been drained after the stimulus.
	Fences []FenceRecord
	Still  bool          // the last wave of fences met nothing but fences
	Waves  int           // waves of fences sent
	Proven int64         // ns from the stimulus' sending to the last fence of the last wave; 0 without one
	Rested int64         `json:",omitempty"` // ns from the begin of the step to when the lab first was at rest
	Held   int64         `json:",omitempty"` // ns of the step in which this process waited for a processor, or for a kernel that answered nobody
	Quiet  []QuietWindow // where no fence can reach, how long nothing was awaited instead

	Asked   int         // requests of a ping, traceroute or udp that the stack took from the socket without an error
	Replies []Reply     // what the stack handed to the sender of a ping, arping, traceroute or udp
	Errno   string      // of create and remove: "" for success, else the errno's name, "EINVAL"
	Errtext string      // the kernel's extended text that came with Errno
	State   []StateFact // what was read back for the step's state expectations
	Trouble []string    // legs of a proof that are missing, in words: "fence lost at c2:eth0 (3 tries)"
	Lost    []FenceLoss `json:",omitempty"` // the fences that never came although they were sent again and again

	Timers  []NeighbourTimer `json:",omitempty"` // those of the lab from this step on; nil: as before
	Asking  []Asking         `json:",omitempty"` // at the end of the step: what stacks may ask by a timer, where any of them does within a scenario
	Pending []Pending        `json:",omitempty"` // at the end of the step: what stacks still held by a timer that was not waited out
	Closed  []Pending        `json:",omitempty"` // when the step asked: what lost frames, and would not when a timer of the kernel had run
	GaveUp  int              `json:",omitempty"` // questions to neighbours that were given up at rest, for nobody had answered

	Forwarding *Forwarding `json:",omitempty"` // at the end of the step, where it did not pass
}

// NeighbourTimer says when the stack of an interface asks a neighbour again.
type NeighbourTimer struct {
	Point   string // "c1:eth0"
	IPv6    bool
	Retrans int64 // ns from a question to its repetition (retrans_time_ms)
	Probes  int   // how often it asks before it gives up (mcast_solicit)
	Set     bool  // the scenario sets timers of this interface's neighbours
}

// TimersAt returns the neighbour timers as they were in a step.
func (r *Recording) TimersAt(step int) []NeighbourTimer {
	for ; step >= 0; step-- {
		if step < len(r.Steps) && r.Steps[step].Timers != nil {
			return r.Steps[step].Timers
		}
	}
	return r.Timers
}

// Asking is an entry of a neighbour table that may make its stack send a
// question without anything else happening.
type Asking struct {
	Point string // "c1:eth0": the interface that asks
	IP    netip.Addr
	State string // ip-neighbour(8): "incomplete", "delay", "probe"
}

// Pending is something that a stack holds back, or will send, by a timer.
type Pending struct {
	Point string // "r:eth0", or a node's name
	What  string // what is held: "an answer on another's behalf"
	Timer string // which timer, as an administrator finds it: "net.ipv4.neigh.eth0.proxy_delay = 80 (800 ms)"
	Bound int64  // ns until the timer is over, at most
}

// Class is the way a frame is delivered: a fence proves only for its own.
type Class uint8

const (
	_ Class = iota
	Unicast
	Multidestination // broadcast and multicast: macvlan hands both to one work queue
)

// String returns "unicast" or "broadcast".
func (c Class) String() string {
	switch c {
	case Unicast:
		return "unicast"
	case Multidestination:
		return "broadcast"
	}
	return "?"
}

// FenceRecord is one fence that came in.
type FenceRecord struct {
	Point int // index into Recording.Points
	Dir   frame.Direction
	Class Class
	At    int64 // ns since the epoch
}

// QuietWindow is a wait that stands in for a fence.
type QuietWindow struct {
	Point    int    // index into Recording.Points
	Duration int64  // ns
	Why      string // why no fence can reach the point
}

// Reply is one answer that a stack handed to the socket of a ping, or an
// error that it reported instead.
type Reply struct {
	At    int64 // ns since the epoch
	Seq   int   // ICMP sequence number, number of the ARP request or datagram, or TTL of the traceroute's probe
	From  netip.Addr
	MAC   [6]byte // of an arping's reply
	TTL   int     // IPv4 TTL or IPv6 hop limit; 0 for ARP
	RTT   int64   // ns
	Error string  // "" for a reply; else "host-unreachable", "net-unreachable", "ttl-exceeded", ...
}

// StateFact is one value read from the kernel: a link attribute, or an entry
// of a table, under the key that the scenario language gives it.
type StateFact struct {
	Target string // "c1:eth0", "sw", "router"
	Key    string // "mode", "fdb.02:00:00:00:00:01", "neighbour.192.0.2.1"
	Value  string // "vepa", "p1", "02:00:00:00:00:01"; "" together with Absent
	Absent bool   // the kernel has no such thing
}

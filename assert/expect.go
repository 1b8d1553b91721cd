package assert

import (
	"net/netip"
	"time"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// Kind is the word under `expect:`.
type Kind uint8

const (
	_ Kind = iota
	KindReply
	KindSeen
	KindNever
	KindPath
	KindAnswer
	KindState
	KindFails // the errno of create, remove, set and send
	KindHops
	KindStorm
)

// String returns the word of the scenario language, "?" where there is none.
func (k Kind) String() string {
	words := [...]string{"?", "reply", "seen", "never", "path", "answer", "state", "fails", "hops", "storm"}
	if int(k) >= len(words) {
		k = 0
	}
	return words[k]
}

// Place is a point, or one side of it.
type Place struct {
	Point string          // "c1:eth0"
	Dir   frame.Direction // 0: either side
}

// String returns "c1:eth0" or "c1:eth0 in".
func (p Place) String() string {
	if p.Dir == 0 {
		return p.Point
	}
	return p.Point + " " + p.Dir.String()
}

// Expectation is one resolved line under `expect:`. Exactly the fields that
// its Kind names are set.
type Expectation struct {
	Kind Kind
	Text string // as a reader would say it: `never at c2:eth0: arp || icmp`
	Line int    // in the scenario's file

	At      Place          // seen, never, answer
	Frames  *filter.Filter // seen, never, answer
	Count   *Range         // seen: how many observations; nil: at least one
	Ordered bool           // seen, answer: the frames come in the order in which those were sent whose marks they bear, none twice
	Intact  Intact         // seen, answer: how far the frames are as the step sent them whose marks they bear; 0: not asked
	Within  time.Duration  // seen, reply, answer, state: how long after the stimulus it may come even though the lab is at rest; 0: no longer than the fence

	Reply *ReplyWant  // reply
	Hops  []HopWant   // hops: from the first TTL on, each one once
	Path  []Waypoint  // path
	State []StateWant // state
	Errno string      // fails: "EINVAL"
	Storm bool        // storm: the traffic does not end by itself; false: it does
}

// Range is an inclusive number of times. Max < 0 is "any number above Min".
type Range struct{ Min, Max int }

// ReplyWant is what the sender of a ping or arping should get.
type ReplyWant struct {
	None  bool     // no answer of any kind (an ICMP error of the own stack is not an answer)
	TTL   int      // 0: any
	From  string   // "": the target, or whoever is asked where many are; an address or "@node:interface"
	MAC   string   // arping: "": any; a MAC or "@node:interface"
	Error string   // "": an answer; else "host-unreachable", "net-unreachable", "ttl-exceeded", ...
	Count *Range   // how many, from each of those who are named; nil: every request is answered exactly once
	Also  []string // who answers besides From (of an arping MAC), each in the same way
}

// HopWant is who should answer one probe of a traceroute: the target where its
// address stands, else a router on which the TTL ran out.
type HopWant struct {
	Silent bool   // nobody
	From   string // an address or "@node:interface"; "": whoever reports Error
	Error  string // "": as said above; else "host-unreachable", "prohibited", ... instead
}

// Waypoint is one stop of a path.
type Waypoint struct {
	Place
	Frames *filter.Filter // what the frame must look like there; nil: anything
}

// StateWant is one value that the kernel should report.
type StateWant struct {
	Target string
	Key    string
	Want   string // a literal, or "@node:interface" for its MAC or address
	Range  *Range // of a counter: Want as the numbers that will do; nil: Want itself
	Not    bool   // must differ
	Absent bool   // must not exist
}

// Case is what is to be judged: the expectations of a scenario, by step.
type Case struct {
	Name   string
	Digest string // of what the scenario does and expects; "" where it has none
	Graph  recording.Graph
	Trees  bool // a bridge of the lab has STP on, at first or later
	Steps  []CaseStep
}

// CaseStep is one step's share of a Case.
type CaseStep struct {
	Name   string
	Strict bool     // noise matches too
	From   string   // "c1:eth0": the interface that the stimulus leaves by; "" where the step sends nothing
	Ping   *Request // set for ping, arping, traceroute and udp
	Sent   int      // how many frames a `send` puts on the wire; 0 where that is not known
	Expect []Expectation
}

// Request is what a ping, arping, traceroute or udp asked.
type Request struct {
	From   string     // "c1:eth0": the interface that asks
	Target netip.Addr // whom
	Count  int        // of a traceroute the most that it may send
	ARP    bool
	UDP    bool // datagrams, which nobody answers; the target of a traceroute reports that no port is open
	Trace  bool // probes whose TTL rises by one; each is numbered by its TTL
	First  int  // TTL of the first probe of a traceroute

	// What frames can be told by that bear no marks; 0 where the scenario does not say it.
	TTL              int // TTL or hop limit that the requests leave with; not of a traceroute
	Size             int // data bytes behind the ICMP or UDP header
	SrcPort, DstPort int // of datagrams; not of a traceroute
}

package assert

// Leg is what a verdict may rest on that captures made by others do not have,
// or not all of them.
type Leg uint8

// The legs, in the order in which reports name them.
const (
	_              Leg = iota
	LegWhole           // the files themselves
	LegStep            // captures of the step
	LegPoint           // a capture at the place
	LegStimulus        // what the step sent, seen leaving, and that a frame comes of it
	LegDirection       // on which side of an interface a frame was seen
	LegDestination     // destination MACs
	LegTag             // VLAN tags, or that there were none
	LegClock           // one clock
	LegEnd             // when the step was over
	LegFence           // fences: the proof of an absence
	LegSocket          // what the sender's socket got
	LegKernel          // what the kernel answered, and what it had in its tables
)

var legs = [...]struct{ name, meaning string }{
	{"?", "?"},
	{"whole files", "a file is cut off or damaged: what was behind is not known"},
	{"steps", "the captures are of other steps"},
	{"captures", "the frames at a place were not captured"},
	{"stimulus", "what the step sent was not seen, or a frame is not known to come of it: what was the question and what the answer, and how long that took, is open"},
	{"direction", "the capture does not tell on which side of the interface a frame was seen"},
	{"destination", "the capture (tcpdump -i any) has no destination MACs"},
	{"tags", "a VLAN tag may have been taken away before the frame was captured"},
	{"clocks", "the times of the captures contradict each other"},
	{"end", "the captures do not tell when a step was over: what comes later may be the answer to something else, or asked again"},
	{"fences", "no fence proves that what was not captured did not happen"},
	{"socket", "what the stack handed to the socket that asked is in no capture"},
	{"kernel", "what the kernel answered, and what it has in its tables, is in no capture"},
}

// String returns the leg in a word or two.
func (l Leg) String() string { return l.entry().name }

// Meaning says in words what is not known without the leg.
func (l Leg) Meaning() string { return l.entry().meaning }

func (l Leg) entry() struct{ name, meaning string } {
	if int(l) >= len(legs) {
		l = 0
	}
	return legs[l]
}

// lack leaves a check open for want of legs.
func (k *Check) lack(reason string, want ...Leg) {
	k.Outcome, k.Reason = Inconclusive, reason
	k.want(want...)
}

// want notes legs that a check would need, each once.
func (k *Check) want(want ...Leg) {
	for _, l := range want {
		known := false
		for _, have := range k.Lacks {
			known = known || have == l
		}
		if !known {
			k.Lacks = append(k.Lacks, l)
		}
	}
}

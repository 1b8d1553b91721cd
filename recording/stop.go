package recording

import "netverify/frame"

// Stop is what a run knows of its own end besides frames: why it did not come
// to the end of its last step, or what the kernel turned out to lack.
type Stop struct {
	Kind   StopKind
	Reason string // in words, with the kernel's text
	Lacks  string `json:",omitempty"` // of StopLacks: the option behind it, "CONFIG_VLAN_8021Q", or "bridge-port-locked of Linux 5.18" of an older kernel; "" where nothing but privilege is known to be lacking

	// Of StopRestless: the fences that never came in although they were sent
	// again and again, and what else may have swallowed them.
	Lost  []FenceLoss `json:",omitempty"`
	Drops []StateFact `json:",omitempty"` // counters of drops and errors that grew meanwhile, as they were then

	Storm *Storm `json:",omitempty"` // of StopStorm

	Refused *Refusal `json:",omitempty"` // of StopRefused: what the kernel itself refused; nil where something else may have been the cause
}

// StopKind says what ended a run. What that means for its scenario is package
// assert's business.
type StopKind string

// The kinds of Stop.
const (
	StopLacks       StopKind = "lacks"       // the kernel has not got what the scenario needs
	StopLost        StopKind = "lost"        // nor that, but by its version it should
	StopUndone      StopKind = "undone"      // the kernel accepted a request and did not do it
	StopRefused     StopKind = "refused"     // the kernel refused a request, or netverify could not make it
	StopRestless    StopKind = "restless"    // the lab did not come to rest after it was built
	StopLossy       StopKind = "lossy"       // of the fences over a hop some got lost, those behind them did not: Lost has all of them
	StopStorm       StopKind = "storm"       // traffic that sustained itself beyond what a step may take, and was cut
	StopClock       StopKind = "clock"       // somebody set the time of the machine meanwhile: those of the frames tell nothing
	StopInterrupted StopKind = "interrupted" // the user, or a signal
	StopCut         StopKind = "cut"         // the file of the recording ends too early; what was read of it is there
	StopDamaged     StopKind = "damaged"     // the file of the recording is not what was written
)

// FenceLoss is one place that a fence never came to.
type FenceLoss struct {
	From  int // index into Recording.Points: where it was sent
	Point int // index into Recording.Points: where it should have come
	Dir   frame.Direction
	Class Class
	Seqs  []int // the numbers in the tags of the fences that were sent for it, one a try
}

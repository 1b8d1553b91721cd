package run

import (
	"errors"
	"fmt"

	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// interrupted ends a run at the user's wish.
type interrupted struct {
	when string
	why  error
}

func (i *interrupted) Error() string { return fmt.Sprintf("interrupted %s: %v", i.when, i.why) }

func (i *interrupted) Unwrap() error { return i.why }

// restless is a lab that did not come to rest after it was built.
type restless struct {
	why   string
	lost  []recording.FenceLoss
	drops []recording.StateFact // counters that grew meanwhile
}

func (r *restless) Error() string { return r.why }

// ending says for the recording why a run ended early; nil of nil. It tells a
// kernel that cannot do what a plan needs from one that refused for another
// reason, and both from one that did not do what it accepted. To build the lab
// is the first probe of its features; only where that fails each of them is
// tried by itself.
func ending(p *scenarios.Plan, err error) *recording.Stop {
	if err == nil {
		return nil
	}
	var early *interrupted
	if errors.As(err, &early) {
		return &recording.Stop{Kind: recording.StopInterrupted, Reason: err.Error()}
	}
	var cut *storm
	if errors.As(err, &cut) {
		return &recording.Stop{Kind: recording.StopStorm, Reason: err.Error(), Storm: &cut.Storm}
	}
	if s := lacking(p, err); s != nil {
		return s
	}
	s := &recording.Stop{Kind: recording.StopRefused, Reason: err.Error() + lab.LimitAdvice(err)}
	var undone *lab.Mismatch
	var moving *restless
	var hop *lossyHop
	switch {
	case errors.As(err, &undone):
		s.Kind = recording.StopUndone
	case errors.As(err, &moving):
		s.Kind, s.Lost, s.Drops = recording.StopRestless, moving.lost, moving.drops
	case errors.As(err, &hop):
		s.Kind, s.Lost = recording.StopLossy, hop.lost
	default:
		s.Refused = refusedBy(err)
	}
	return s
}

// lacking names what the kernel lacks of what a plan needs, nil where that is
// nothing.
func lacking(p *scenarios.Plan, err error) *recording.Stop {
	var missing *lab.Unsupported
	if errors.As(err, &missing) {
		// A refusal of this one thing, as VLANs on a device that takes none, is
		// no lack of the feature where the smallest lab has it.
		if lab.Probe(missing.Feature) != nil {
			return blame(missing)
		}
		return nil
	}
	for _, f := range p.Needs {
		if errors.As(lab.Probe(f), &missing) {
			return blame(missing)
		}
	}
	return nil
}

package assert

import (
	"fmt"

	"netverify/frame"
	"netverify/recording"
)

// LeastLost is how many fences of one hop must have got lost for that to be told
// as the kernel's doing.
const LeastLost = 3

// Lost counts the fences over one hop, all sent one after the other: how many
// were seen leaving, and how many of those never came although one that left
// after them did. A hop is a queue, so the later one had them before it: no time
// has to pass to know, and a slow machine cannot be the cause.
func Lost(l *recording.FenceLoss, observations ...[]recording.Observation) (left, lost int) {
	return lostOf(l, fenceSightings(observations...))
}

func lostOf(l *recording.FenceLoss, seen map[sighting]bool) (left, lost int) {
	waiting := 0 // for one behind them
	for _, seq := range l.Seqs {
		if !seen[sighting{seq, l.From, frame.Out}] {
			continue
		}
		left++
		if !seen[sighting{seq, l.Point, l.Dir}] {
			waiting++
			continue
		}
		lost, waiting = lost+waiting, 0
	}
	return left, lost
}

// lossy judges a run that ended for fences of a hop that got lost in between
// others. What a tap dropped, or a queue that all labs share, is the machine's.
func lossy(rec *recording.Recording) (Outcome, string) {
	text := "fences got lost that were sent again and came: " + rec.Stop.Reason
	if contradiction(rec) != "" || len(rec.Trouble) > 0 || lossyTaps(rec) {
		return Inconclusive, text
	}
	seen := fenceSightings(rec.Observations)
	for i := range rec.Stop.Lost {
		l := &rec.Stop.Lost[i]
		if l.Point < 0 || l.Point >= len(rec.Points) || l.From < 0 || l.From >= len(rec.Points) {
			continue
		}
		if left, lost := lostOf(l, seen); lost >= LeastLost {
			return Fail, fmt.Sprintf("the kernel loses frames: of %d %s fences that left %s, one after the other, %d never came to %s %s, although later ones did; no tap dropped a frame",
				left, l.Class, rec.Points[l.From].Name(), lost, rec.Points[l.Point].Name(), l.Dir)
		}
	}
	return Inconclusive, text
}

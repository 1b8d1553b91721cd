package assert

import (
	"fmt"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// restless judges a lab that did not come to rest after it was built, before
// the first step. Mostly that shows nothing of the kernel. But where a hop
// takes in all fences of one class, none of the other, and nothing else can
// have swallowed them, the kernel does not deliver.
func restless(rec *recording.Recording) (Outcome, string) {
	text := "the lab never came to rest after it was built: " + rec.Stop.Reason
	for i := range rec.Stop.Lost {
		if hop, ok := undelivered(rec, &rec.Stop.Lost[i]); ok {
			return Fail, hop
		}
	}
	return Error, text
}

// leastTries is how many fences of a class must be gone without a trace before
// that is no accident.
const leastTries = 3

// undelivered tells whether a lost fence shows that the kernel does not
// deliver. It does if every try was seen leaving and coming to one and the same
// stop before the place where it is missed; if fences of the other class did
// come in at that place, so that the way there is open; if no tap and no
// interface counted a drop, and nothing but fences moved that could have filled
// a queue.
func undelivered(rec *recording.Recording, l *recording.FenceLoss) (string, bool) {
	if contradiction(rec) != "" || len(l.Seqs) < leastTries || len(rec.Trouble) > 0 || len(rec.Stop.Drops) > 0 ||
		l.Point < 0 || l.Point >= len(rec.Points) {
		return "", false
	}
	for _, t := range rec.Taps {
		if t.Dropped > 0 || t.Cut > 0 {
			return "", false
		}
	}
	tries := make(map[int]int, len(l.Seqs)) // to the observation that saw the fence last; -1: none
	for _, seq := range l.Seqs {
		tries[seq] = -1
	}
	left, others := 0, 0
	for i := range rec.Observations {
		o := &rec.Observations[i]
		_, mine := tries[o.Seq]
		switch here := o.Point == l.Point && o.Dir == l.Dir; {
		case o.Mark != frame.Fence:
			if !recording.Chatter(o) {
				return "", false
			}
		case mine && here:
			return "", false // it did come, if only too late
		case mine:
			if o.Point == l.From && o.Dir == frame.Out {
				left++
			}
			tries[o.Seq] = i
		case here && classOf(o) != l.Class:
			others++
		}
	}
	last := tries[l.Seqs[0]]
	if left < len(tries) || others == 0 || last < 0 {
		return "", false
	}
	for _, i := range tries {
		if o, first := &rec.Observations[i], &rec.Observations[last]; o.Point != first.Point || o.Dir != first.Dir {
			return "", false
		}
	}
	return undeliveredText(rec, l, &rec.Observations[last], others), true
}

func undeliveredText(rec *recording.Recording, l *recording.FenceLoss, last *recording.Observation, others int) string {
	from, to := rec.Points[last.Point].Name(), rec.Points[l.Point].Name()
	other := recording.Unicast
	if l.Class == recording.Unicast {
		other = recording.Multidestination
	}
	lines := []string{
		fmt.Sprintf("the kernel does not deliver %ss from %s to %s", l.Class, from, to),
		fmt.Sprintf("%d of %d %s fences from %s came as far as %s %s, and none came to %s %s, on a lab where nothing else moved",
			len(l.Seqs), len(l.Seqs), l.Class, rec.Points[l.From].Name(), from, last.Dir, to, l.Dir),
		fmt.Sprintf("%d %s fence(s) did come there", others, other),
		"no tap and no interface counted a drop",
	}
	return strings.Join(lines, "; ")
}

// classOf is the way in which an observed frame is delivered.
func classOf(o *recording.Observation) recording.Class {
	if o.Frame.Decode().Dst.IsGroup() {
		return recording.Multidestination
	}
	return recording.Unicast
}

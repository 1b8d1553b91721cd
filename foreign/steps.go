package foreign

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// before is the step that a run's fences bear before its first step.
const before = 0xffff

// noStep marks frames that belong to none for certain.
const noStep = -1

// Ethertype and ARP opcode of fences: craft.Fence, craft.ARPFence.
const (
	fenceType = 0x88b5
	fenceOp   = 24
)

// nonceOf finds the nonce of a netverify run beside which a capture was made,
// by its fences. Without any, or with those of several runs, ok is false.
func nonceOf(list []placed, steps int) (nonce [8]byte, ok bool, err error) {
	for _, s := range list {
		for i := range s.frames {
			n, isFence := fenceNonce(s.frames[i].Frame, steps)
			switch {
			case !isFence:
			case ok && n != nonce:
				return nonce, false, fmt.Errorf("%s was made beside several netverify runs: cut it to one of them, by time", s.file)
			default:
				nonce, ok = n, true
			}
		}
	}
	return nonce, ok, nil
}

// fenceNonce is the nonce of a frame that is a fence.
func fenceNonce(f frame.Frame, steps int) (nonce [8]byte, ok bool) {
	d, b := f.Decode(), f.Bytes()
	at := 14 + 4*len(d.Tags)
	switch {
	case d.ARP != nil && d.ARP.Op == fenceOp:
		at += 28
	case d.ARP != nil || len(b) < at || int(b[at-2])<<8|int(b[at-1]) != fenceType:
		return nonce, false
	}
	if len(b) < at+frame.TagLen {
		return nonce, false
	}
	nonce = [8]byte(b[at:])
	t, found := frame.FindTag(b, nonce)
	return nonce, found && t.Mark == frame.Fence && (t.Step < steps || t.Step == before)
}

// only is the step that captures without a nonce are of: the one that the user
// names (from 1; 0: none), or the only one that sends or expects anything.
func only(p *scenarios.Plan, asked int) (int, error) {
	if asked > 0 {
		return asked - 1, nil
	}
	var active []int
	for i := range p.Steps {
		if c := p.Case().Steps[i]; c.From != "" || len(c.Expect) > 0 {
			active = append(active, i)
		}
	}
	if len(active) == 1 {
		return active[0], nil
	}
	var lines []string
	for _, i := range active {
		lines = append(lines, fmt.Sprintf("\n  --step %d  %s", i+1, p.Steps[i].Name))
	}
	return 0, errors.New("the captures do not tell which step of " + p.Name + " they are of:" + strings.Join(lines, ""))
}

// attribute gives the frames of a capture that was made beside a run to its
// steps, and marks those that bear its nonce. What stands between the last
// fence of a step and the first mark of the next belongs to the next one,
// unless the step before may have waited for something after its fences, or
// what it sent comes only then. Chatter comes when it likes, also behind a
// step's last fence.
func attribute(s placed, nonce [8]byte, p *scenarios.Plan) {
	last, lastMark := noStep, frame.Unmarked
	var open []int // unmarked frames since then
	settle := func(step int) {
		for _, i := range open {
			s.frames[i].Step = step
		}
		open = open[:0]
	}
	for i := range s.frames {
		o := &s.frames[i]
		o.Mark, o.Step, o.Seq = frame.Unmarked, noStep, 0
		tag, ok := frame.FindTag(o.Frame.Bytes(), nonce)
		if !ok {
			open = append(open, i)
			continue
		}
		if o.Mark, o.Step, o.Seq = tag.Mark, tag.Step, tag.Seq; tag.Step == before {
			o.Step = noStep
		}
		switch {
		case o.Step == last && last != noStep && (lastMark != frame.Fence || o.Mark == frame.Fence):
			settle(last)
		case lastMark == frame.Fence && o.Step == last+1 && (last == noStep || !waits(&p.Steps[last])):
			open = slices.DeleteFunc(open, func(i int) bool { return recording.Chatter(&s.frames[i]) })
			settle(o.Step)
		default:
			settle(noStep)
		}
		last, lastMark = o.Step, o.Mark
	}
	settle(noStep) // behind the last mark the lab was taken down
}

// waits tells whether a step may go on after its last fence.
func waits(s *scenarios.Step) bool {
	if s.Wait != nil || s.Traceroute != nil {
		return true
	}
	for i := range s.Expect {
		e := &s.Expect[i]
		if e.Within > 0 || e.Reply != nil && e.Reply.Error != "" {
			return true
		}
	}
	return false
}

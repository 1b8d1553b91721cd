package run

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/capture"
	"netverify/lab"
	"netverify/recording"
)

// again runs the scenario of a job once more, in a fresh lab, after a run that
// showed something to be suspected of the kernel. It keeps no evidence of its own
// and holds no lab.
func (j *job) again(ctx context.Context) []recording.Again {
	if ctx.Err() != nil {
		return nil
	}
	k := *j
	k.confirming, k.opt.Out, k.opt.Hold = true, "", nil
	r := j.plan.Result()
	scenario(ctx, &k, &r)
	if ctx.Err() != nil {
		return nil
	}
	return []recording.Again{{Outcome: r.Outcome.String(), Keys: r.Suspect.Keys}}
}

// confirmed is judge's verdict on a recording, with a run after it where that may
// make it one.
func (j *job) confirmed(ctx context.Context, rec *recording.Recording, judge func() assert.Verdict) assert.Verdict {
	v := judge()
	if len(v.Suspect.Keys) == 0 || j.confirming {
		return v
	}
	if rec.Again = j.again(ctx); rec.Again == nil {
		return v
	}
	return judge()
}

// refusedBy tells what the kernel itself refused, nil where that is nothing: a
// request of the lab's, or a frame that an interface did not take.
func refusedBy(err error) *recording.Refusal {
	var send *capture.SendError
	if !errors.As(err, &send) {
		return lab.Refused(err)
	}
	for _, errno := range []unix.Errno{unix.EINVAL, unix.EMSGSIZE, unix.ENETDOWN, unix.ENXIO, unix.ENODEV} {
		if errors.Is(send.Err, errno) {
			r := &recording.Refusal{What: "send on " + send.Interface}
			r.Errno, _ = lab.Errno(send)
			return r
		}
	}
	return nil
}

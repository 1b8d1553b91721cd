package kernels

import (
	"bytes"
	"fmt"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/recording"
	"netverify/report"
	"netverify/scenarios"
)

// ofThis compares a result with the very plan that was sent, and with the run that
// it was sent for: a guest has both, so that only one that lies has others.
func (c *collector) ofThis(r *assert.Result, plan *scenarios.Plan) error {
	switch {
	case r.Digest != plan.Digest:
		return lie("a result of another version of %q: its digest is %q, that of what was sent %s", r.Name, r.Digest, plan.Digest)
	case r.Run != c.opt.ID:
		return lie("a result of %q of another run: %q, this one is %s", r.Name, r.Run, c.opt.ID)
	}
	var want []assert.Check // whatever is recorded, there is a check for each expectation
	if cas := plan.Case(); r.Outcome == assert.Pass || len(r.Checks) > 0 {
		want = assert.Judge(&cas, &recording.Recording{}).Checks
	}
	if len(r.Checks) != len(want) {
		return lie("the result of %q has %d checks, its scenario %d", r.Name, len(r.Checks), len(want))
	}
	for i := range want {
		got, w := &r.Checks[i], &want[i]
		if got.Step != w.Step || got.Name != w.Name || got.Kind != w.Kind || got.Text != w.Text || got.Line != w.Line {
			return lie("check %d of %q is none of its scenario: step %d, %q", i+1, r.Name, got.Step+1, got.Text)
		}
	}
	return nil
}

// judged judges the evidence that came with a result again: no verdict is believed
// that its frames do not bear out. Only a pass of a repetition has none, and one
// that could not be written.
func (c *collector) judged(r *resultRecord, plan *scenarios.Plan) error {
	if len(r.Evidence) == 0 {
		if c.opt.Out != "" && r.Result.Outcome == assert.Pass && r.Result.Trouble == "" && (c.opt.Repeat <= 1 || c.opt.Keep || r.Result.Repeat == 1) {
			return lie("%q is a pass, without evidence", r.Result.Name)
		}
		return nil
	}
	rec, err := c.recording(r, plan)
	if err != nil {
		return err
	}
	cas := plan.Case()
	v := assert.Judge(&cas, rec)
	if v.Outcome != r.Result.Outcome {
		return lie("%q is told to be a %s, its evidence says %s: %s", r.Result.Name, r.Result.Outcome, v.Outcome, v.Reason)
	}
	r.Result.Take(v)
	return nil
}

// recording is that of a result's evidence.
func (c *collector) recording(r *resultRecord, plan *scenarios.Plan) (*recording.Recording, error) {
	name := r.Result.Name
	file, err := pcapng.ReadWith(bytes.NewReader(r.Evidence[0].Data), pcapng.ReadOptions{})
	if err != nil {
		return nil, lie("the evidence of %q is none: %v", name, err)
	}
	if len(file.Sections) != 1 || !file.Sections[0].Native {
		return nil, lie("the evidence of %q is not one whole recording", name)
	}
	s := file.Sections[0]
	if s.Recording.Scenario != plan.Name || s.Recording.Digest != plan.Digest {
		return nil, lie("the evidence of %q is that of %q, with the digest %q", name, s.Recording.Scenario, s.Recording.Digest)
	}
	if other, twice := c.nonces[s.Recording.Nonce]; twice {
		return nil, lie("the evidence of %q (repetition %d) has the marks of that of %q (repetition %d)", name, r.Result.Repeat, other.name, other.repeat)
	}
	c.nonces[s.Recording.Nonce] = resultKey{name, r.Result.Repeat}
	rep, err := report.Parse(s.Report)
	if err != nil || len(rep.Runs) != 1 || len(rep.Runs[0].Scenarios) != 1 {
		return nil, lie("the report in the evidence of %q is not that of one scenario", name)
	}
	in := &rep.Runs[0].Scenarios[0]
	said := fmt.Sprintf("%s %s %s %d %s", in.Name, in.Digest, in.Run, in.Repeat, in.Outcome)
	if want := fmt.Sprintf("%s %s %s %d %s", name, plan.Digest, c.opt.ID, r.Result.Repeat, r.Result.Outcome); said != want {
		return nil, lie("the report in the evidence of %q is that of %q, not %q", name, said, want)
	}
	return s.Recording, nil
}

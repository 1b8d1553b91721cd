package kernels

import (
	"path/filepath"

	"netverify/assert"
	"netverify/recording"
	"netverify/run"
)

// What only the host knows of a scenario, or what is known only after it has
// ended, goes into its evidence as well: that says all that the verdict rests
// on.

// accuse fails a scenario during which the kernel reported against itself.
func (c *collector) accuse(r *assert.Result, list []trouble, when string) {
	if len(list) == 0 {
		return
	}
	var reports []string
	for _, t := range list {
		text := when + ": " + t.Line
		for _, l := range t.Text[min(1, len(t.Text)):min(len(t.Text), tailLines)] {
			text += "\n  " + l
		}
		reports = append(reports, text)
	}
	r.Accuse(reports)
	c.amend(r, func(rec *recording.Recording) { rec.Reports = append(rec.Reports, reports...) })
}

// explain adds to the reason of a skip.
func (c *collector) explain(r *assert.Result, why string) {
	if why == "" {
		return
	}
	r.Reason += why
	c.amend(r, func(rec *recording.Recording) {
		if rec.Stop != nil {
			rec.Stop.Reason += why
		}
	})
}

// amend changes the evidence of a result, where there is any.
func (c *collector) amend(r *assert.Result, change func(*recording.Recording)) {
	for _, name := range r.Evidence {
		if err := run.Amend(c.opt.Out, filepath.Join(c.opt.Below, name), r, change); err != nil {
			r.Trouble = err.Error()
		}
	}
}

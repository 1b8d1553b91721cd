package kernels

import (
	"context"
	"errors"
	"sync"

	"netverify/assert"
	"netverify/run"
	"netverify/scenarios"
)

// fewest is how many scenarios are worth a guest of their own: to boot one takes
// as long as some ten of them.
const fewest = 20

// RunSplit is Run with the plans dealt out to as many guests with the same
// kernel, at most, beside each other. Each runs one scenario after the other, so
// that what the kernel says against itself has one author; the results are those
// of Run. Few plans get fewer guests.
func RunSplit(ctx context.Context, k *Kernel, plans []*scenarios.Plan, opt run.Options, guest GuestOptions, guests int) (Outcome, error) {
	guests = max(1, min(guests, len(plans)/fewest))
	if guests == 1 {
		return Run(ctx, k, plans, opt, guest)
	}
	hands := deal(plans, guests)
	outs, errs := make([]Outcome, guests), make([]error, guests)
	if opt.ID == "" {
		opt.ID = run.NewID()
	}
	progress := together(opt.Progress, len(plans)*max(opt.Repeat, 1))
	Each(guests, guests, func(i int) {
		o := opt
		o.Progress = progress
		outs[i], errs[i] = runWith(ctx, k, hands[i], o, guest, nil, i)
	})
	return joined(outs, plans, opt.Repeat), errors.Join(errs...)
}

// deal gives each hand every so manieth plan: neighbours take about the same time.
func deal(plans []*scenarios.Plan, hands int) [][]*scenarios.Plan {
	out := make([][]*scenarios.Plan, hands)
	for i, p := range plans {
		out[i%hands] = append(out[i%hands], p)
	}
	return out
}

// together makes one progress of several.
func together(show func(int, int, assert.Result), total int) func(int, int, assert.Result) {
	if show == nil {
		return nil
	}
	var mu sync.Mutex
	done := 0
	return func(_, _ int, r assert.Result) {
		mu.Lock()
		defer mu.Unlock()
		done++
		show(done, total, r)
	}
}

// joined puts the results into the order of Run. One that is in no hand's was
// not run, as after an interruption.
func joined(outs []Outcome, plans []*scenarios.Plan, repeat int) Outcome {
	all := outs[0]
	all.Results, all.Trouble = nil, nil
	have := map[resultKey]assert.Result{}
	for _, o := range outs {
		if all.Config == nil { // the first guest never spoke
			all.Release, all.Build, all.Config = o.Release, o.Build, o.Config
		}
		all.Trouble = append(all.Trouble, o.Trouble...)
		for _, r := range o.Results {
			have[resultKey{r.Name, r.Repeat}] = r
		}
	}
	for n := range max(repeat, 1) {
		for _, p := range plans {
			key := resultKey{name: p.Name}
			if repeat > 1 {
				key.repeat = n + 1
			}
			if r, ok := have[key]; ok {
				all.Results = append(all.Results, r)
			}
		}
	}
	return all
}

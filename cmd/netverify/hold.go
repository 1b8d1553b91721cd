package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"netverify/assert"
	"netverify/internal/hold"
	"netverify/lab"
	"netverify/report"
	"netverify/run"
	"netverify/scenarios"
)

// When a lab is held.
const (
	holdNever  = "never"
	holdOnFail = "on-fail"
	holdAlways = "always"
	holdAtStep = "at-step=" // and the number of a step
)

// unattended is how long a lab is held where no terminal is there to release it.
const unattended = 10 * time.Minute

// holding are the flags of `run` that keep a lab, and the lab that is kept.
type holding struct {
	when  string
	limit time.Duration // 0: unattended, or for ever at a terminal
	step  int           // after which the scenario is ended; 0: it is not

	door *hold.Door // nil where nothing is to be held

	mu      sync.Mutex
	lab     *run.Held // nil as long as nothing is held
	said    hold.Lab
	example string // the node that examples are of
	failed  error  // why the lab could not be held
}

func (h *holding) define(fs *pflag.FlagSet) {
	fs.StringVar(&h.when, "hold", holdNever, "keep the lab of the first scenario that does not pass, to look inside with netverify enter: on-fail; of the first that ends: always; of a single scenario after its step N: at-step=N")
	fs.DurationVar(&h.limit, "hold-for", 0, "let go of the lab after so long (default: 10m where standard input is no terminal)")
}

func (h *holding) asked() bool { return h.when != holdNever }

func (h *holding) check(f *runFlags) (err error) {
	if n, ok := strings.CutPrefix(h.when, holdAtStep); ok {
		if h.step, err = strconv.Atoi(n); err != nil || h.step < 1 {
			return fmt.Errorf("--hold %s: steps are counted from 1", h.when)
		}
	} else if words := []string{holdNever, holdOnFail, holdAlways}; !slices.Contains(words, h.when) {
		return fmt.Errorf("--hold %s: neither %s nor at-step=N%s", h.when, strings.Join(words, ", "), scenarios.DidYouMean(h.when, words))
	}
	guest := func(k string) bool { return k != "host" }
	switch {
	case h.limit < 0:
		return errors.New("--hold-for: less than nothing")
	case h.limit > 0 && !h.asked():
		return errors.New("--hold-for: what? --hold says when a lab is held")
	case !h.asked():
		return nil
	case f.guests.matrix != "" || slices.ContainsFunc(f.guests.kernels, guest):
		return errors.New("--hold: a lab in a guest cannot be entered, for a guest has none of this machine's tools, and ends with its scenarios. " +
			"Run the scenario on this machine (without --kernel) with --hold; of a guest look at the evidence, where every frame of the lab is")
	case f.output.bisect:
		return errors.New("--hold: git bisect waits for nobody (--bisect)")
	}
	return nil
}

// bind makes the door that `enter` finds, before this process is run again in a
// network namespace of its own; there it takes over that door.
func (h *holding) bind() (pass []*os.File, err error) {
	if !h.asked() {
		return nil, nil
	}
	if f := lab.Passed(0); f != nil {
		h.door, err = hold.Adopt(f)
	} else {
		h.door, err = hold.Bind(userPID())
	}
	if err != nil {
		return nil, fmt.Errorf("--hold: %w", err)
	}
	return []*os.File{h.door.File()}, nil
}

// fits says why plans cannot be held at the step that was asked for.
func (h *holding) fits(plans []*scenarios.Plan, repeat int) error {
	switch {
	case h.step == 0:
		return nil
	case len(plans) != 1 || repeat > 1:
		return fmt.Errorf("netverify: --hold %s: of one scenario, once; these are %d", h.when, len(plans)*repeat)
	case h.step > len(plans[0].Steps):
		return fmt.Errorf("netverify: --hold %s: %s has %s", h.when, plans[0].Name, plural(len(plans[0].Steps), "step"))
	}
	return nil
}

// options make a run of so many scenarios keep the lab that was asked for. The
// others go on being run: the report shall be of all.
func (h *holding) options(opt *run.Options, p *progress, total int) {
	if h.door == nil {
		return
	}
	opt.StopAfter = h.step
	opt.Hold = func(r *assert.Result, l *run.Held) bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.lab != nil || h.failed != nil || !h.wants(r.Outcome) {
			return false
		}
		h.said, h.example = heldLab(r, l), exampleOf(l)
		if h.failed = h.door.Open(h.said); h.failed != nil {
			return false
		}
		h.lab = l
		if total > 1 {
			p.tell(fmt.Sprintf("held: %s (%s), while the rest is run", r.Name, r.Outcome))
		}
		return true
	}
}

func (h *holding) wants(o assert.Outcome) bool {
	switch o {
	case assert.Skip:
		return false
	case assert.Pass:
		return h.when != holdOnFail
	}
	return true
}

// heldLab describes a lab for those who enter it.
func heldLab(r *assert.Result, l *run.Held) hold.Lab {
	out := hold.Lab{Scenario: r.Name, Outcome: r.Outcome.String()}
	for _, n := range l.Nodes {
		node := hold.Node{Name: n.Name, NS: n.NS}
		for _, i := range l.Interfaces {
			if i.Ref.Node == n.Name && i.Kind != "loopback" {
				node.Interfaces = append(node.Interfaces, inWords(i))
			}
		}
		out.Nodes = append(out.Nodes, node)
	}
	return out
}

// exampleOf is the first host: more goes on there than in a switch.
func exampleOf(l *run.Held) string {
	for _, n := range l.Nodes {
		if !n.Switch {
			return n.Name
		}
	}
	return l.Nodes[0].Name // a scenario has nodes
}

// inWords is an interface in a line.
func inWords(i lab.Interface) string {
	s := i.Ref.Iface + " " + i.Kind
	if i.Mode != "" {
		s += " " + i.Mode
	}
	if i.Parent != nil {
		s += " on " + i.Parent.String()
		if i.Kind == "veth" {
			s = i.Ref.Iface + " cable to " + i.Parent.String()
		}
	}
	for _, a := range i.Addresses {
		s += ", " + a.String()
	}
	if !i.Up {
		s += ", down"
	}
	return s
}

// release waits until the user, a signal or time lets go of the lab. The report
// is written by then.
func (h *holding) release(ctx context.Context, p *progress, rep report.Report) {
	if h.door == nil {
		return
	}
	h.mu.Lock() // nothing is run any more
	defer h.mu.Unlock()
	if h.failed != nil {
		p.tell("netverify: the lab could not be held: " + h.failed.Error())
	}
	for _, line := range unheld(rep) {
		p.tell(line)
	}
	if h.lab != nil && ctx.Err() == nil {
		limit := h.limit
		if limit == 0 && !interactive(os.Stdin) {
			limit = unattended
		}
		ended := endOfInput()
		for _, line := range h.banner(ended != nil, limit) {
			p.tell(line)
		}
		var timeout <-chan time.Time
		if limit > 0 {
			timeout = time.After(limit)
		}
		select {
		case <-ctx.Done():
		case <-ended:
		case <-timeout:
		}
	}
	if n := h.door.Close(); n > 0 {
		p.tell("ended in the lab: " + plural(n, "command"))
	}
	if h.lab != nil {
		_ = h.lab.Close() // a descriptor that cannot be closed ends with the process
	}
}

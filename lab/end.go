package lab

import (
	"context"
	"errors"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// attention is how long a wait goes on before it looks whether the lab is
// still wanted.
const attention = 50 * time.Millisecond

// BuildUntil is Build, given up as soon as ctx ends: nothing is asked of the
// kernel from then on, not of the finished lab, either. Errors then wrap the
// cause of ctx.
func BuildUntil(ctx context.Context, plan *scenarios.Plan) (*Lab, error) {
	l := &Lab{file: plan.File, index: firstIndex - 1, vlanOffload: plan.VLANOffload, timed: plan.Timed(), portStates: plan.PortStates(), ctx: ctx}
	if err := l.build(plan); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// unwanted is the cause for which the lab is given up, nil as long as it is wanted.
func (l *Lab) unwanted() error {
	if l.ctx == nil || l.ctx.Err() == nil {
		return nil
	}
	return context.Cause(l.ctx)
}

// Cut disables all ports of bridges, so that nothing goes round in the lab any
// more and costs time of the processor: also where the lab is not wanted any
// more. A state takes effect at once, while to set an interface down takes RCU
// grace periods (net/core/dev.c:__dev_close_many, synchronize_net), which a
// storm holds up for seconds.
func (l *Lab) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ctx = nil
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			if n.masterOf(&i.spec) != "" {
				// Where the kernel runs a spanning tree it refuses (EBUSY), and there
				// nothing goes round. 0 is BR_STATE_DISABLED (linux/if_bridge.h).
				_ = i.changePort(attr8(nl.IFLA_BRPORT_STATE, 0))
			}
		}
	}
}

// Halt takes the lab down: Cut, and then all interfaces are set down. What
// cannot be set down does not keep the others from it.
func (l *Lab) Halt() error {
	l.Cut()
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			if i.spec.Kind == "" {
				continue
			}
			err := n.conn.changeLink(i.index, unix.IFF_UP, 0)
			if errors.Is(err, unix.ENODEV) {
				continue // it went with its parent
			}
			errs = append(errs, l.fail(i.spec.Pos, n.plan.Pos, "set down", i.describe(), err))
		}
	}
	return errors.Join(errs...)
}

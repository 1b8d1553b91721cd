package lab

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// listened is how many interfaces are waited for at a time. Where more wait they
// take turns of so many: one by one they are read, and not with all others of
// their nodes, so that what is read grows with the lab and not with its square.
const listened = 64

// carrierWait is a wait for the carriers of a lab.
type carrierWait struct {
	lab    *Lab
	s      snapshot
	whole  bool     // all of it was read since anything was waited for
	turn   []*iface // that are waited for now
	rest   []*iface // that wait for their turn
	crowd  bool     // there are, or were, such
	w      *watcher // of the turn's nodes
	time   *budget
	heeded int // kicks
}

// settleCarriers waits until every interface has the operational state that it is
// going to have: frames sent before are lost, though "up" has returned
// (net/core/link_watch.c runs 4 to 8 ms later). Nobody polls: each round waits
// for a netlink event of a namespace with an unsettled interface, and reads those
// again that told of one; at the end, or when nothing is told, all.
func (l *Lab) settleCarriers(judged []string) (snapshot, error) {
	s, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	c := &carrierWait{lab: l, s: s, whole: true, time: newBudget(settleLimit())}
	defer func() { c.w.close() }()
	for {
		switch {
		case len(c.turn) > 0:
			err = c.round()
		case len(c.rest) > 0:
			err = c.next()
		case !c.whole:
			err = c.readAll()
		default:
			if c.rest = l.unsettled(s); len(c.rest) == 0 {
				return s, nil
			}
			c.crowd = c.crowd || len(c.rest) > listened
		}
		switch {
		case errors.Is(err, unix.ETIMEDOUT):
			return c.late(judged, err)
		case err != nil:
			return nil, err
		}
	}
}

// next begins the turn of the next ones: they are read again after subscribing,
// for what happened in between is told to nobody.
func (c *carrierWait) next() error {
	n := min(listened, len(c.rest))
	c.turn, c.rest = c.rest[:n], c.rest[n:]
	if !c.w.hears(c.turn) {
		c.w.close()
		var err error
		if c.w, err = watch(c.turn); err != nil {
			c.w = nil
			return err
		}
	}
	return c.read(nodesOf(c.turn))
}

// round waits until something has happened, having kicked the kernel if need
// be, and reads again what may have changed.
func (c *carrierWait) round() error {
	heard, err := c.await()
	switch {
	case errors.Is(err, unix.ETIMEDOUT):
		return err
	case err != nil:
		i := c.turn[0]
		return c.lab.fail(i.spec.Pos, i.node.plan.Pos, "wait for the carrier of", i.describe(), err)
	case heard != nil:
		return c.read(heard)
	}
	// What these wait for may have changed where nobody listens: where many wait, all
	// are read after 1, 2, 4, 8... kicks.
	if k := c.lab.kicker.kicks; c.crowd && k&(k-1) != 0 {
		return c.read(nodesOf(c.turn))
	}
	if err := c.readAll(); err != nil {
		return err
	}
	c.turn = c.lab.waiting(c.s, c.turn)
	return nil
}

// await waits until something has happened and returns the nodes that told of
// it; none where the kernel was kicked. The error is ETIMEDOUT at the deadline.
func (c *carrierWait) await() (heard []*node, err error) {
	for _, i := range c.turn {
		if err := i.syncCarrier(); err != nil {
			return nil, err
		}
	}
	err = c.time.wait(c.w, patience)
	if !errors.Is(err, unix.ETIMEDOUT) || c.time.over() {
		return c.w.heard, err
	}
	if err = c.lab.kick(); err == nil {
		err = c.awaitKick()
	}
	if errors.Is(err, unix.ETIMEDOUT) && !c.time.over() && !forgotten(c.heeded, c.time.spent()) {
		err = nil
	}
	return nil, err
}

// awaitKick waits for an event after a kick, or until the kernel has acted on it.
func (c *carrierWait) awaitKick() (err error) {
	for range 10 {
		if err = c.time.wait(c.w, 10*patience); !errors.Is(err, unix.ETIMEDOUT) {
			return err
		}
		if c.lab.kicker.heeded() {
			c.heeded++
			return err
		}
	}
	return err
}

// read reads nodes again; of a crowd only the interfaces of the turn, each by
// itself. Since Linux 6.8 the kernel acts on the carrier of one that is asked for
// so (net/core/rtnetlink.c:rtnl_getlink calls linkwatch_sync_dev), where it looks
// at two hundred at a time by itself.
func (c *carrierWait) read(nodes []*node) error {
	if !c.crowd {
		c.whole = len(nodes) == len(c.lab.nodes)
		err := c.lab.reread(c.s, nodes)
		c.turn = c.lab.waiting(c.s, c.turn)
		return err
	}
	c.whole = false
	for _, i := range c.turn {
		if !slices.Contains(nodes, i.node) {
			continue
		}
		got, err := i.node.conn.link(i.index)
		switch {
		case errors.Is(err, unix.ENODEV):
			delete(c.s[i.node], i.index)
		case err != nil:
			return c.lab.fail(i.spec.Pos, i.node.plan.Pos, "read", i.describe(), err)
		default:
			c.s[i.node][i.index] = got
		}
	}
	c.turn = c.lab.waiting(c.s, c.turn)
	return nil
}

func (c *carrierWait) readAll() error {
	c.whole = true
	return c.lab.reread(c.s, c.lab.nodes)
}

// late is the end of a wait whose time is over: an error, unless those that still
// wait are judged by a step.
func (c *carrierWait) late(judged []string, why error) (snapshot, error) {
	gaveUp.Store(true)
	if err := c.readAll(); err != nil {
		return nil, err
	}
	waiting := slices.DeleteFunc(c.lab.unsettled(c.s), func(i *iface) bool { return slices.Contains(judged, i.ref().String()) })
	if len(waiting) == 0 {
		return snapshot{}, nil
	}
	i := waiting[0]
	state := c.s[i.node][i.index].operState()
	if c.heeded >= leastKicks {
		why = &unfollowed{state, len(waiting), c.heeded}
	} else {
		why = fmt.Errorf("still %s (of %d interfaces): %w", state, len(waiting), why)
	}
	return nil, c.lab.fail(i.spec.Pos, i.node.plan.Pos, "wait for the carrier of", i.describe(), why)
}

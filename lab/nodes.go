package lab

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/internal/netns"
	"netverify/scenarios"
)

// addNodes makes the namespaces of all nodes. They take longer than anything
// else in a lab and do not depend on each other: as many at once as there are
// processors. The first one alone finds out which settings the machine leaves
// to new namespaces.
func (l *Lab) addNodes(plans []scenarios.Node) error {
	l.named, l.makers = make(map[string]*node, len(plans)), make(map[int]*node)
	l.nodes = make([]*node, len(plans)) // in the order of the plan, whichever is ready first
	for i := range plans {
		l.nodes[i] = &node{lab: l, name: plans[i].Name, plan: &plans[i]}
		l.named[plans[i].Name] = l.nodes[i]
	}
	if len(l.nodes) == 0 {
		return nil
	}
	if err := l.nodes[0].prepare(&l.inherited); err != nil {
		return err
	}
	errs := make([]error, len(l.nodes))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, n := range l.nodes[1:] {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			known := l.inherited
			errs[i+1] = n.prepare(&known)
		}()
	}
	wg.Wait()
	for _, err := range errs { // the first in plan order, not in time
		if err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the namespace of a node, silences it and applies the sysctls
// that do not wait for an interface.
func (n *node) prepare(known *deviations) error {
	l, p := n.lab, n.plan
	err := l.unwanted()
	if err != nil {
		return err
	}
	if n.ns, err = netns.New(); err != nil {
		return l.fail(p.Pos, p.Pos, "create namespace of", p.Name, limited(err, unix.ENOSPC, moreNamespaces))
	}
	err = n.ns.Do(func() error {
		if n.conn, err = openConn(l.unwanted); err != nil {
			return err
		}
		if err := silence(p.Forwarding, known, p.SetsSysctl); err != nil {
			return err
		}
		return quietBridges() // a host may have bridges as well, or be given one later
	})
	if err != nil {
		return l.fail(p.Pos, p.Pos, "prepare namespace of", p.Name, err)
	}
	n.have([]*iface{{node: n, name: "lo", index: 1}})
	for _, s := range p.Sysctls {
		if !perInterface(s.Key) {
			if err := n.setSysctl(s); err != nil {
				return err
			}
		}
	}
	return nil
}

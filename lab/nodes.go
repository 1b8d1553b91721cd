package lab

import (
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"netverify/internal/netns"
	"netverify/scenarios"
)

// addNodes makes the namespaces of all nodes. They take longer than anything
// else in a lab and do not depend on each other: as many at once as there are
// processors. The first one alone finds out which settings this machine gives
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
	errs := make([]error, len(l.nodes))
	if netns.OnThread(func(t *netns.Thread) { errs[0] = l.nodes[0].prepare(t, newProcfs()) }); errs[0] != nil {
		return errs[0]
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.nodes)-1) {
		wg.Go(func() {
			netns.OnThread(func(t *netns.Thread) {
				var proc *procfs
				used := 0
				for i := next.Add(1); int(i) < len(l.nodes); i = next.Add(1) {
					if used++; used%procUsers == 1 {
						proc.leave()
						proc = newProcfs()
					}
					errs[i] = l.nodes[i].prepare(t, proc.join())
				}
				proc.leave()
			})
		})
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
// that do not wait for an interface. It is a user of proc from now on.
func (n *node) prepare(t *netns.Thread, proc *procfs) error {
	l, p := n.lab, n.plan
	n.proc = proc
	err := l.unwanted()
	if err != nil {
		return err
	}
	if n.ns, err = t.New(); err != nil {
		return l.fail(p.Pos, p.Pos, "create namespace of", p.Name, limited(err, unix.ENOSPC, moreNamespaces))
	}
	if n.conn, err = openConn(l.unwanted); err == nil {
		err = l.fresh.silence(n.proc, p.Forwarding, p.SetsSysctl)
	}
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

package lab

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/internal/poll"
)

// watcher hears of changed links.
type watcher struct {
	sockets []*nl.NetlinkSocket
	nodes   []*node        // of the sockets
	known   map[*node]bool // the same
	heard   []*node        // those that told of something when it was waited last
	lab     *Lab           // whose end ends a wait
}

// watch listens to the nodes of interfaces.
func watch(list []*iface) (*watcher, error) {
	w := &watcher{lab: list[0].node.lab, known: map[*node]bool{}}
	for _, n := range nodesOf(list) {
		if err := w.subscribe(n, unix.RTNLGRP_LINK); err != nil {
			w.close()
			return nil, fmt.Errorf("watch links of %s: %w", n.name, err)
		}
	}
	return w, nil
}

// hears tells whether all of these interfaces are listened to.
func (w *watcher) hears(list []*iface) bool {
	return w != nil && !slices.ContainsFunc(list, func(i *iface) bool { return !w.known[i.node] })
}

// watchAddresses hears of changed IPv6 addresses.
func (n *node) watchAddresses() (*watcher, error) {
	w := &watcher{lab: n.lab, known: map[*node]bool{}}
	if err := w.subscribe(n, unix.RTNLGRP_IPV6_IFADDR); err != nil {
		return nil, fmt.Errorf("watch addresses of %s: %w", n.name, err)
	}
	return w, nil
}

func (w *watcher) subscribe(n *node, group uint) error {
	return n.ns.Do(func() error {
		sock, err := nl.Subscribe(unix.NETLINK_ROUTE, group)
		if err == nil {
			w.sockets, w.nodes = append(w.sockets, sock), append(w.nodes, n)
			w.known[n] = true
		}
		return err
	})
}

// wait returns when anything has changed, with ETIMEDOUT at the deadline.
func (w *watcher) wait(deadline time.Time) error {
	w.heard = nil
	fds := make([]unix.PollFd, len(w.sockets))
	for i, s := range w.sockets {
		fds[i] = unix.PollFd{Fd: int32(s.GetFd()), Events: unix.POLLIN}
	}
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return unix.ETIMEDOUT
		}
		if err := w.lab.unwanted(); err != nil {
			return err
		}
		n, err := poll.Wait(fds, time.Now().Add(min(left, attention)))
		if err != nil {
			return err
		}
		if n > 0 {
			break
		}
	}
	for i, s := range w.sockets {
		if fds[i].Revents != 0 {
			w.heard = append(w.heard, w.nodes[i])
			drain(s.GetFd())
		}
	}
	return nil
}

// drain throws the events away (the links are read instead; so an overflow,
// ENOBUFS, loses nothing either).
func drain(fd int) {
	var b [1 << 16]byte
	for {
		if _, _, err := unix.Recvfrom(fd, b[:], unix.MSG_DONTWAIT); err != nil && !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func (w *watcher) close() {
	if w == nil {
		return
	}
	for _, s := range w.sockets {
		s.Close()
	}
}

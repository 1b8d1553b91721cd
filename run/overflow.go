package run

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"netverify/lab"
)

// overflows counts, since the kernel began, what it drops in silence or for
// reasons that have nothing to do with a lab; 0 where it does not tell (no /proc).
type overflows struct {
	// All namespaces share one table of neighbours for each family, with room
	// for gc_thresh3 entries, 1024 by default. A packet for a neighbour that
	// finds no place is dropped (neigh_alloc in net/core/neighbour.c). Told in
	// the first network namespace only.
	neighbours uint64

	// All devices without NAPI share one queue a processor, with room for
	// netdev_max_backlog frames, 1000 by default (enqueue_to_backlog in
	// net/core/dev.c). It overflows where ksoftirqd gets no processor.
	backlog uint64
	room    int // net.core.netdev_max_backlog, or its default where the machine's own is not shown
}

func countOverflows() (o overflows) {
	o.room = defaultBacklog
	if b, err := os.ReadFile("/proc/sys/net/core/netdev_max_backlog"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			o.room = n
		}
	}
	for _, table := range []string{"arp_cache", "ndisc_cache"} {
		b, err := os.ReadFile("/proc/net/stat/" + table)
		if err == nil {
			o.neighbours += tableFulls(string(b))
		}
	}
	if b, err := os.ReadFile("/proc/net/softnet_stat"); err == nil {
		o.backlog = backlogDrops(string(b))
	}
	return o
}

// shed tells whether a frame was dropped as it was sent for want of room in the
// backlog queue that all namespaces share, of which it can do nothing: it did
// leave, and is lost like one that finds no room later. That something was lost
// is told at the end (since).
func (s *session) shed(err error) bool {
	return dropped(err) && countOverflows().backlog != s.overflows.backlog
}

const defaultBacklog = 1000 // frames (net/core/hotdata.c: max_backlog)

// crowded says why no broadcast fence goes to an interface: it, or what it stands
// on, has more children than the backlog queue has room for.
func (s *session) crowded(i *lab.Interface) string {
	parent := i.Ref
	n, ok := s.crowds[parent]
	if !ok && i.Parent != nil {
		parent = *i.Parent
		n, ok = s.crowds[parent]
	}
	if !ok {
		return ""
	}
	return fmt.Sprintf("a broadcast to the %d children of %s does not fit into the backlog queue of a processor (net.core.netdev_max_backlog is %d)",
		n, parent, s.overflows.room)
}

// tableFulls adds up the column table_fulls, one line a processor, in
// hexadecimal (neigh_stat_seq_show).
func tableFulls(text string) (n uint64) {
	head, rest, _ := strings.Cut(text, "\n")
	column := slices.Index(strings.Fields(head), "table_fulls")
	for line := range strings.Lines(rest) {
		fields := strings.Fields(line)
		if column < 0 || column >= len(fields) {
			continue
		}
		v, err := strconv.ParseUint(fields[column], 16, 64)
		if err == nil {
			n += v
		}
	}
	return n
}

// backlogDrops adds up the second column, one line a processor, in hexadecimal
// (softnet_seq_show in net/core/net-procfs.c).
func backlogDrops(text string) (n uint64) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		v, err := strconv.ParseUint(fields[1], 16, 64)
		if err == nil {
			n += v
		}
	}
	return n
}

// since says what may have been lost since it was before; nil if nothing.
func (now overflows) since(before overflows) (list []string) {
	if now.neighbours != before.neighbours {
		list = append(list, "the kernel's table of neighbours, which all namespaces share, was full for a time: packets may have been dropped for it"+
			" (net.ipv4.neigh.default.gc_thresh3 and net.ipv6.neigh.default.gc_thresh3 raise its limit)")
	}
	if n := now.backlog - before.backlog; n != 0 {
		list = append(list, fmt.Sprintf("a processor's backlog queue, which all namespaces share, was full for a time: %d frames were dropped for it"+
			" (net.core.netdev_max_backlog raises its limit)", n))
	}
	return list
}

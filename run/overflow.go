package run

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// All namespaces of a kernel share one table of neighbours for each family,
// with room for gc_thresh3 entries, 1024 by default. A packet for a neighbour
// that finds no place is dropped in silence (neigh_alloc in
// net/core/neighbour.c); only a counter tells.

// neighbourOverflows is how often an entry found no place since the kernel
// began; 0 where the kernel does not tell (another network namespace than the
// first, or none of its /proc).
func neighbourOverflows() (n uint64) {
	for _, table := range []string{"arp_cache", "ndisc_cache"} {
		b, err := os.ReadFile("/proc/net/stat/" + table)
		if err == nil {
			n += tableFulls(string(b))
		}
	}
	return n
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

// overflowed says what may have been lost since the table had overflowed
// before times; nil if nothing.
func overflowed(before uint64) []string {
	if neighbourOverflows() == before {
		return nil
	}
	return []string{"the kernel's table of neighbours, which all namespaces share, was full for a time: packets may have been dropped for it" +
		" (net.ipv4.neigh.default.gc_thresh3 and net.ipv6.neigh.default.gc_thresh3 raise its limit)"}
}

// Package recording holds what was seen of a network: its points, the frames at each
// of them, what was known of each step, and how one frame went from point to point.
//
// Contract. A Recording is data: a run fills it, a capture file keeps it, and once it is
// sealed nothing is added. What made it less than complete stands in it. The order of
// observations is that of steps, within a step that of time, and within one node that
// in which the kernel handed them over. A Ref is the one way to write which interface
// of which node is meant, and ParseRef the one way to read it.
//
// The package is pure: no sockets, no clock, nothing of the operating system.
package recording

// Package run takes one plan from the building of its lab to its verdicts: it
// is the only place where packages meet. Record first, judge afterwards: while
// a lab lives its frames are only collected; assert judges the sealed recording.
//
// A lab is driven by a single goroutine, locked to an OS thread that is pinned
// to one processor. That thread sends the stimuli and the fences and polls the
// taps itself. The kernel delivers over veth and macvlan through a queue of
// the processor that sent (softnet_data.input_pkt_queue, net/core/dev.c), so
// what one processor sends keeps its order, and no goroutine has to be woken
// between a fence and the next.
//
// # Rest
//
// Every step ends when the lab is at rest: a wave of fences went over every hop
// that has a queue, each came in, and no tap saw anything else meanwhile. A
// frame in flight on a hop is in front of that hop's fence and would have been
// seen in the wave; so after a wave that met nothing, nothing is in flight.
// Only timers of the stacks (retransmission, ageing, duplicate address
// detection) are not in any queue: what depends on one is awaited with
// `within`.
package run

// Command netverify builds macvlan, VLAN and bridge labs in network
// namespaces, puts frames on them, and says with evidence whether the kernel
// does what it should.
//
// This package holds no logic: one file a verb, flags in, exit status out.
//
//	0  everything that this kernel can do passed
//	1  something failed
//	2  bad usage, or a bad scenario: nothing was run
//	3  nothing failed, but something was not shown (inconclusive, error,
//	   interrupted, evidence that could not be written; with --require a skip)
//	128 + the signal's number, as a shell has it, where a second signal ended
//	   a run before its report was written, or where a signal killed it (137:
//	   SIGKILL, also for want of memory), which is told in words
package main

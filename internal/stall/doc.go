// Package stall tells that this process does not come forward, and where in the
// kernel it waits. A request to the kernel takes no deadline: one that waits for a
// lock of the kernel's (rtnl, or that of all network namespaces), for an RCU grace
// period or for a disk returns when it returns, and no signal wakes its thread.
package stall

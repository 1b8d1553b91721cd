// Package lab makes a plan's topology real: one anonymous network namespace a
// node, with its links, addresses, routes and neighbours, quiet and without
// offloads, and says what the kernel made of it.
//
// What it promises:
//
//   - Build is all or nothing. When it returns, every interface that can have
//     a carrier has operational state UP, awaited as a netlink event, so that
//     the first frame sent is not lost.
//   - Links are created in the namespace where they live. Nothing is moved.
//   - Whatever a plan asks for is read back. A kernel that accepts a request
//     and does something else is an *Error: "asked for X, kernel says Y".
//   - Topology, Interfaces, Bindings and State are read from the kernel at the
//     time of the call, never repeated from the plan.
//   - Nothing outlives the process: namespaces are held by descriptors only.
//
// Errors: *Error says where in its file the thing stands that the kernel
// refused, and carries the kernel's extended text; *Unsupported (possibly
// inside an *Error) says that this kernel lacks a feature, and is the only one
// that means "skip". Errno returns the errno's name and the extended text of
// either.
//
// A lab is changed and read by one goroutine at a time.
package lab

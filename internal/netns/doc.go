// Package netns holds anonymous network namespaces by descriptor, and is the
// only way into them: nothing else in the tree calls setns(2).
//
// A namespace has no name and no mount: it lives as long as a descriptor, a
// socket or a thread refers to it. When the process ends, by whatever means,
// the kernel takes it away with all its interfaces (asynchronously, in
// net/core/net_namespace.c:cleanup_net).
//
// Work is done inside by Do, on the thread of the caller:
//
//	err := ns.Do(func() error {
//		// Sockets opened here belong to ns for good, and may be used from
//		// anywhere. Goroutines started here do NOT run in ns.
//		return nil
//	})
//
// /proc/sys/net is that of the calling thread, and thus right inside Do;
// /proc/net is that of the process's main thread: use /proc/thread-self/net.
package netns

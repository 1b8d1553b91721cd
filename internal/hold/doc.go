// Package hold lets other processes of the same user run commands in the
// namespaces of a lab that one process holds.
//
// Namespaces have no name, and those of an unprivileged run belong to a user
// namespace that another process could join only while it has a single thread
// (setns(2)), which a Go program never has. So nobody joins anything: whoever
// wants to enter connects to the holder, hands over its streams or the end of a
// pseudo-terminal (SCM_RIGHTS, unix(7)), and the holder starts the command.
//
//	netverify enter                 netverify run --hold
//	Find ──── who holds what? ────► Door
//	Enter ─── streams, command ───► │ starts an entry in the node's namespace
//	      ◄── exit status ───────── │ └ init of a PID namespace of its own: Inside
//	                                │   └ the command
//
// A Door is an abstract socket, made in the network namespace in which the user
// started the run. It has no file, so that nothing is left of it when the
// holder ends, by whatever means; the commands end with the holder as well, and
// with all that they have started, for each is in a PID namespace of its own
// (pid_namespaces(7)). Anyone may see the socket: each side asks the kernel for
// the other's user (SO_PEERCRED), and talks to its own only.
package hold

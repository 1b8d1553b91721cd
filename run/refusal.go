package run

import (
	"errors"

	"golang.org/x/sys/unix"
)

// errnoError names the errors that a stack reports to whoever asks it for
// something that it cannot or may not do.
var errnoError = map[unix.Errno]string{
	unix.ENETUNREACH:   "net-unreachable",       // no route (fib_lookup), an unreachable route of IPv6
	unix.EHOSTUNREACH:  "host-unreachable",      // an unreachable route of IPv4, a neighbour that does not answer
	unix.ENETDOWN:      "net-down",              // the interface is down
	unix.EADDRNOTAVAIL: "address-not-available", // no source address fits (ipv6_dev_get_saddr); none is bound here
	unix.EMSGSIZE:      "too-big",               // above the MTU, and not to be fragmented
	unix.EPERM:         "not-permitted",         // a packet filter (nf_hook_slow)
	unix.EACCES:        "prohibited",            // a prohibit route
}

// refusal names the answer of the stack that an errno of sendto(2) is; answer
// is false where it is none: EINVAL and the like are netverify's own fault (the
// lab has no blackhole routes, which alone make an answer of it), ENOMEM,
// EAGAIN and the like a limit of the machine.
func refusal(err error) (word string, answer bool) {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return "", false
	}
	word, answer = errnoError[errno]
	return word, answer
}

// dropped tells whether the stack took a request and a device or a queue on its
// way dropped it at once: with IP_RECVERR the stack says so as ENOBUFS
// (net/core/dev.c:net_xmit_errno), on some kernels and of some devices only, as
// veth since 6.6, 6.5.4, 6.1.54 and 5.10.195 (151e887d8ff9 "veth: Fixing transmit
// return status for dropped packets"). It is a frame lost on the wire, and no answer. What was dropped for
// a limit of the machine is known by its counters (overflow.go), and what was
// not even seen leaving proves nothing.
func dropped(err error) bool { return errors.Is(err, unix.ENOBUFS) }

// pending tells whether an errno may be that of an earlier request, told in the
// place of this one's: what an ICMP error becomes (net/ipv4/icmp.c:
// icmp_err_convert, net/ipv6/icmp.c:icmpv6_err_convert), but for EMSGSIZE: to
// ask again for that would put a second one into the error queue.
func pending(err error) bool {
	for _, e := range []unix.Errno{
		unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENOPROTOOPT, unix.ECONNREFUSED, unix.EOPNOTSUPP,
		unix.EHOSTDOWN, unix.ENONET, unix.EPROTO, unix.EACCES,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// sendAdvice says what to do about an errno of sendto(2) that is no answer;
// "" where that is not known, or said of every error (lab.LimitAdvice).
func sendAdvice(err error) string {
	switch {
	case errors.Is(err, unix.EAGAIN):
		return "; what was sent before still waits in the socket: sysctl net.core.wmem_max=4194304, or a smaller count or size"
	case errors.Is(err, unix.EINVAL):
		return "; no application could send this: the family, the size or the interface does not fit the address"
	}
	return ""
}

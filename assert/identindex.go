package assert

import (
	"cmp"
	"net/netip"

	"netverify/frame"
)

// identIndex finds whose question a frame answers, or quotes, among many: a capture
// may hold as many as it likes, and each of its frames is looked up. Each question
// has a number; of several that fit, the lowest is found.
type identIndex struct {
	of    map[ident]int
	many  map[ident]int // those asked of many, without whom they were asked of: whoever answers them
	pairs map[ident]int // by addresses and protocol, and by addresses alone: for quotes that end early
}

func newIdentIndex() *identIndex {
	return &identIndex{of: map[ident]int{}, many: map[ident]int{}, pairs: map[ident]int{}}
}

// add enters a question; many says that it was addressed to many.
func (x *identIndex) add(q ident, n int, many bool) {
	lowest(x.of, q, n)
	if many {
		lowest(x.many, ident{src: q.src, proto: q.proto, a: q.a, b: q.b}, n)
	}
	lowest(x.pairs, ident{src: onWire(q.src), dst: onWire(q.dst), a: anyProto}, n)
	lowest(x.pairs, ident{src: onWire(q.src), dst: onWire(q.dst), proto: q.proto}, n)
}

// answered is the question that an echo reply answers, by the reply's own identity.
func (x *identIndex) answered(reply ident) (n int, ok bool) {
	q := reply
	q.src, q.dst = reply.dst, reply.src
	n, ok = x.of[q]
	q.dst = netip.Addr{}
	if m, also := x.many[q]; also && (!ok || m < n) {
		return m, true
	}
	return n, ok
}

// quoted is the question that an ICMP error quotes. Of one that quotes too little
// for the numbers to tell, the addresses have to do, and the protocol where IPv4
// names it.
func (x *identIndex) quoted(d *frame.Decoded) (n int, ok bool) {
	q := quotedIn(d)
	if q == nil || !isICMPError(d) {
		return 0, false
	}
	if id, whole := identOf(q); whole {
		n, ok = x.of[id]
		return n, ok
	}
	pair := ident{src: onWire(source(q)), dst: onWire(target(q)), a: anyProto}
	if q.IPv4 != nil {
		pair.proto, pair.a = q.IPv4.Proto, 0
	}
	n, ok = x.pairs[pair]
	return n, ok
}

// anyProto marks an entry of pairs by addresses alone.
const anyProto = 1

// lowest keeps the lowest number of each key.
func lowest[K comparable, N cmp.Ordered](m map[K]N, k K, n N) {
	if old, ok := m[k]; !ok || n < old {
		m[k] = n
	}
}

// onWire is an address as it is on the wire, where no zone is.
func onWire(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

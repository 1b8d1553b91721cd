package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// conn is a route netlink socket of one namespace. The requests are made with
// netlink's own package nl rather than with its LinkAdd and friends: those
// open a socket for each call, carry the kernel's extended text only where
// they run inside the namespace, and know half of the attributes that a lab
// sets (macvlan flags, MACs at creation, bridge port flags). They are sent by
// exchange (exchange.go).
type conn struct {
	rtSocket
	asked   int // requests so far: what tests of work count
	changes int // of these, those that change something

	unwanted func() error // why nothing more is to be asked; nil as long as it is
}

// openConn opens the socket in the namespace of the calling thread. Before each
// request unwanted is asked for an error that is returned instead.
func openConn(unwanted func() error) (*conn, error) {
	c := &conn{unwanted: unwanted}
	return c, c.open()
}

// do sends a request and waits for its acknowledgement. The error is a
// *kernelError with the extended text.
func (c *conn) do(typ, flags int, data ...nl.NetlinkRequestData) error {
	c.changes++
	_, err := c.exchange(typ, flags|unix.NLM_F_ACK, data)
	return err
}

// get sends a request for one object. A kernel with nothing to show answers
// with an errno.
func (c *conn) get(typ int, data ...nl.NetlinkRequestData) ([]byte, error) {
	msgs, err := c.exchange(typ, 0, data)
	if err != nil {
		return nil, err
	}
	if len(msgs) == 0 {
		return nil, fmt.Errorf("netlink request %d: no answer", typ)
	}
	return msgs[0], nil
}

// dump lists all objects. A dump that changed under way is asked for again:
// it may lack entries (NLM_F_DUMP_INTR).
func (c *conn) dump(typ int, data ...nl.NetlinkRequestData) ([][]byte, error) {
	const tries = 10
	for i := 1; ; i++ {
		msgs, err := c.exchange(typ, unix.NLM_F_DUMP, data)
		if err == nil || i == tries || !errors.Is(err, errChanged) {
			return msgs, err
		}
	}
}

func (c *conn) exchange(typ, flags int, data []nl.NetlinkRequestData) ([][]byte, error) {
	c.asked++
	if err := c.unwanted(); err != nil {
		return nil, err
	}
	req := nl.NewNetlinkRequest(typ, flags)
	for _, d := range data {
		req.AddData(d)
	}
	return c.rtSocket.exchange(req)
}

// The attributes of a request. Integers are in the machine's byte order,
// except those that say otherwise.

func attr(typ int, value []byte) *nl.RtAttr     { return nl.NewRtAttr(typ, value) }
func attr8(typ int, v uint8) *nl.RtAttr         { return attr(typ, []byte{v}) }
func attr16(typ int, v uint16) *nl.RtAttr       { return attr(typ, nl.Uint16Attr(v)) }
func attrBE16(typ int, v uint16) *nl.RtAttr     { return attr(typ, nl.BEUint16Attr(v)) }
func attr32(typ int, v uint32) *nl.RtAttr       { return attr(typ, nl.Uint32Attr(v)) }
func attrString(typ int, v string) *nl.RtAttr   { return attr(typ, nl.ZeroTerminated(v)) }
func attrBool(typ int, v bool) *nl.RtAttr       { return attr8(typ, b2u8(v)) }
func nest(typ int, in ...*nl.RtAttr) *nl.RtAttr { return extend(attr(typ, nil), in...) }

func extend(a *nl.RtAttr, in ...*nl.RtAttr) *nl.RtAttr {
	for _, c := range in {
		a.AddChild(c)
	}
	return a
}

func b2u8(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}

// attrs are received attributes by type. A missing one reads as zero; has
// tells it from a zero.
type attrs map[int][]byte

// parseAttrs reads a sequence of attributes; the flags of the type are taken
// off. What is malformed ends the sequence, as in the kernel's nla_ok.
func parseAttrs(b []byte) attrs {
	n := 0 // a link has some fifty
	eachAttr(b, func(int, []byte) { n++ })
	a := make(attrs, n)
	eachAttr(b, func(typ int, value []byte) { a[typ] = value })
	return a
}

func eachAttr(b []byte, f func(typ int, value []byte)) {
	for len(b) >= unix.SizeofRtAttr {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return
		}
		f(int(binary.NativeEndian.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER)), b[unix.SizeofRtAttr:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}

func (a attrs) has(typ int) bool     { _, ok := a[typ]; return ok }
func (a attrs) nested(typ int) attrs { return parseAttrs(a[typ]) }

func (a attrs) u8(typ int) uint8 {
	if b := a[typ]; len(b) >= 1 {
		return b[0]
	}
	return 0
}

func (a attrs) u16(typ int) uint16 {
	if b := a[typ]; len(b) >= 2 {
		return binary.NativeEndian.Uint16(b)
	}
	return 0
}

func (a attrs) be16(typ int) uint16 {
	if b := a[typ]; len(b) >= 2 {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (a attrs) u32(typ int) uint32 {
	if b := a[typ]; len(b) >= 4 {
		return binary.NativeEndian.Uint32(b)
	}
	return 0
}

func (a attrs) str(typ int) string { return strings.TrimRight(string(a[typ]), "\x00") }

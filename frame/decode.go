package frame

import "strings"

// parser walks one frame from the outside in. Offsets are those of the frame;
// `end` is where the enclosing layer says that its bytes end, which may be
// behind the last captured byte.
type parser struct {
	b      []byte
	wire   int
	root   *Decoded // owns the layers
	cur    *Decoded // receives the typed layers: root, or the packet that an ICMP error quotes
	quoted int
	depth  int
	part   bool // in a fragment, or in a packet that was quoted in part
}

// maxDepth bounds packets in packets (IP in IP, ICMP errors in ICMP errors).
const maxDepth = 64

func decode(b []byte, wire int) *Decoded {
	d := &Decoded{b: b, wire: wire}
	p := parser{b: b, wire: wire, root: d, cur: d}
	p.ethernet(wire)
	return d
}

// add appends a layer and returns its index.
func (p *parser) add(proto Protocol, off, end int) int {
	p.root.Layers = append(p.root.Layers, Layer{
		Proto: proto, Off: off, End: end, Quoted: p.quoted, limit: min(end, len(p.b)),
	})
	return len(p.root.Layers) - 1
}

// layer returns the layer with index i. The pointer is good until add.
func (p *parser) layer(i int) *Layer { return &p.root.Layers[i] }

// need tells whether n bytes at off are there; if not it marks layer i and
// the frame.
func (p *parser) need(i, off, n, end int) bool {
	why, ok := p.there(off, n, end)
	if !ok {
		p.layer(i).Malformed = why
		p.mark(why, off, end)
	}
	return ok
}

// begin adds a layer if the n bytes are there without which Wireshark shows
// nothing of it, and marks the frame if they are not.
func (p *parser) begin(proto Protocol, off, n, end int) (i int, ok bool) {
	why, ok := p.there(off, n, end)
	if !ok {
		n := len(p.root.Layers)
		p.mark(proto.String()+": "+why, off, end)
		if len(p.root.Layers) > n {
			p.layer(n).aux = uint16(proto)
		}
		return 0, false
	}
	return p.add(proto, off, end), true
}

// there tells whether n bytes at off are captured, and if not, why.
func (p *parser) there(off, n, end int) (why string, ok bool) {
	switch {
	case off+n <= min(end, len(p.b)):
		return "", true
	case off+n <= end:
		return cutShort, false
	}
	return tooShort, false
}

// mark appends _ws.short or _ws.malformed, where decoding stops.
func (p *parser) mark(why string, off, end int) {
	if p.quoted > 0 && !strings.HasSuffix(why, cutShort) {
		return // that a quotation ends somewhere is no fault
	}
	proto := ProtoMalformed
	switch {
	case strings.HasSuffix(why, cutShort):
		proto = ProtoShort
	case p.part:
		proto = ProtoUnreassembled // the rest is in another fragment, or was not quoted
	}
	off = min(off, len(p.b))
	p.layer(p.add(proto, off, max(off, end))).Malformed = why
}

const (
	cutShort = "captured only in part"
	tooShort = "ends before its header does"
)

func (p *parser) u8(off int) uint8   { return p.b[off] }
func (p *parser) u16(off int) uint16 { return be16(p.b[off:]) }
func (p *parser) u32(off int) uint32 { return be32(p.b[off:]) }

// slice returns the captured bytes from off to end.
func (p *parser) slice(off, end int) []byte {
	end = min(end, len(p.b))
	if off >= end {
		return nil
	}
	return p.b[off:end:end]
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
func be32(b []byte) uint32 { return uint32(be16(b))<<16 | uint32(be16(b[2:])) }

// data claims the rest of a layer's payload.
func (p *parser) data(off, end int) {
	p.cur.Payload = p.slice(off, end)
	if off < end && off < len(p.b) {
		p.add(ProtoData, off, end)
	}
}

// fail marks layer i, of which only the bytes before limit mean anything.
func (p *parser) fail(i, limit int, why string) {
	l := p.layer(i)
	l.Malformed, l.limit = why, min(l.limit, limit)
}

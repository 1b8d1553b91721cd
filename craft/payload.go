package craft

import (
	"slices"

	"netverify/frame"
)

// EchoPayload returns exactly size bytes of data for an echo request: the
// pattern of ping(8), byte i being i modulo 256, with the tag in its first 16
// bytes, where ping has its time stamp. Below 16 bytes there is no room for
// the tag and only the pattern comes; a negative size is 0.
func EchoPayload(size int, tag frame.Tag, nonce [8]byte) []byte {
	b := make([]byte, max(size, 0))
	for i := range b {
		b[i] = byte(i)
	}
	if len(b) >= frame.TagLen {
		copy(b, frame.AppendTag(nil, nonce, tag))
	}
	return b
}

// data returns the bytes behind the last header and what follows the datagram
// uncounted, with the tag in one of them.
func (c *composer) data(tag frame.Tag, nonce [8]byte) (data, trailer []byte) {
	where := c.spec.Nonce
	switch where {
	case "":
		where = "payload"
		if c.noRoom {
			where = "trailer"
		}
	case "payload":
		if c.noRoom {
			c.errorf("nonce", "this protocol has no room for data: trailer or none")
		}
	case "trailer", "none":
	default:
		c.errorf("nonce", "%q is not one of payload, trailer, none", where)
	}

	p := c.spec.Payload
	if p != nil {
		data = c.payload(p)
	}
	if p != nil && p.Size != nil && where == "payload" {
		if len(data) >= frame.TagLen {
			return EchoPayload(len(data), tag, nonce), nil
		}
		if c.spec.Nonce == "payload" {
			c.errorf("payload.size", "%d bytes have no room for the nonce, which takes %d", len(data), frame.TagLen)
		}
		where = "trailer"
	}
	switch where {
	case "payload":
		return frame.AppendTag(slices.Clip(data), nonce, tag), nil
	case "trailer":
		return data, frame.AppendTag(nil, nonce, tag)
	}
	return data, nil
}

func (c *composer) payload(p *Payload) []byte {
	if bit(p.Text != "")+bit(p.Hex != "")+bit(p.Size != nil) != 1 {
		c.errorf("payload", "takes exactly one of text, hex and size")
		return nil
	}
	switch {
	case p.Hex != "":
		return c.hexBytes("payload.hex", p.Hex)
	case p.Size != nil:
		return EchoPayload(c.num("payload.size", p.Size, 0, 0, 65535), frame.Tag{}, [8]byte{})
	case len(p.Text) > maxData:
		c.errorf("payload.text", "%d bytes are more than %d", len(p.Text), maxData)
		return nil
	}
	return []byte(p.Text)
}

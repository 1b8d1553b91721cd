// Command fielddoc writes docs/fields.md from the field table.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"netverify/frame"
	"netverify/internal/whole"
)

func main() {
	out := flag.String("o", "", "file to write")
	flag.Parse()
	if err := whole.File(*out, []byte(markdown())); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const head = `# Fields

Made by ` + "`go generate ./frame`" + ` from the field table; do not edit.

Filters, frames to send and reports call the parts of a frame by these names, which are Wireshark's. A protocol's name
alone is a filter: the frame has such a layer. A field's name alone means that it occurs, whatever its value: ` + "`tcp.flags.syn`" + `
is true of every TCP segment, ` + "`tcp.flags.syn == 1`" + ` of those that set it. A field may occur several times: of two tags, and of the
packet that an ICMP error quotes. The filter language is described by ` + "`go doc ./filter`" + `.

A filter is true of the same frames as in Wireshark 4.0, which looks at more than one frame at a time, knows more
protocols, and leaves some checksums alone unless told otherwise. To see the same there:

` + "```" + `
tshark -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
       -o tcp.analyze_sequence_numbers:FALSE -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE
` + "```" + `

What differs nevertheless:

- ` + "`data`" + ` and ` + "`frame.protocols`" + `: Wireshark may know the protocol of a UDP or TCP payload, of an EtherType or of an LLC address, and
  takes the start of an echo's data for a timestamp if it is close to the time of the frame.
- ` + "`udp.checksum.status`, `tcp.checksum.status`" + ` are 2 (unverified) where the capture says that a device was to compute the checksum.
- Not decoded: what malformed IPv4 options break, IPv6 extension headers and IPv6 itself under IPv4's numbers, ICMP extensions (RFC 4884),
  ICMP router advertisements, ICMPv6 types that the table does not name, IGMP versions and types other than those of RFC 2236 and
  RFC 3376, GARP, XID, and packets in packets other than IP in IP.
- Slices of an IPv4 header (` + "`ip[12]`" + `) whose own length is below 20 or whose version is not 4: Wireshark believes that length.
- Refused by filters: fields that depend on other frames (` + "`tcp.seq`, `tcp.stream`, `icmp.resp_in`" + `, ...) or on everything that Wireshark knows
  (` + "`_ws.malformed`" + `). Reports tell of each frame what is malformed in it.

`

// markdown writes the whole document.
func markdown() string {
	var b strings.Builder
	b.WriteString(head)
	var last frame.Protocol
	fields := frame.Fields()
	for i := range fields {
		f := &fields[i]
		if f.Protocol != last {
			last = f.Protocol
			title, doc := f.Protocol.String(), ""
			if p, ok := frame.Lookup(title); ok {
				doc = p.Doc
			}
			fmt.Fprintf(&b, "## %s\n\n%s\n\n| field | type | meaning | source |\n| --- | --- | --- | --- |\n", title, doc)
		}
		if f.Type == frame.TypeNone {
			fmt.Fprintf(&b, "| `%s` | %s | the layer, as its bytes | %s |\n", f.Name, f.Type, f.Source)
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, typeText(f), meaning(f), f.Source)
		if i+1 < len(fields) && fields[i+1].Protocol != last {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// typeText is the type with its range.
func typeText(f *frame.Field) string {
	switch f.Type {
	case frame.TypeUint:
		return fmt.Sprintf("0 to %d", f.Max)
	case frame.TypeInt:
		return fmt.Sprintf("%d bits, signed", f.Bits)
	}
	return f.Type.String()
}

// meaning is Doc with unit and names.
func meaning(f *frame.Field) string {
	s := f.Doc
	if f.Unit != "" && f.Unit != "MAC" {
		s += ", in " + f.Unit
		if f.Unit == "8 bytes" {
			s = f.Doc + ", in units of 8 bytes"
		}
	}
	for i, n := range f.Names {
		if i == 0 {
			s += "; names: "
		} else {
			s += ", "
		}
		s += fmt.Sprintf("%d %q", n.Value, n.Name)
	}
	return strings.ReplaceAll(s, "|", `\|`)
}

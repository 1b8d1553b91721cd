package frame_test

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"netverify/frame"
	"netverify/frame/frametest"
)

// TestEveryFieldStandsWhereTsharkSaysItDoes compares the bytes of each value
// with pos and size in tshark's PDML.
func TestEveryFieldStandsWhereTsharkSaysItDoes(t *testing.T) {
	frames := append(frametest.Whole(), frametest.Broken()...)
	views := frametest.Views(frames)
	theirs := pdml(t, views)
	if len(theirs) != len(views) {
		t.Fatalf("tshark tells of %d frames, there are %d", len(theirs), len(views))
	}
	compared := map[string]bool{}
	for n := range views {
		for _, p := range views[n].Parts() {
			for _, o := range p.Fields {
				if o.Len == 0 || elsewhere[o.Name] {
					continue
				}
				// Of a number of which only some bits count, Wireshark sometimes
				// shows fewer bytes.
				same := func(p place) bool {
					end, ours := p.Pos+p.Size, int(o.Off+o.Len)
					return p.Pos == int(o.Off) && end == ours || o.Mask != 0 && p.Pos >= int(o.Off) && end <= ours
				}
				if places := theirs[n][o.Name]; !slices.ContainsFunc(places, same) {
					t.Errorf("%s: %s is at %d, %d bytes; tshark says %v", frames[n].Name, o.Name, o.Off, o.Len, places)
				}
				compared[o.Name] = true
			}
		}
	}
	if len(compared) < 100 {
		t.Errorf("only %d fields were compared", len(compared))
	}
}

// elsewhere are the fields that Wireshark computes, and so shows at no bytes or
// at those of the whole layer.
var elsewhere = map[string]bool{
	"ip.checksum.status": true, "icmp.checksum.status": true, "icmpv6.checksum.status": true,
	"igmp.checksum.status": true, "udp.checksum.status": true, "tcp.checksum.status": true,
}

type place struct {
	Pos  int `xml:"pos,attr"`
	Size int `xml:"size,attr"`
}

type pdmlField struct {
	place
	Name   string      `xml:"name,attr"`
	Fields []pdmlField `xml:"field"`
	Protos []pdmlField `xml:"proto"`
}

// pdml returns for each frame where each field is.
func pdml(t *testing.T, views []frame.View) []map[string][]place {
	t.Helper()
	file := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(file, frametest.PCAPNG(views), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("tshark", "-r", file, "-T", "pdml")
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+frametest.WiresharkConfig(t))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Packets []struct {
			Protos []pdmlField `xml:"proto"`
		} `xml:"packet"`
	}
	if err := xml.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	var all []map[string][]place
	for _, p := range doc.Packets {
		places := map[string][]place{}
		var add func(fs []pdmlField)
		add = func(fs []pdmlField) {
			for _, f := range fs {
				places[f.Name] = append(places[f.Name], f.place)
				add(f.Fields)
				add(f.Protos)
			}
		}
		add(p.Protos)
		all = append(all, places)
	}
	return all
}

// TestPartsAreTheFieldsOfTheTable: nothing is lost and nothing is shown twice.
func TestPartsAreTheFieldsOfTheTable(t *testing.T) {
	views := frametest.Views(append(frametest.Whole(), frametest.Mutated(2000, 1)...))
	fields := frame.Fields()
	for n := range views {
		shown := map[string]int{}
		for _, p := range views[n].Parts() {
			for _, o := range p.Fields {
				shown[o.Name]++
				if end := int(o.Off) + int(o.Len); end > views[n].Frame.CapLen() {
					t.Errorf("frame %d: %s ends at %d of %d bytes", n, o.Name, end, views[n].Frame.CapLen())
				}
			}
		}
		for i := range fields {
			f := &fields[i]
			if f.Again || f.Type == frame.TypeNone || f.Protocol == frame.ProtoFrame || f.Name == "ip.version" {
				continue // ip.version stands in IPv6 headers as well, where ipv6.version says so
			}
			if want := len(views[n].Values(f.Name)); shown[f.Name] != want {
				t.Errorf("frame %d: %s is shown %d times, there are %d values", n, f.Name, shown[f.Name], want)
			}
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		field string
		value frame.Value
		want  string
	}{
		{"eth.src", frame.Value{Bytes: []byte{2, 0, 0, 0, 3, 1}}, "02:00:00:00:03:01"},
		{"eth.type", frame.Value{Num: 0x0800}, "0x0800 (IPv4)"},
		{"eth.type", frame.Value{Num: 0x88b5}, "0x88b5"},
		{"vlan.id", frame.Value{Num: 10}, "10"},
		{"ip.frag_offset", frame.Value{Num: 3}, "3 × 8 bytes"},
		{"vlan.dei", frame.Value{Num: 1}, "true"},
		{"arp.opcode", frame.Value{Num: 2}, "2 (reply)"},
		{"ip.ttl", frame.Value{Num: 64}, "64 hops"},
		{"ip.src", frame.Value{Num: 0xc0a88001}, "192.168.128.1"},
		{"ipv6.src", frame.Value{Bytes: []byte{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}, "2001:db8::1"},
		{"ipv6.flow", frame.Value{Num: 0xabc}, "0x000abc"},
		{"icmpv6.opt.linkaddr", frame.Value{Bytes: []byte{2, 0, 0, 0, 3, 1}}, "02:00:00:00:03:01"},
		{"data.data", frame.Value{Bytes: []byte{0xde, 0xad}}, "dead"},
		{"data.len", frame.Value{Num: 46}, "46 bytes"},
		{"frame.interface_name", frame.Value{Str: "c1:eth0"}, "c1:eth0"},
		{"frame.time_epoch", frame.Value{Num: 1}, "1970-01-01T00:00:00.000000001Z"},
	}
	for _, tt := range tests {
		f, ok := frame.Lookup(tt.field)
		if !ok {
			t.Fatal(tt.field)
		}
		if got := f.Text(tt.value); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.field, got, tt.want)
		}
	}
}

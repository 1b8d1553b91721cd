package frame_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"netverify/frame"
	"netverify/frame/frametest"
)

func TestEveryFieldOfEveryFrameHasTsharksValues(t *testing.T) {
	var frames []frametest.Named
	frames = append(frames, frametest.Whole()...)
	frames = append(frames, frametest.Broken()...)
	views := frametest.Views(frames)
	for _, f := range frametest.Whole() { // captured in part
		for n := 15; n < len(f.Data); n++ {
			v := frametest.Views([]frametest.Named{f})[0]
			v.Frame, v.Number = frame.NewCut(f.Data[:n:n], len(f.Data)), len(views)+1
			views = append(views, v)
			frames = append(frames, frametest.Named{Name: fmt.Sprintf("%s, %d bytes captured", f.Name, n), Data: f.Data})
		}
	}
	compareWithTshark(t, frames, views)
}

func TestEveryFieldOfMutatedFramesHasTsharksValues(t *testing.T) {
	var frames []frametest.Named
	for _, f := range frametest.Mutated(4000, mutationSeed()) {
		if !frametest.Beyond(frame.New(f.Data)) {
			frames = append(frames, f)
		}
	}
	compareWithTshark(t, frames, frametest.Views(frames))
}

// mutationSeed is 1, or NETVERIFY_SEED for a search by hand.
func mutationSeed() uint64 {
	seed, err := strconv.ParseUint(os.Getenv("NETVERIFY_SEED"), 10, 64)
	if err != nil {
		return 1
	}
	return seed
}

func compareWithTshark(t *testing.T, frames []frametest.Named, views []frame.View) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(file, frametest.PCAPNG(views), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", file, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", "-E", "occurrence=a"}
	fields := frame.Fields()
	for i := range fields {
		args = append(args, "-e", fields[i].Name)
	}
	cmd := exec.Command("tshark", args...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+frametest.WiresharkConfig(t))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark is the oracle of this test and must be installed: %v\n%s", err, &stderr)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(views) {
		t.Fatalf("tshark wrote %d lines for %d frames", len(lines), len(views))
	}
	wrong := 0
	for n, line := range lines {
		columns := strings.Split(line, "\t")
		for i := range fields {
			got := fieldText(&fields[i], &views[n])
			if got == columns[i] || fields[i].Type == frame.TypeIPv6 && got == canonical(columns[i]) || fields[i].Type == frame.TypeNone && (got == "") == (columns[i] == "") {
				continue // of a protocol tshark writes a description
			}
			if wrong++; wrong < 6000 {
				t.Errorf("%d %s: %s is %q, tshark says %q\n%x", n+1, frames[n].Name, fields[i].Name, got, columns[i], views[n].Frame.Bytes())
			}
		}
	}
	t.Logf("%d frames, %d fields, %d differences", len(views), len(fields), wrong)
}

// canonical writes IPv6 addresses as RFC 5952 does; tshark writes ::1.2.3.4.
func canonical(s string) string {
	all := strings.Split(s, "|")
	for i := range all {
		if a, err := netip.ParseAddr(all[i]); err == nil {
			all[i] = netip.AddrFrom16(a.As16()).String()
		}
	}
	return strings.Join(all, "|")
}

// fieldText writes all values of a field as `tshark -T fields` does.
func fieldText(f *frame.Field, v *frame.View) string {
	var all []string
	for _, x := range f.AppendValues(nil, v) {
		all = append(all, valueText(f, x))
	}
	return strings.Join(all, "|")
}

// inHex are the unsigned fields that Wireshark displays in hexadecimal.
func inHex(f *frame.Field) bool {
	switch f.Name {
	case "eth.type", "vlan.etype", "arp.proto.type", "ip.dsfield", "ip.id", "ip.flags", "ip.checksum", "ipv6.tclass", "ipv6.flow",
		"ipv6.fraghdr.ident", "icmp.checksum", "icmpv6.checksum", "icmpv6.echo.identifier", "icmpv6.nd.ra.flag", "icmpv6.nd.na.flag", "udp.checksum",
		"tcp.flags", "tcp.checksum", "igmp.type", "igmp.checksum", "llc.dsap", "llc.ssap", "llc.control", "llc.pid", "llc.type",
		"stp.protocol", "stp.type", "stp.flags", "stp.port":
		return true
	}
	return false
}

func valueText(f *frame.Field, x frame.Value) string {
	switch f.Type {
	case frame.TypeNone:
		return f.Name
	case frame.TypeBool:
		return fmt.Sprint(x.Num)
	case frame.TypeInt:
		return fmt.Sprint(int64(x.Num))
	case frame.TypeUint:
		switch {
		case inHex(f):
			return fmt.Sprintf("0x%0*x", (f.Bits+3)/4, x.Num)
		}
		return fmt.Sprint(x.Num)
	case frame.TypeEther:
		return frame.MAC(x.Bytes).String()
	case frame.TypeIPv4:
		return netip.AddrFrom4([4]byte{byte(x.Num >> 24), byte(x.Num >> 16), byte(x.Num >> 8), byte(x.Num)}).String()
	case frame.TypeIPv6:
		return netip.AddrFrom16([16]byte(x.Bytes)).String()
	case frame.TypeBytes:
		if f.Unit == "MAC" {
			return strings.TrimSuffix(strings.ReplaceAll(fmt.Sprintf("% x", x.Bytes), " ", ":"), ":")
		}
		return hex.EncodeToString(x.Bytes)
	case frame.TypeTime:
		return fmt.Sprintf("%d.%09d", x.Num/1e9, x.Num%1e9)
	}
	return x.Str
}

package frametest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asked is what docs/fields.md asks of a Wireshark: one frame at a time, as in
// package frame, and the checksums that it does not verify by itself.
const asked = `
ip.defragment: FALSE
ipv6.defragment: FALSE
tcp.desegment_tcp_streams: FALSE
tcp.analyze_sequence_numbers: FALSE
ip.check_checksum: TRUE
udp.check_checksum: TRUE
tcp.check_checksum: TRUE
`

// preferences leave out what takes time or names, besides.
const preferences = asked + `
tcp.relative_sequence_numbers: FALSE
nameres.network_name: FALSE
nameres.transport_name: FALSE
nameres.mac_name: FALSE
`

// known are the dissectors that package frame has an equal of.
const known = " frame eth ethertype vlan ieee8021ad llc stp arp ip ipv6 icmp icmpv6 igmp udp tcp data "

// WiresharkConfig writes a configuration for tshark and sharkd
// (WIRESHARK_CONFIG_DIR) with which they know just the protocols of the field
// table, so that no heuristics claim a payload. Missing tshark fails the test;
// with -short nothing asks Wireshark.
func WiresharkConfig(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("asks Wireshark")
	}
	out, err := exec.Command("tshark", "-G", "protocols").Output()
	if err != nil {
		t.Fatalf("tshark is the oracle of this test and must be installed: %v", err)
	}
	var disabled strings.Builder
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if len(columns) < 3 {
			t.Fatalf("tshark -G protocols wrote %q", line)
		}
		name := columns[2]
		if !strings.Contains(known, " "+name+" ") && !strings.HasPrefix(name, "ipv6.") && !strings.HasPrefix(name, "_ws.") {
			disabled.WriteString(name + "\n")
		}
	}
	dir := t.TempDir()
	write(t, dir, "preferences", preferences)
	write(t, dir, "disabled_protos", disabled.String())
	return dir
}

// UsersConfig is the configuration of a user who has changed nothing but what
// docs/fields.md says.
func UsersConfig(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "preferences", asked)
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

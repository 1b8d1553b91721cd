package filter

import (
	"strings"
	"testing"
)

// TestWhatIsNotDecodedIsSaid, and what to write instead is a filter.
func TestWhatIsNotDecodedIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"http":                  "Wireshark's http is not decoded here; use tcp.port == 80",
		"dns.qry.name == \"a\"": "Wireshark's dns is not decoded here; use udp.port == 53",
		"lldp && arp":           "Wireshark's lldp is not decoded here; use eth.type == 0x88cc",
		"host 10.0.0.1":         "not those of tcpdump; use ip.addr == ADDRESS",
		"htpp":                  `unknown field "htpp"`,
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for proto, use := range elsewhere {
		if _, err := Parse(use); err != nil {
			t.Errorf("for %s: %s: %v", proto, use, err)
		}
	}
}

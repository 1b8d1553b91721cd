package craft

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// Every computed field takes a wrong value, and nothing else changes by it.
func TestOverridesChangeTheirOwnBytesOnly(t *testing.T) {
	const (
		v4   = `eth: {src: "@c1:eth0", dst: "@c2:eth0"}, nonce: none, payload: {text: abc}, `
		echo = v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2}, `
		v6   = v4 + `ipv6: {src: "2001:db8::1", dst: "2001:db8::2"}, `
	)
	for _, tt := range []struct {
		name, base, changed string
		at                  int // offset of the field in the frame
		want                string
		sums                []int // offsets of 16-bit checksums that follow from it
	}{
		{"eth.type", v4, `eth: {src: "@c1:eth0", dst: "@c2:eth0", type: 0x0801}, nonce: none, payload: {text: abc}`, 12, "0801", nil},
		{"ip.version", echo, v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2, version: 6}`, 14, "65", []int{24}},
		{"ip.hdr_len", echo, v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2, hdr_len: 16}`, 14, "44", []int{24}},
		{"ip.len", echo, v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2, len: 19}`, 16, "0013", []int{24}},
		{"ip.proto", echo, v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2, proto: 0}`, 23, "00", []int{24}},
		{"ip.ttl 0", echo, v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2, ttl: 0}`, 22, "00", []int{24}},
		{"ip.checksum 0", echo, v4 + `ip: {src: 192.0.2.1, dst: 192.0.2.2, checksum: 0}`, 24, "0000", nil},
		{"icmp.checksum 0", echo + `icmp: {type: 8}`, echo + `icmp: {type: 8, checksum: 0}`, 36, "0000", nil},
		{"udp.length", echo + `udp: {dstport: 1}`, echo + `udp: {dstport: 1, length: 65535}`, 38, "ffff", []int{40}},
		{"udp.checksum 0", echo + `udp: {dstport: 1}`, echo + `udp: {dstport: 1, checksum: 0}`, 40, "0000", nil},
		{"ipv6.version", v6, v4 + `ipv6: {src: "2001:db8::1", dst: "2001:db8::2", version: 0}`, 14, "00", nil},
		{"ipv6.plen", v6, v4 + `ipv6: {src: "2001:db8::1", dst: "2001:db8::2", plen: 65535}`, 18, "ffff", nil},
		{"ipv6.nxt", v6, v4 + `ipv6: {src: "2001:db8::1", dst: "2001:db8::2", nxt: tcp}`, 20, "06", nil},
		{"icmpv6.checksum 0", v6 + `icmpv6: {type: echo-request}`, v6 + `icmpv6: {type: echo-request, checksum: 0}`, 56, "0000", nil},
		{"vlan.etype", v4 + `vlan: [{id: 1}]`, v4 + `vlan: [{id: 1, etype: 1}]`, 16, "0001", nil},
		{"vlan.tpid", v4 + `vlan: [{id: 1}]`, v4 + `vlan: [{id: 1, tpid: 0x9100}]`, 12, "9100", nil},
		{"eth.len with llc", v4 + `llc: {dsap: 2, ssap: 2}`, `eth: {src: "@c1:eth0", dst: "@c2:eth0", len: 1501}, nonce: none, payload: {text: abc}, llc: {dsap: 2, ssap: 2}`, 12, "05dd", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got [2][]byte
			for i, text := range []string{tt.base, tt.changed} {
				b, err := Build(parse(t, "{"+text+"}"), testBindings, testTag, testNonce)
				if err != nil {
					t.Fatal(err)
				}
				got[i] = b
			}
			want, err := hex.DecodeString(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			base, changed := got[0], got[1]
			if bytes.Equal(base, changed) {
				t.Fatal("changed nothing")
			}
			copy(base[tt.at:], want)
			for _, i := range tt.sums {
				copy(base[i:i+2], changed[i:i+2])
			}
			if !bytes.Equal(base, changed) {
				t.Errorf("\n got %x\nwant %x", changed, base)
			}
		})
	}
}

package kernels

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"netverify/assert"
	"netverify/recording"
)

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	var b []byte
	want := []string{"", "x", strings.Repeat("netverify", 10000)}
	for i, p := range want {
		b = appendRecord(b, recordKind(i+1), []byte(p))
	}
	r := bytes.NewReader(b)
	for i, p := range want {
		kind, payload, err := readRecord(r)
		if err != nil || kind != recordKind(i+1) || string(payload) != p {
			t.Fatalf("record %d: kind %d, %d bytes, %v", i, kind, len(payload), err)
		}
	}
	if _, _, err := readRecord(r); !errors.Is(err, io.EOF) {
		t.Errorf("after the last record: %v", err)
	}
}

// TestEveryDamageIsNoticed: each prefix, and each single flipped bit.
func TestEveryDamageIsNoticed(t *testing.T) {
	whole := appendRecord(nil, recordResult, []byte("some payload"))
	for n := 1; n < len(whole); n++ {
		if _, _, err := readRecord(bytes.NewReader(whole[:n])); !errors.Is(err, errStreamCut) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
	for bit := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[bit/8] ^= 1 << (bit % 8)
		if _, _, err := readRecord(bytes.NewReader(b)); !errors.Is(err, errStreamCut) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add(appendRecord(appendRecord(nil, recordHello, []byte("{}")), recordDone, nil))
	f.Add([]byte("NVG1\x01\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		for r := bytes.NewReader(b); ; {
			kind, payload, err := readRecord(r)
			if err != nil {
				break
			}
			again = appendRecord(again, kind, payload)
		}
		if !bytes.HasPrefix(b, again) {
			t.Errorf("%q was read as %q", b, again)
		}
	})
}

// someNode has something in every field.
var someNode = assert.Node{
	Name: "sw", Kind: "switch", Forwards: []string{"IPv4"}, Firewall: "forward policy drop", Trouble: "t",
	Interfaces: []assert.Interface{{
		Name: "p1", Kind: "vlan", Ifindex: 11, MAC: "02:00:00:00:00:01", MTU: 1500, Up: true, Carrier: true, State: "up",
		Addresses: []string{"192.0.2.1/24"}, Link: "host:eth0", Peer: "host:eth1", Master: "br0", Mode: "m",
		VLAN: assert.VLAN{Protocol: "802.1Q", ID: 10}, Options: map[string]string{"hairpin": "true"},
		VLANs: []assert.PortVLAN{{From: 1, To: 2, Flags: "tagged"}}, Offloads: assert.Offloads{On: []string{"rx-gro"}, Fixed: []string{"checksum"}, Unknown: true},
	}},
	Routes: []assert.Route{{To: "default", Via: "192.0.2.254", Dev: "eth0"}},
}

func TestResultsComeBackAsTheyWere(t *testing.T) {
	want := resultRecord{
		Result: assert.Result{
			Name: "vlan/tagging", Title: "a title", Verifies: []string{"A5"}, Outcome: assert.Fail, Suspect: assert.Suspect{Keys: []string{"k"}, Again: 1}, Run: "r1", Reason: "because", Lacks: "CONFIG_VLAN_8021Q", Digest: "0123",
			Began: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Duration: time.Second,
			Checks:   []assert.Check{{Step: 1, Name: "step", Filter: "arp", Lacks: []assert.Leg{assert.LegStep}, Kind: assert.KindNever, Text: "text", Line: 3, Outcome: assert.Fail, Reason: "r", Fence: 5, Quiet: "q", Frames: []int{1, 2}, Journey: []string{"j"}}},
			Evidence: []string{"vlan/tagging.pcapng"}, Trouble: "t", Facts: []assert.Fact{{Key: "k", Value: "v"}}, Repeat: 2,
			Topology: assert.Topology{Planned: true, Nodes: []assert.Node{someNode}, Changed: []assert.Node{someNode}},
			File:     "vlan/tagging.yaml", Sources: []assert.Source{{File: "a.pcap", Number: 1}}, Graph: recording.Graph{{From: recording.Hop{Point: "a:eth0", Dir: 2}, To: recording.Hop{Point: "b:eth0", Dir: 1}, Routed: true, Others: true}},
		},
		Trouble:  []trouble{{Line: "WARNING: x", Text: []string{"WARNING: x", "Call Trace:"}, After: "vlan/before"}},
		Evidence: []evidenceFile{{Name: "vlan/tagging.pcapng", Size: 4, Data: []byte{0, 1, 2, 255}}},
	}
	allSet(t, reflect.ValueOf(want), "resultRecord")
	b, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	var got resultRecord
	if err := got.decode(b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for n := range b {
		if err := new(resultRecord).decode(b[:n]); !errors.Is(err, errStreamCut) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

// allSet makes sure that the example above leaves no field out, so that one
// that is added later, and does not travel, is noticed.
func allSet(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			allSet(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
		return
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct:
		allSet(t, v.Index(0), path+"[0]")
		return
	case v.Kind() == reflect.Slice && v.Len() == 0:
		t.Errorf("%s is empty", path)
		return
	}
	if v.IsZero() {
		t.Errorf("%s is not set", path)
	}
}

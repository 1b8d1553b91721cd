package kernels

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/run"
)

// sides are the two ends of a ring, as of a host and a guest.
func sides() (host, guest *ring) {
	host = makeRing(make([]byte, ringHead+1000))
	return host, &ring{memory: host.memory}
}

func TestTheRingGivesBackWhatWasPut(t *testing.T) {
	host, guest := sides()
	random := rand.New(rand.NewPCG(1, 2))
	var pieces []ringPiece
	var payloads [][]byte
	refused := 0
	for len(payloads) > 0 || random.IntN(20000) != 0 {
		if random.IntN(2) == 0 {
			payload := make([]byte, random.IntN(700))
			for i := range payload {
				payload[i] = byte(random.Uint32())
			}
			p, ok := guest.put(recordResult, payload)
			if !ok {
				refused++
			} else {
				pieces, payloads = append(pieces, p), append(payloads, payload)
			}
		}
		if len(payloads) == 0 {
			continue
		}
		if random.IntN(2) == 0 {
			p, err := decodePiece(pieces[0].encode())
			if err != nil || p != pieces[0] {
				t.Fatalf("%+v came back as %+v, %v", pieces[0], p, err)
			}
			got, err := host.take(p)
			if err != nil || !bytes.Equal(got, payloads[0]) {
				t.Fatalf("piece %+v: %v", p, err)
			}
			pieces, payloads = pieces[1:], payloads[1:]
		}
	}
	if refused == 0 {
		t.Error("the ring was never full")
	}
}

// TestAFullRingRefuses: what is larger than the room that is left takes the
// other way, and room comes back only when the host has read.
func TestAFullRingRefuses(t *testing.T) {
	host, guest := sides()
	first, ok := guest.put(recordResult, make([]byte, 600))
	if !ok {
		t.Fatal("600 bytes found no room in an empty ring of 1000")
	}
	if _, ok := guest.put(recordResult, make([]byte, 600)); ok {
		t.Fatal("1200 bytes were put into a ring of 1000")
	}
	if _, err := host.take(first); err != nil {
		t.Fatal(err)
	}
	if _, ok := guest.put(recordResult, make([]byte, 600)); !ok {
		t.Error("no room came back")
	}
	if _, ok := guest.put(recordResult, make([]byte, 1001)); ok {
		t.Error("1001 bytes were put into a ring of 1000")
	}
}

func TestAPieceThatLiesIsNoticed(t *testing.T) {
	for name, spoil := range map[string]func(h *ring, p *ringPiece){
		"beyond the end": func(_ *ring, p *ringPiece) { p.size = 1 << 31 },
		"elsewhere":      func(_ *ring, p *ringPiece) { p.at = 1<<64 - 1 },
		"another sum":    func(_ *ring, p *ringPiece) { p.sum++ },
		"overwritten":    func(h *ring, _ *ringPiece) { h.data()[3] ^= 1 },
		"a round ahead":  func(_ *ring, p *ringPiece) { p.at += 1000 },
		"taken already":  func(h *ring, p *ringPiece) { h.taken = 1 },
	} {
		host, guest := sides()
		p, _ := guest.put(recordResult, []byte("some payload"))
		spoil(host, &p)
		if _, err := host.take(p); !errors.Is(err, errStreamCut) && !errors.Is(err, errGuestLies) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (*ring)(nil).take(ringPiece{}); !errors.Is(err, errGuestLies) {
		t.Errorf("a piece of a ring that there is not: %v", err)
	}
	if _, err := decodePiece([]byte("short")); !errors.Is(err, errStreamCut) {
		t.Errorf("a short piece: %v", err)
	}
}

func TestSqueezedRecordsComeBack(t *testing.T) {
	payload := bytes.Repeat([]byte("netverify "), 1000)
	short, err := squeeze(payload)
	if err != nil || len(short) > len(payload)/10 {
		t.Fatalf("%d bytes of %d, %v", len(short), len(payload), err)
	}
	kind, got, err := unfold(nil, recordResult|squeezed, short)
	if err != nil || kind != recordResult || !bytes.Equal(got, payload) {
		t.Errorf("kind %d, %d bytes, %v", kind, len(got), err)
	}
	for n := range short {
		if _, _, err := unfold(nil, recordResult|squeezed, short[:n]); !errors.Is(err, errStreamCut) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

// TestEvidenceComesByEitherWay: through shared memory, and by the port alone
// from a kernel that has no PCI.
func TestEvidenceComesByEitherWay(t *testing.T) {
	k := bootable(t)
	init := compile(t, "build", "netverify/cmd/netverify")
	for _, tt := range []struct {
		name, line string
		shared     bool
	}{
		{"shared memory", "", true},
		{"no PCI", "pci=off", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plans, dir := trio(t), t.TempDir()
			s := &session{}
			c := newCollector(plans, run.Options{Out: dir})
			s.onBegin, s.onResult = c.begin, c.add
			_, err := c.boot(deadline(t, 2*time.Minute), k, s, plans, GuestOptions{Init: init, Accel: TCG, Append: tt.line}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.done.Shared > 0; got != tt.shared {
				t.Errorf("%d records went through shared memory", s.done.Shared)
			}
			for _, r := range c.results {
				if r.Outcome != assert.Pass || len(r.Evidence) != 1 {
					t.Fatalf("%s: %v (%s), evidence %q", r.Name, r.Outcome, r.Reason, r.Evidence)
				}
				readable(t, filepath.Join(dir, r.Evidence[0]))
			}
		})
	}
}

// readable reads a file of evidence to its end.
func readable(t *testing.T, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := pcapng.Read(f); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

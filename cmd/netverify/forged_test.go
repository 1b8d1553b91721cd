package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"netverify/capture/pcapng"
	"netverify/internal/sshsig"
	"netverify/recording"
	"netverify/report"
	"netverify/scenarios"
)

// newKey makes a key once for all tests.
var newKey = sync.OnceValues(func() (private, public []byte) {
	dir, err := os.MkdirTemp("", "key")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name).CombinedOutput(); err != nil {
		panic(string(out))
	}
	private, _ = os.ReadFile(name)
	public, _ = os.ReadFile(name + ".pub")
	return private, public
})

// evidenceOf is the evidence of a built-in scenario, unpacked.
func evidenceOf(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("../../pcaps", name+".pcapng.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// forged is evidence that somebody has changed and given the right checksums.
func forged(t testing.TB, name string, change func(*recording.Recording, *report.Run)) []byte {
	t.Helper()
	file, err := pcapng.Read(bytes.NewReader(evidenceOf(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	s := file.Sections[0]
	rep, err := report.Parse(s.Report)
	if err != nil {
		t.Fatal(err)
	}
	change(s.Recording, &rep.Runs[0])
	text, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := pcapng.Write(&b, s.Recording, pcapng.WriteOptions{OS: s.OS, Report: text}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// signer is one that --verify knows.
func signer(t testing.TB) (*sshsig.Signer, sshsig.Keys) {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("no ssh-keygen here (openssh-client)")
	}
	private, public := newKey()
	s, err := sshsig.ParsePrivate(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := sshsig.ParseKeys(public)
	if err != nil {
		t.Fatal(err)
	}
	return s, keys
}

// believed is what judge and report say of a file: that of a run whose signature, if
// there is one, is of what was signed.
func believed(t testing.TB, in *reading, p *scenarios.Plan, file, signed []byte) (judged, told report.Run) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "e.pcapng")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if signed != nil {
		s, _ := signer(t)
		if err := os.WriteFile(name, signed, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sign(s, dir, "e.pcapng"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func() evidenceFile {
		e, err := in.load(foundFile{dir, "e.pcapng"})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e := load()
	var one runsOf
	one.add(e, judgedRun(p, e))
	judged = one.runs()[0]
	b := retelling{in: in}
	e = load()
	run, err := b.run(e)
	if err == nil {
		b.add(e, run)
		told = b.finish()[0]
	} else if !strings.Contains(err.Error(), "holds no report") {
		t.Fatal(err)
	}
	return judged, told
}

func builtIn(t testing.TB, name string) *scenarios.Plan {
	t.Helper()
	plans, err := scenarios.BuiltIn(name)
	if err != nil || len(plans) != 1 {
		t.Fatalf("%s: %d plans, %v", name, len(plans), err)
	}
	return plans[0]
}

func outcome(run report.Run) string {
	if len(run.Scenarios) == 0 {
		return ""
	}
	return run.Scenarios[0].Outcome
}

const subject = "bridge/hairpin"

// TestForgedEvidence: what a checksum does not guard against, a signature does.
func TestForgedEvidence(t *testing.T) {
	p := builtIn(t, subject)
	_, keys := signer(t)
	whole := evidenceOf(t, subject)
	open, guarded := &reading{}, &reading{keys: keys}
	if judged, told := believed(t, guarded, p, whole, whole); outcome(judged) != "pass" || outcome(told) != "pass" || judged.Signatures[0].State != report.Verified {
		t.Fatalf("unchanged: %s and %s, %+v", outcome(judged), outcome(told), judged.Signatures)
	}
	for _, tt := range []struct {
		name   string
		open   string // the outcome without --verify
		change func(*recording.Recording, *report.Run)
	}{
		{"kernel release replaced", "pass", func(_ *recording.Recording, r *report.Run) { r.Kernel.Release = "9.9.9" }},
		{"a signature claimed", "pass", func(_ *recording.Recording, r *report.Run) {
			r.Signatures = []report.Signature{{File: "e.pcapng", State: report.Verified, Key: "SHA256:x"}}
		}},
		{"proof taken out, verdict kept", "inconclusive", func(rec *recording.Recording, _ *report.Run) {
			for i := range rec.Steps {
				rec.Steps[i].Fences = nil
			}
		}},
		{"verdict rewritten to fail", "pass", func(_ *recording.Recording, r *report.Run) { r.Scenarios[0].Outcome = "fail" }},
		{"verdict of a check rewritten", "pass", func(_ *recording.Recording, r *report.Run) { r.Scenarios[0].Checks[0].Outcome = "fail" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := forged(t, subject, tt.change)
			judged, told := believed(t, open, p, b, nil)
			if outcome(judged) != tt.open || outcome(told) != tt.open {
				t.Errorf("judge says %s, report %s; want %s", outcome(judged), outcome(told), tt.open)
			}
			if len(told.Signatures) != 0 {
				t.Errorf("what a file says of its own signature is believed: %+v", told.Signatures)
			}
			differs := strings.Contains(tt.name, "verdict")
			if text := strings.Join(told.Trouble, "; "); strings.Contains(text, "the file tells another verdict than its frames") != differs {
				t.Errorf("trouble: %q", text)
			}
			for _, signed := range [][]byte{nil, whole} {
				judged, told = believed(t, guarded, p, b, signed)
				if outcome(judged) != "error" || outcome(told) != "error" || judged.Signatures[0].State != report.Unverified || told.Signatures[0].Reason == "" {
					t.Errorf("with --verify: %s and %s, %+v", outcome(judged), outcome(told), told.Signatures)
				}
			}
		})
	}
}

// TestAnUnknownScenarioIsOnlyClaimed: without the scenario nothing can be judged
// again, and the report does not end as if it had been.
func TestAnUnknownScenarioIsOnlyClaimed(t *testing.T) {
	b := forged(t, subject, func(rec *recording.Recording, r *report.Run) {
		rec.Scenario, r.Scenarios[0].Name = "mine/own", "mine/own"
	})
	_, told := believed(t, &reading{}, builtIn(t, subject), b, nil)
	if code := report.ExitCode(report.Of(told), false); code != report.ExitInconclusive || !strings.Contains(strings.Join(told.Trouble, ""), "only what the file says: mine/own") {
		t.Errorf("exit status %d, %q", code, told.Trouble)
	}
	_, keys := signer(t)
	if _, told = believed(t, &reading{keys: keys}, builtIn(t, subject), b, b); len(told.Trouble) != 0 || outcome(told) != "pass" {
		t.Errorf("verified: %s, %q", outcome(told), told.Trouble)
	}
}

// mutated changes a file in one of the ways that files are changed.
func mutated(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	at := func() int { return r.IntN(len(b)) }
	switch r.IntN(6) {
	case 0:
		b[at()] ^= 1 << r.IntN(8)
	case 1:
		b = b[:at()]
	case 2: // a part of it once more, or over another
		i, j := at(), at()
		b = append(b[:i:i], b[j:]...)
	case 3:
		i, n := at(), r.IntN(64)
		b = append(append(b[:i:i], make([]byte, n)...), b[i:]...)
	case 4:
		blocks := blocksOf(b)
		r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		b = bytes.Join(blocks, nil)
	default:
		blocks := blocksOf(b)
		i, j := r.IntN(len(blocks)), r.IntN(len(blocks))
		blocks[i], blocks[j] = blocks[j], blocks[i]
		b = bytes.Join(blocks, nil)
	}
	return b
}

// blocksOf takes a sound file of netverify's apart.
func blocksOf(b []byte) (blocks [][]byte) {
	for len(b) >= 8 {
		n := int(binary.LittleEndian.Uint32(b[4:]))
		blocks, b = append(blocks, b[:n]), b[n:]
	}
	return blocks
}

// TestMutatedEvidence: no panic, no pass of what was not signed, and without
// --verify none of another recording.
func TestMutatedEvidence(t *testing.T) {
	p := builtIn(t, subject)
	_, keys := signer(t)
	whole := evidenceOf(t, subject)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		b := mutated(r, whole)
		if bytes.Equal(b, whole) {
			continue
		}
		if judged, told := believed(t, &reading{keys: keys}, p, b, whole); outcome(judged) == "pass" || outcome(told) == "pass" {
			t.Fatalf("mutation %d passes with --verify", i)
		}
		if judged, _ := believed(t, &reading{}, p, b, nil); outcome(judged) == "pass" && !sameRecording(t, b, whole) {
			t.Fatalf("mutation %d passes, and is of another recording", i)
		}
	}
}

// sameRecording compares what was read of two files but for padding.
func sameRecording(t *testing.T, a, b []byte) bool {
	t.Helper()
	var texts [2]bytes.Buffer
	for i, file := range [][]byte{a, b} {
		f, err := pcapng.Read(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if err := pcapng.Write(&texts[i], f.Sections[0].Recording, pcapng.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.Equal(texts[0].Bytes(), texts[1].Bytes())
}

func FuzzEvidence(f *testing.F) {
	p := builtIn(f, subject)
	_, keys := signer(f)
	whole := evidenceOf(f, subject)
	f.Add(whole)
	r := rand.New(rand.NewPCG(3, 4))
	for range 12 {
		f.Add(mutated(r, whole))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		judged, told := believed(t, &reading{limit: 64 << 20, keys: keys}, p, b, whole)
		if same := bytes.Equal(b, whole); (outcome(judged) == "pass") != same || (outcome(told) == "pass") != same {
			t.Fatalf("judge says %s and report %s of what was not signed", outcome(judged), outcome(told))
		}
		believed(t, &reading{limit: 64 << 20}, p, b, nil)
	})
}

package kernels

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheAnswerOfAProbeIsKeptForThisHostOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cache", "accel.json")
	if _, known := keptAnswer(file, "mark"); known {
		t.Error("an answer is known before the question")
	}
	for _, works := range []bool{true, false} {
		keepAnswer(file, accelAnswer{Mark: "mark", Works: works, Why: "because"})
		if got, known := keptAnswer(file, "mark"); !known || got != works {
			t.Errorf("kept %v, read %v (known: %v)", works, got, known)
		}
		if _, known := keptAnswer(file, "another host"); known {
			t.Error("the answer is taken for another host's")
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("left in the cache: %v, %v", left, err)
	}
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, known := keptAnswer(file, "mark"); known {
		t.Error("half a file is an answer")
	}
}

// TestKVMIsTrustedAfterABootOnly: whatever /dev/kvm is worth here, the answer
// comes in time and is the same when it is asked for again.
func TestKVMIsTrustedAfterABootOnly(t *testing.T) {
	k := bootable(t)
	qemu, err := findQEMU()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	opt := GuestOptions{Init: compile(t, "build", "netverify/cmd/netverify"), Cache: t.TempDir(), Progress: func(string) { asked++ }}.withDefaults()
	ctx := deadline(t, 4*probeTime)
	first, err := useKVM(ctx, k, qemu, opt)
	if err != nil {
		t.Fatal(err)
	}
	before := asked
	again, err := useKVM(ctx, k, qemu, opt)
	if err != nil || again != first || asked != before {
		t.Errorf("asked again: %v after %v (%v), probed again: %v", again, first, err, asked != before)
	}
	for accel, want := range map[Accel]bool{TCG: false, KVM: true} {
		opt.Accel = accel
		if got, err := useKVM(ctx, k, qemu, opt); err != nil || got != want {
			t.Errorf("%s: %v, %v", accel, got, err)
		}
	}
	opt.Accel = "warp"
	if _, err := useKVM(ctx, k, qemu, opt); err == nil {
		t.Error("an unknown accelerator is taken")
	}
}

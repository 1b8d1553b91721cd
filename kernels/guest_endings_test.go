package kernels

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/run"
	"netverify/scenarios"
)

// trio are three short scenarios; the second one is the victim of roles.
func trio(t testing.TB) []*scenarios.Plan {
	t.Helper()
	plans, err := scenarios.Find([]string{"macvlan/default-mode", victim, "bridge/isolated"})
	if err != nil || len(plans) != 3 || plans[1].Name != victim {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	return plans
}

// TestEachEndingIsToldApart causes each of them for real. What the victim kept
// from running runs in another guest.
func TestEachEndingIsToldApart(t *testing.T) {
	k := bootable(t)
	init := compile(t, "test", "-c", "netverify/kernels")
	poisons := []File{{Name: oopsFile, Mode: 0o644, Data: poison(t, k, "tun", false)}}
	const pass, fail, wrong = assert.Pass, assert.Fail, assert.Error
	for _, tt := range []struct {
		role    string
		opt     GuestOptions
		ending  Ending
		detail  string
		during  string
		results []assert.Outcome
	}{
		{"panic", GuestOptions{}, Panicked, "sysrq triggered crash", victim, []assert.Outcome{pass, fail, pass}},
		{"exit", GuestOptions{}, InitDied, "Attempted to kill init! exitcode=0x00000300", victim, []assert.Outcome{pass, wrong, pass}},
		{"hang", GuestOptions{Silence: 10 * time.Second}, Silent, "nothing came for 10s of its own time; then it stood ", victim, []assert.Outcome{pass, wrong, pass}},
		{"hog", GuestOptions{Memory: 192}, OutOfMemory, "with 192 MiB: give it more (--memory)", victim, []assert.Outcome{pass, wrong, pass}},
		{"oops and hang", GuestOptions{Silence: 10 * time.Second}, Silent, "the kernel had logged: BUG: kernel NULL pointer dereference", victim, []assert.Outcome{pass, fail, pass}},
		{"oops and exit", GuestOptions{}, InitDied, "the kernel had logged: BUG: kernel NULL pointer dereference", victim, []assert.Outcome{pass, fail, pass}},
		{"broken", GuestOptions{}, InitDied, "init panicked: a bug of init", "", []assert.Outcome{pass, pass, pass}},
		{"cut", GuestOptions{}, StreamCut, "it ends after 1 bytes of a record of 2", "", []assert.Outcome{pass, pass, pass}},
		{"counts", GuestOptions{}, CountsDiffer, "sent 4 results and 0 bytes of output, 3 and 0 came", "", []assert.Outcome{wrong, wrong, wrong}},
		{"no boot in time", GuestOptions{Boot: 300 * time.Millisecond}, NoBoot, "init did not speak within 300ms", "", []assert.Outcome{wrong, wrong, wrong}},
		{"QEMU refuses", GuestOptions{CPUs: 100000}, QEMUFailed, "exit status 1", "", []assert.Outcome{wrong, wrong, wrong}},
	} {
		t.Run(tt.role, func(t *testing.T) {
			ctx := deadline(t, 2*time.Minute)
			tt.opt.Init, tt.opt.Accel = init, TCG
			tt.opt.Append = roleKey + "=" + strings.ReplaceAll(tt.role, " ", "-")
			dir := t.TempDir()
			out, err := runWith(ctx, k, trio(t), run.Options{Out: dir}, tt.opt, poisons, 0)
			e := asGuestError(err)
			if e == nil || e.Ending != tt.ending || !strings.Contains(e.Detail, tt.detail) || e.During != tt.during {
				t.Fatalf("%v, want %v with %q while %q ran", err, tt.ending, tt.detail, tt.during)
			}
			if got := outcomes(out.Results); !slices.Equal(got, tt.results) {
				t.Errorf("results %v, want %v", got, tt.results)
			}
			told(t, e, out, dir)
		})
	}
}

// told checks that the outcome names the ending, shows the console and keeps it.
func told(t *testing.T, e *GuestError, out Outcome, dir string) {
	t.Helper()
	text := strings.Join(out.Trouble, "\n")
	if !strings.Contains(text, e.Error()) {
		t.Errorf("trouble %q does not tell %q", text, e)
	}
	for _, r := range out.Results {
		if r.Outcome == assert.Error && !strings.Contains(r.Reason, e.Ending.String()) {
			t.Errorf("%s: %q does not tell the ending", r.Name, r.Reason)
		}
		if r.Name == e.During && (r.Reason == "" || !strings.Contains(r.Reason, tail(e.Console)[0])) {
			t.Errorf("%s: %q does not show the console", r.Name, r.Reason)
		}
	}
	if len(e.Console) == 0 {
		return
	}
	kept, err := os.ReadFile(filepath.Join(dir, consoleFile(1)))
	if err != nil || !strings.Contains(string(kept), e.Console[0]) {
		t.Errorf("the console is not kept: %v", err)
	}
}

func outcomes(list []assert.Result) (out []assert.Outcome) {
	for _, r := range list {
		out = append(out, r.Outcome)
	}
	return out
}

// TestWhatTheKernelReportsAgainstItselfFailsTheScenario: a warning in the
// first, an oops in the second, and nothing that the third must answer for.
func TestWhatTheKernelReportsAgainstItselfFailsTheScenario(t *testing.T) {
	k := bootable(t)
	files := []File{
		{Name: warnFile, Mode: 0o644, Data: poison(t, k, "vrf", true)},
		{Name: oopsFile, Mode: 0o644, Data: poison(t, k, "tun", false)},
	}
	opt := GuestOptions{Init: compile(t, "test", "-c", "netverify/kernels"), Append: roleKey + "=reports"}
	dir := t.TempDir()
	out, err := runWith(deadline(t, 2*time.Minute), k, trio(t), run.Options{Out: dir}, opt, files, 0)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(out.Trouble, "\n"))
	}
	for i, p := range trio(t) {
		judgedAgain(t, dir, p, out.Results[i])
	}
	if got := outcomes(out.Results); !slices.Equal(got, []assert.Outcome{assert.Fail, assert.Fail, assert.Pass}) {
		t.Errorf("results %v", got)
	}
	for i, want := range []string{"while it ran the kernel reported against itself: WARNING: ", "while it ran the kernel reported against itself: BUG: kernel NULL pointer dereference", ""} {
		if r := out.Results[i]; !strings.HasPrefix(r.Reason, want) || want == "" && r.Reason != "" {
			t.Errorf("%s: reason %q, want %q", r.Name, r.Reason, want)
		}
	}
}

// TestACrashOfQEMUIsNotTheKernels kills it while the second scenario runs.
func TestACrashOfQEMUIsNotTheKernels(t *testing.T) {
	k := bootable(t)
	opt := GuestOptions{Init: compile(t, "test", "-c", "netverify/kernels"), Append: roleKey + "=hang", Accel: TCG, Silence: 10 * time.Second}
	killed := false
	progress := func(int, int, assert.Result) {
		if killed {
			return // the guest for what is left lives
		}
		for _, pid := range children(t, os.Getpid()) {
			if name, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); strings.HasPrefix(string(name), "qemu-") {
				killed = unix.Kill(pid, unix.SIGSEGV) == nil
			}
		}
	}
	out, err := Run(deadline(t, 2*time.Minute), k, trio(t), run.Options{Progress: progress}, opt)
	e := asGuestError(err)
	if !killed || e == nil || e.Ending != QEMUFailed || !strings.Contains(e.Detail, "segmentation fault") {
		t.Fatalf("killed %v: %v", killed, err)
	}
	// If it had not begun yet, it did so in another guest, and hung; the third ran in one more.
	if got := outcomes(out.Results); !slices.Equal(got, []assert.Outcome{assert.Pass, assert.Error, assert.Pass}) {
		t.Errorf("results %v", got)
	}
}

func TestQEMUIsAskedForByName(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	out, err := Run(t.Context(), &Kernel{Release: "1.2.3"}, trio(t), run.Options{}, GuestOptions{})
	if e := asGuestError(err); e == nil || e.Ending != NoQEMU || !errors.Is(err, ErrNoQEMU) || !strings.Contains(err.Error(), "apt-get install qemu-system-x86") {
		t.Errorf("%v", err)
	}
	if got := outcomes(out.Results); !slices.Equal(got, []assert.Outcome{assert.Error, assert.Error, assert.Error}) {
		t.Errorf("results %v", got)
	}
}

// children lists the processes that a process has started.
func children(t *testing.T, pid int) (list []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // the thread has ended
		}
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

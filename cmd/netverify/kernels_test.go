package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netverify/kernels"
)

// An entry as if fetched from Debian's archive: its origin is in entry.json,
// over which no checksum stands.
func cacheEntry(t *testing.T, suite string) kernels.Entry {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	deb := filepath.Join(dir, "linux.deb")
	if err := os.WriteFile(deb, kernelPackage(), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := kernels.Find(t.Context(), deb, kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, ok, err := entryOf(k)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	e.Suite, e.Signed = suite, true
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.Path, "entry.json"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	return e
}

// do runs one command line in this process.
func do(args ...string) (code int, stdout, stderr string) {
	var out, problems bytes.Buffer
	code = execute(args, &out, &problems)
	return code, out.String(), problems.String()
}

func TestKernelsOfDebianAreNamedByWhatTheyAnswerTo(t *testing.T) {
	e := cacheEntry(t, "bookworm")
	for _, spec := range []string{"debian:6.1", "debian:bookworm", "debian:" + packageRelease, e.Name} {
		if code, out, problem := do("kernels", "path", spec); code != 0 || out != filepath.Join(e.Path, "vmlinuz")+"\n" {
			t.Errorf("path %s: %d\n%s%s", spec, code, out, problem)
		}
	}
	if code, out, problem := do("kernels", "add", "debian:6.1"); code != 0 || !strings.Contains(out, "is there") || problem != "" {
		t.Errorf("%d\n%s%s", code, out, problem)
	}
	code, out, _ := do("kernels", "list", "--json")
	var l kernelList
	if err := json.Unmarshal([]byte(out), &l); err != nil || code != 0 || len(l.Kernels) != 1 {
		t.Fatalf("%d, %v\n%s", code, err, out)
	}
	got := l.Kernels[0]
	if !got.Default || got.Damage != "" || got.Source != "debian bookworm" || got.Size != e.Size() || l.Total != e.Size() || !got.Added.Equal(e.Added) {
		t.Errorf("%+v", l)
	}
	if code, out, _ := do("kernels", "remove", "debian:6.1"); code != 0 || out != "removed "+e.Name+" (0.0 MB)\n" {
		t.Errorf("%d\n%s", code, out)
	}
	if all, err := kernels.List(""); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// An entry that cannot be read is listed, takes space, and can be removed.
func TestAnUnreadableEntryIsListedAndRemoved(t *testing.T) {
	e := cacheEntry(t, "bookworm")
	if err := os.Truncate(filepath.Join(e.Path, "entry.json"), 7); err != nil {
		t.Fatal(err)
	}
	l, err := listKernels()
	if err != nil || len(l.Kernels) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	if got := l.Kernels[0]; got.Default || !strings.Contains(got.Damage, "entry.json") || got.Size < 2048 || got.Source != "unknown" {
		t.Errorf("%+v", got)
	}
	if code, _, problem := do("kernels", "remove", e.Name); code != 0 {
		t.Errorf("%d: %s", code, problem)
	}
}

func TestPackageListsCount(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	lists := filepath.Join(dir, "netverify/apt/bookworm/lists")
	if err := os.MkdirAll(lists, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lists, "Packages"), make([]byte, 2_500_000), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := do("kernels", "list"); !strings.Contains(out, "package lists 2.5 MB, in all 2.5 MB") {
		t.Error(out)
	}
	if code, out, problem := do("kernels", "remove", "--lists"); code != 0 || out != "removed package lists (2.5 MB)\n" {
		t.Errorf("%d\n%s%s", code, out, problem)
	}
	if _, err := os.Stat(lists); err == nil {
		t.Error("they are there still")
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 119 * time.Minute: "1 hour ago",
		47 * time.Hour: "1 day ago", 48 * time.Hour: "2 days ago", 400 * 24 * time.Hour: "400 days ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the outputs in README.md")

// An output in README.md: a comment with the command, and the block below it.
var shown = regexp.MustCompile("(?s)<!-- output of: netverify ([^\n]+) -->\n```text\n(.*?)```\n")

// TestOutputsInReadmeAreReal runs the commands whose output README.md shows.
// Times, the kernel's release and the numbers of frames may differ, nothing else.
func TestOutputsInReadmeAreReal(t *testing.T) {
	const readme = "../../README.md"
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(top, "docs"), filepath.Join(dir, "docs")); err != nil {
		t.Fatal(err)
	}
	found := shown.FindAllSubmatch(text, -1)
	if len(found) < 2 {
		t.Fatalf("README.md shows %d outputs; a passing and a failing run belong there", len(found))
	}
	for _, m := range found {
		var out bytes.Buffer
		cmd := exec.Command(os.Args[0], strings.Fields(string(m[1]))...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, os.Stderr
		cmd.Env = append(os.Environ(), asProgram+"=1")
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(comparable(m[2]), comparable(out.Bytes())); diff != "" && !*update {
			t.Errorf("netverify %s prints something else (rewrite README.md with -update):\n-README +now\n%s", m[1], diff)
		}
		release := regexp.MustCompile(`(Linux [0-9]+\.[0-9]+)[^ ,\n]*`)
		block := fmt.Sprintf("<!-- output of: netverify %s -->\n```text\n%s```\n", m[1], release.ReplaceAll(out.Bytes(), []byte("$1")))
		text = bytes.Replace(text, m[0], []byte(block), 1)
	}
	if *update {
		if err := os.WriteFile(readme, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// comparable takes away what differs from run to run and from machine to machine.
func comparable(text []byte) string {
	s := string(text)
	for _, r := range []struct{ pattern, with string }{
		{`[0-9.]+ ?(µs|ms|s)\b`, "TIME"},
		{`Linux \S+,`, "Linux RELEASE,"},
		{`#[0-9]+`, "#N"},
		{`frame [0-9]+(, [0-9]+)*`, "frame N"},
		{`frame\.number==[0-9]+`, "frame.number==N"},
		{`-g [0-9]+`, "-g N"},
		{`\s+`, " "}, // lines break elsewhere where a time is longer
	} {
		s = regexp.MustCompile(r.pattern).ReplaceAllString(s, r.with)
	}
	return s
}

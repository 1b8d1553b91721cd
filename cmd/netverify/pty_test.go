package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pty is a terminal of so many columns: the side of its user, and that of the
// programs in it (pts(4)).
func pty(t *testing.T, columns uint16) (user, inside *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { user.Close() })
	fd := int(user.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	inside, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inside.Close() })
	return user, inside
}

const reflectionClaimed = `name: demo/wrong
title: A claim that is not true, with a title that is too long for a terminal of eighty columns
topology:
  switches:
    sw: {ports: {p1: {}, p2: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1"}}}
    b: {interfaces: {eth0: {cable: "sw:p2"}}}
steps:
  - name: a broadcast comes back
    send:
      from: "a:eth0"
      frame: {eth: {src: "@a:eth0", dst: broadcast}, payload: {text: to all}}
    expect:
      seen: {at: "a:eth0 in", frames: "eth.src == @a:eth0"}
`

// inTerminal runs a scenario that fails in a terminal, and returns what appears there.
func inTerminal(t *testing.T, columns uint16, env ...string) string {
	t.Helper()
	cmd := program(t, "run", "wrong.yaml", "bridge/hairpin", "--kernel", "host")
	if err := os.WriteFile(cmd.Dir+"/wrong.yaml", []byte(reflectionClaimed), 0o644); err != nil {
		t.Fatal(err)
	}
	user, inside := pty(t, columns)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inside, inside, inside
	cmd.Env = append(append(cmd.Env, "TERM=xterm", "NO_COLOR="), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	inside.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, user); err != nil && !errors.Is(err, syscall.EIO) { // EIO: the last program there has ended
		t.Fatal(err)
	}
	if code := exitOf(t, cmd.Wait()); code != 1 {
		t.Errorf("exit status %d\n%s", code, b.String())
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

var (
	colours   = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	rewriting = regexp.MustCompile(`[^\n]*\r\x1b\[K`) // what was there is gone
)

// TestOnATerminal: at the terminal's width, with colour and a line of progress
// where it can; without where it cannot, or must not.
func TestOnATerminal(t *testing.T) {
	for _, tt := range []struct {
		name            string
		columns         uint16
		env             []string
		colour, rewrite bool
	}{
		{"80 columns", 80, nil, true, true},
		{"200 columns", 200, nil, true, true},
		{"NO_COLOR", 80, []string{"NO_COLOR=1"}, false, true},
		{"a dumb terminal", 80, []string{"TERM=dumb"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := inTerminal(t, tt.columns, tt.env...)
			if colours.MatchString(got) != tt.colour || rewriting.MatchString(got) != tt.rewrite {
				t.Errorf("colour and progress are not as wanted (%v, %v):\n%q", tt.colour, tt.rewrite, got)
			}
			left := rewriting.ReplaceAllString(colours.ReplaceAllString(got, ""), "")
			if strings.ContainsAny(left, "\x1b\r") {
				t.Errorf("more than colours and progress:\n%q", left)
			}
			longest := 0
			for line := range strings.Lines(left) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); !strings.Contains(line, "shark -r ") {
					longest = max(longest, n)
				}
			}
			if longest > int(tt.columns) || tt.columns == 200 && longest <= 120 {
				t.Errorf("the longest line has %d columns of %d:\n%s", longest, tt.columns, left)
			}
			for _, want := range []string{"fail          demo/wrong", "    expected  ", "    seen      ", "2 scenarios: 1 pass, 1 fail,"} {
				if !strings.Contains(left, want) {
					t.Errorf("does not say %q:\n%s", want, left)
				}
			}
		})
	}
}

package kernels

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// consoleLimit is how many bytes of a console are kept, at least: its end.
const consoleLimit = 1 << 20

// console keeps what a guest's kernel writes.
type console struct {
	mu    sync.Mutex
	text  []byte
	alarm chan struct{} // if not nil: closed when the kernel dies
	rung  bool
}

// deaths are what a kernel writes that may never write again.
var deaths = [][]byte{[]byte(panicStart), []byte(" [#1]")}

// ring looks for a death in what was written last; before is where that begins.
func (c *console) ring(before int) {
	if c.alarm == nil || c.rung {
		return
	}
	for _, d := range deaths {
		if bytes.Contains(c.text[max(0, before-len(d)):], d) {
			c.rung = true
			close(c.alarm)
			return
		}
	}
}

// Write never fails.
func (c *console) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text = append(c.text, b...)
	c.ring(len(c.text) - len(b))
	if over := len(c.text) - consoleLimit; over > consoleLimit {
		c.text = append([]byte(nil), c.text[over:]...)
	}
	return len(b), nil
}

// The firmware moves the cursor about before the kernel begins (ECMA-48, 5.4).
var escapes = regexp.MustCompile(`\x1b(\[[0-9;?=]*[A-Za-z]|[^\[])`)

// lines returns what is there, without what only a terminal understands.
func (c *console) lines() []string {
	c.mu.Lock()
	text := string(c.text)
	c.mu.Unlock()
	var out []string
	for line := range strings.Lines(escapes.ReplaceAllString(text, "")) {
		line = strings.Map(func(r rune) rune {
			if r != '\t' && !unicode.IsPrint(r) {
				return -1
			}
			return r
		}, line)
		if strings.TrimSpace(line) != "" {
			out = append(out, strings.TrimRight(line, " "))
		}
	}
	return out
}

// tailLines is how much of a console a reason shows.
const tailLines = 12

// tail returns the last lines.
func tail(lines []string) []string { return lines[max(0, len(lines)-tailLines):] }

// The time that begins a line of the kernel: "[    1.234567] ", with the
// number of a processor or a thread where the config says so.
var stamp = regexp.MustCompile(`^\[ *[0-9]+\.[0-9]+\](\[ *[CT][0-9]+\])? `)

// kernelText is a line of the kernel without its time; ok is false for a line
// of somebody else.
func kernelText(line string) (text string, ok bool) {
	at := stamp.FindStringIndex(line)
	if at == nil {
		return "", false
	}
	return line[at[1]:], true
}

const panicStart = "Kernel panic - not syncing: "

// panicLine returns what a kernel panicked of.
func panicLine(lines []string) (reason string, ok bool) {
	for _, line := range lines {
		if text, _ := kernelText(line); strings.HasPrefix(text, panicStart) {
			return strings.TrimPrefix(text, panicStart), true
		}
	}
	return "", false
}

// begunPrefix begins the line that a guest writes when a scenario begins.
const begunPrefix = "netverify: "

// oopsLine returns the first line by which the kernel reported against itself
// since a scenario began; since boot, where none is named.
func oopsLine(lines []string, during string) (report string, ok bool) {
	for _, line := range lines {
		text, kernel := kernelText(line)
		switch {
		case !kernel:
		case during != "" && text == begunPrefix+during:
			report, ok = "", false
		case !ok && isTrouble(text) && !strings.HasPrefix(text, panicStart):
			report, ok = text, true
		}
	}
	return report, ok
}

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"netverify/internal/hold"
	"netverify/report"
)

func interactive(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// endOfInput is closed with the next line or the end of standard input, where
// that is a terminal that this process may read from; else it is nil.
func endOfInput() <-chan struct{} {
	if !hold.Foreground(os.Stdin) {
		return nil
	}
	ended := make(chan struct{})
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		close(ended)
	}()
	return ended
}

// banner says what is held, how to look inside, and how to let go of it.
func (h *holding) banner(enter bool, limit time.Duration) []string {
	lines := []string{"", fmt.Sprintf("held: %s (%s), PID %d; its evidence is written, what happens now is in none", h.said.Scenario, h.said.Outcome, h.door.PID())}
	lines = append(lines, nodeLines(h.said.Nodes)...)
	if os.Getpid() == h.door.PID() { // else nobody outside sees these descriptors by this PID
		lines = append(lines, "for other tools: nsenter --net=FILE, where FILE is")
		for _, n := range h.said.Nodes {
			lines = append(lines, fmt.Sprintf("  %-*s  /proc/%d/fd/%d", widest(h.said.Nodes), n.Name, os.Getpid(), n.NS.FD()))
		}
	}
	lines = append(lines, "look inside, from another terminal of the same user:",
		"  netverify enter "+h.example+" -- ip -br addr",
		"  netverify enter "+h.example+"        # a shell")
	end := "Ctrl-C lets go of it"
	if enter {
		end = "Enter or " + end
	}
	if limit > 0 {
		end += fmt.Sprintf("; so does time, after %s", limit)
	}
	return append(lines, end)
}

// widest is the width of the longest name, in columns.
func widest(nodes []hold.Node) (width int) {
	for _, n := range nodes {
		width = max(width, len(n.Name))
	}
	return width
}

// nodeLines are the nodes of a lab with their interfaces.
func nodeLines(nodes []hold.Node) []string {
	width := widest(nodes)
	var lines []string
	for _, n := range nodes {
		name := n.Name
		interfaces := n.Interfaces
		if len(interfaces) == 0 {
			interfaces = []string{"no interface"}
		}
		for _, i := range interfaces {
			lines = append(lines, fmt.Sprintf("  %-*s  %s", width, name, i))
			name = ""
		}
	}
	return lines
}

// unheld says which scenarios would have been held if they had not run in a guest.
func unheld(rep report.Report) []string {
	var names []string
	for _, r := range rep.Runs {
		for _, s := range r.Scenarios {
			if r.Kernel.Where == "qemu" && s.Outcome != "pass" && s.Outcome != "skip" {
				names = append(names, s.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("not held, for it ran in a guest, which has no tools to enter with and is gone; look at the evidence: %s", strings.Join(names, ", "))}
}

package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"

	"netverify/internal/memory"
)

// endedMark tells a process that the worker before it was ended by the signal of
// that number: it is to say so. The guard starts it, which has no words of its own.
const endedMark = "NETVERIFY_ENDED"

// tellEnd says that a signal has ended a process of this command line, what speaks
// for want of memory, and what is left of it. It returns 128 and the signal's number.
func tellEnd(w io.Writer, signal string, args []string) int {
	n, err := strconv.Atoi(signal)
	if err != nil || n < 1 || n > 64 {
		return 128 // of a mark that is not the guard's
	}
	why := ""
	if syscall.Signal(n) == syscall.SIGKILL {
		why = ": " + memory.Killed(os.DirFS("/")) + "; where memory was short, give it more, or fewer scenarios at a time (--jobs 1)"
	}
	fmt.Fprintf(w, "netverify: ended by signal %d (%s)%s\n", n, syscall.Signal(n), why)
	if out := evidenceFolder(args); out != "" {
		fmt.Fprintf(w, "netverify: no report was written; scenarios that had ended left their evidence, whole, below %[1]s: netverify report %[1]s\n", out)
	}
	return 128 + n
}

// evidenceFolder is the folder that `run` with these arguments writes evidence to; ""
// where there is none.
func evidenceFolder(args []string) string {
	c, rest, err := command().Find(args)
	if err != nil || c.Name() != "run" || c.ParseFlags(rest) != nil {
		return ""
	}
	out, err := c.Flags().GetString("out")
	if err != nil {
		return ""
	}
	if info, err := os.Stat(out); err != nil || !info.IsDir() {
		return "" // nothing had ended
	}
	return out
}

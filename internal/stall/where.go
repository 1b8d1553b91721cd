package stall

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// MostCalls bounds the stack that Where tells.
const MostCalls = 8

// Where finds a thread that sleeps in the kernel and cannot be woken by a signal
// (state D of proc_pid_stat(5)), and returns its stack (proc_pid_stack(5),
// CONFIG_STACKTRACE) as far as it is told, innermost first: "a < b"; "" where there
// is none. tasks is the folder of the threads, /proc/self/task.
func Where(tasks string) string {
	list, err := filepath.Glob(filepath.Join(tasks, "*"))
	if err != nil {
		return ""
	}
	for _, task := range list {
		if stateOf(task) != 'D' {
			continue // or it has ended
		}
		var calls []string
		stack, _ := os.ReadFile(filepath.Join(task, "stack"))
		for line := range strings.Lines(string(stack)) {
			// "[<0>] rtnl_newlink+0x5f/0x90"
			if _, call, ok := strings.Cut(line, "] "); ok && len(calls) < MostCalls {
				name, _, _ := strings.Cut(strings.TrimSpace(call), "+")
				calls = append(calls, name)
			}
		}
		if len(calls) == 0 {
			wait, _ := os.ReadFile(filepath.Join(task, "wchan"))
			calls = []string{fmt.Sprintf("%.100s", wait)}
		}
		return strings.Join(calls, " < ")
	}
	return ""
}

package frametest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Sharkd answers filters with the frames that Wireshark selects.
type Sharkd struct {
	t     testing.TB
	in    io.Writer
	out   *bufio.Reader
	loads int
}

// StartSharkd starts a process that ends with the test. config is a folder
// (WIRESHARK_CONFIG_DIR); an empty one is a user's who has changed nothing.
// Missing sharkd fails the test.
func StartSharkd(t testing.TB, config string) *Sharkd {
	t.Helper()
	cmd := exec.Command("sharkd", "-")
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+config)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("sharkd is the oracle of this test and must be installed: %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close() // sharkd leaves at the end of its input
		_ = cmd.Wait()
	})
	return &Sharkd{t: t, in: in, out: bufio.NewReader(out)}
}

// Load opens a capture file, in the place of the one before.
func (s *Sharkd) Load(file string) {
	s.t.Helper()
	s.loads++
	if _, complaint := s.call("load", map[string]string{"file": file}); complaint != "" {
		s.t.Fatalf("sharkd: %s: %s", file, complaint)
	}
}

// call returns the result, or what sharkd complains of.
func (s *Sharkd) call(method string, params map[string]string) (json.RawMessage, string) {
	s.t.Helper()
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "%s\n", request); err != nil {
		s.t.Fatalf("sharkd: %s: %v", request, err)
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		s.t.Fatalf("sharkd: %s: %v", request, err)
	}
	var reply struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(line, &reply); err != nil {
		s.t.Fatalf("sharkd: %s: %v", line, err)
	}
	if reply.Error != nil {
		return nil, reply.Error.Message
	}
	return reply.Result, ""
}

// Frames returns the numbers of the frames that the filter selects, or what
// Wireshark says is wrong with it.
func (s *Sharkd) Frames(filter string) ([]int, string) {
	s.t.Helper()
	// sharkd keeps what it has answered by the filter's text, beyond the file
	// that the answer is of (sharkd_session.c:sharkd_session_filter_data).
	result, complaint := s.call("frames", map[string]string{"filter": filter + strings.Repeat(" ", s.loads)})
	if complaint != "" {
		return nil, complaint
	}
	var rows []struct{ Num int }
	if err := json.Unmarshal(result, &rows); err != nil {
		s.t.Fatal(err)
	}
	var numbers []int
	for _, r := range rows {
		numbers = append(numbers, r.Num)
	}
	return numbers, ""
}

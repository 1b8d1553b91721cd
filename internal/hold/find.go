package hold

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Run is a run that holds a lab.
type Run struct {
	PID      int // of the process that the user has started
	Scenario string
	Outcome  string
	Nodes    []Node // without their namespaces
	conn     *net.UnixConn
	hear     *json.Decoder
}

// Close ends the talk with the holder.
func (r *Run) Close() { _ = r.conn.Close() }

// Find returns the runs of this user that hold a lab, by PID, and the users of
// those that belong to others. Only those count that were started in the network
// namespace of the caller. All runs have to be closed.
func Find() (runs []*Run, others []int, err error) {
	f, err := os.Open("/proc/thread-self/net/unix")
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	names, err := doors(f)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	for _, name := range names {
		r, uid := knock(name)
		switch {
		case r != nil:
			runs = append(runs, r)
		case uid != os.Geteuid():
			others = append(others, uid)
		}
	}
	slices.SortFunc(runs, func(a, b *Run) int { return a.PID - b.PID })
	slices.Sort(others)
	return runs, slices.Compact(others), nil
}

// listening is __SO_ACCEPTCON of include/uapi/linux/net.h, a bit of the column Flags.
const listening = 1 << 16

// doors are the names of the doors that are open, in a table as proc_net(5)
// describes /proc/net/unix.
func doors(table io.Reader) (names []string, err error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		f := strings.Fields(lines.Text()) // Num RefCount Protocol Flags Type St Inode Path
		if len(f) != 8 {
			continue
		}
		flags, err := strconv.ParseUint(f[3], 16, 32)
		name, abstract := strings.CutPrefix(f[7], "@")
		if err == nil && flags&listening != 0 && abstract && strings.HasPrefix(name, namePrefix) {
			names = append(names, name)
		}
	}
	return names, lines.Err()
}

// answer is how long a holder may take to greet. It only has to be scheduled.
const answer = 10 * time.Second

// knock asks a door what is behind it. The run is nil where it has just ended,
// or belongs to another user.
func knock(name string) (r *Run, uid int) {
	uid = os.Geteuid()
	c, err := net.Dial("unix", "@"+name)
	if err != nil {
		return nil, uid
	}
	conn := c.(*net.UnixConn)
	if of, err := peer(conn); err != nil || of != uid {
		_ = conn.Close()
		return nil, of
	}
	_ = conn.SetReadDeadline(time.Now().Add(answer)) // a socket that is open takes it
	hear := json.NewDecoder(conn)
	var g greeting
	if err := hear.Decode(&g); err != nil {
		_ = conn.Close()
		return nil, uid
	}
	_ = conn.SetReadDeadline(time.Time{})
	return &Run{PID: g.PID, Scenario: g.Scenario, Outcome: g.Outcome, Nodes: g.Nodes, conn: conn, hear: hear}, uid
}

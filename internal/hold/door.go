package hold

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// namePrefix begins the name of each door: netverify/hold/PID/RANDOM, without
// the NUL byte of an abstract name.
const namePrefix = "netverify/hold/"

// Door is where a holder can be found. Bound, it has a name but nobody can
// connect; open, it serves.
type Door struct {
	file *os.File // the socket
	name string

	mu      sync.Mutex
	entries map[*entry]bool
	idle    map[*net.UnixConn]bool // clients that have not asked for anything yet
	closed  bool

	listener net.Listener
	serving  sync.WaitGroup
}

// Bind makes a door, of the process that the user knows by pid, in the network
// namespace of the calling thread: do it
// before the process is run again in a namespace of its own, and pass it the
// File.
func Bind(pid int) (*Door, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	d := &Door{file: os.NewFile(uintptr(fd), "door"), name: fmt.Sprintf("%s%d/%s", namePrefix, pid, rand.Text())}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: "@" + d.name}); err != nil {
		return nil, errors.Join(os.NewSyscallError("bind", err), d.file.Close())
	}
	return d, nil
}

// Adopt takes over the door that another process has bound.
func Adopt(f *os.File) (*Door, error) {
	sa, err := unix.Getsockname(int(f.Fd()))
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	name, ok := sa.(*unix.SockaddrUnix)
	if !ok || !strings.HasPrefix(name.Name, "@"+namePrefix) {
		return nil, fmt.Errorf("descriptor %d is no door", f.Fd())
	}
	return &Door{file: f, name: name.Name[1:]}, nil
}

// File is the socket, for a process that Adopts it.
func (d *Door) File() *os.File { return d.file }

// PID is that of the process that has bound the door, as the user knows it.
func (d *Door) PID() int { return pidOf(d.name) }

// pidOf reads the PID in a door's name; 0 where there is none.
func pidOf(name string) int {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, namePrefix), "/")
	pid, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return pid
}

// Open lets clients in; it is called once. The namespaces of the lab must
// outlive the door.
func (d *Door) Open(lab Lab) error {
	if err := unix.Listen(int(d.file.Fd()), unix.SOMAXCONN); err != nil {
		return os.NewSyscallError("listen", err)
	}
	var err error
	if d.listener, err = net.FileListener(d.file); err != nil {
		return err
	}
	d.entries, d.idle = map[*entry]bool{}, map[*net.UnixConn]bool{}
	d.serving.Go(func() {
		for {
			c, err := d.listener.Accept()
			if err != nil {
				return // closed
			}
			d.serving.Go(func() {
				defer c.Close()
				d.serve(c.(*net.UnixConn), lab)
			})
		}
	})
	return nil
}

// grace is how long commands have to end after they were told that the lab goes.
const grace = time.Second

// Close lets nobody in any more and ends the commands that run, which have a
// second for it after SIGHUP. It returns how many there were.
func (d *Door) Close() (ended int) {
	defer d.file.Close()
	if d.listener == nil {
		return 0
	}
	_ = d.listener.Close()
	d.mu.Lock()
	d.closed = true
	for c := range d.idle {
		_ = c.SetReadDeadline(time.Now())
	}
	for e := range d.entries {
		ended++
		e.signal(unix.SIGHUP)
	}
	d.mu.Unlock()
	kill := time.AfterFunc(grace, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for e := range d.entries {
			e.signal(unix.SIGKILL)
		}
	})
	defer kill.Stop()
	d.serving.Wait()
	return ended
}

// serve talks to one client.
func (d *Door) serve(c *net.UnixConn, lab Lab) {
	if uid, err := peer(c); err != nil || uid != os.Geteuid() {
		return // the client has found that out for itself
	}
	say := json.NewEncoder(c)
	if say.Encode(greeting{d.PID(), lab.Scenario, lab.Outcome, lab.Nodes}) != nil {
		return
	}
	if !d.await(c, true) {
		return
	}
	files, err := receive(c)
	if err != nil {
		return // it only wanted to know
	}
	d.await(c, false)
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	hear := json.NewDecoder(c)
	var cmd Command
	if hear.Decode(&cmd) != nil {
		return
	}
	for _, n := range lab.Nodes {
		if n.Name == cmd.Node {
			d.enter(n, cmd, files, hear, say)
			return
		}
	}
	_ = say.Encode(event{CodeUnable, fmt.Sprintf("there is no node %s", cmd.Node)})
}

// await notes whether a client is waited for. It returns false where the door
// is closed already.
func (d *Door) await(c *net.UnixConn, waiting bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if delete(d.idle, c); waiting {
		d.idle[c] = true
	}
	return !d.closed
}

// peer is the user at the other end: who connected, or who listens.
func peer(c *net.UnixConn) (uid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	ctl := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err := errors.Join(ctl, err); err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}

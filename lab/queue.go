package lab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// queuePatience bounds the wait for room in the send buffer of a queue. Only a
// device that keeps its frames fills it.
const queuePatience = time.Second

// Queue is a macvtap's character device, held open as a virtual machine holds
// it. While it is open, frames that come in for the macvtap go to it instead of
// to the macvtap's own stack (drivers/net/tap.c:tap_handle_frame); taps see
// them all the same.
type Queue struct{ file *os.File }

// OpenQueue opens the character device of a macvtap, for frames without a
// virtio header. It takes a user who may mount sysfs and make device nodes:
// else the error is a *Privilege.
//
// The device's number is read from the sysfs of the macvtap's namespace, and
// its node is made in a file system of its own that nobody else sees: /dev/tapN
// is where the kernel or a daemon puts one, and N, the ifindex, may be that of
// another namespace's macvtap as well.
func (l *Lab) OpenQueue(ref recording.Ref) (*Queue, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i, err := l.need(ref)
	if err != nil {
		return nil, err
	}
	var q *Queue
	err = i.node.ns.Do(func() error {
		var err error
		q, err = openQueue(i.name, i.index)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the character device of %s: %w", ref, err)
	}
	return q, nil
}

// openQueue opens the character device of a macvtap in the network namespace
// of the calling thread.
func openQueue(name string, index int) (*Queue, error) {
	dev, err := queueNumber(name, index)
	if err != nil {
		return nil, err
	}
	nodes, err := mountAside("tmpfs")
	if err != nil {
		return nil, err
	}
	defer unix.Close(nodes)
	if err := unix.Mknodat(nodes, name, unix.S_IFCHR|0o600, int(dev)); err != nil {
		return nil, withheld("mknod", err)
	}
	fd, err := unix.Openat(nodes, name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, withheld("open", err)
	}
	q := &Queue{os.NewFile(uintptr(fd), fmt.Sprintf("/dev/tap%d", index))}
	if err := bare(fd); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// bare lets frames be written as they are: a queue begins with a virtio header
// before each (drivers/net/tap.c:tap_open).
func bare(fd int) error {
	flags, err := unix.NewIfreq("")
	if err != nil {
		return err
	}
	flags.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	return os.NewSyscallError("ioctl TUNSETIFF", unix.IoctlIfreq(fd, unix.TUNSETIFF, flags))
}

// queueNumber reads the number of a macvtap's character device, which
// drivers/net/macvtap.c:macvtap_device_event gives it: not the ifindex, which
// is only in its name.
func queueNumber(name string, index int) (uint64, error) {
	sys, err := mountAside("sysfs")
	if err != nil {
		return 0, err
	}
	defer unix.Close(sys)
	path := fmt.Sprintf("class/net/%s/macvtap/tap%d/dev", name, index)
	fd, err := unix.Openat(sys, path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: "/sys/" + path, Err: err}
	}
	f := os.NewFile(uintptr(fd), "/sys/"+path)
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	var major, minor uint32
	if _, err := fmt.Sscanf(string(text), "%d:%d\n", &major, &minor); err != nil {
		return 0, fmt.Errorf("%s is %q: %w", f.Name(), strings.TrimSpace(string(text)), err)
	}
	return unix.Mkdev(major, minor), nil
}

// mountAside makes a mount that is in no tree of mounts, and so is gone with
// its descriptor. A sysfs is that of the calling thread's network namespace
// (fs/sysfs/mount.c:sysfs_init_fs_context).
func mountAside(kind string) (fd int, err error) {
	context, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, withheld("fsopen "+kind, err)
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		return -1, withheld("fsconfig "+kind, err)
	}
	if fd, err = unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0); err != nil {
		return -1, withheld("fsmount "+kind, err)
	}
	return fd, nil
}

// Privilege is a refusal that says nothing of the kernel: this user may not.
type Privilege struct {
	Op  string // "mknod"
	Err error
}

// Error returns what was refused, and to whom it would not be.
func (p *Privilege) Error() string {
	return fmt.Sprintf("%s: %v (it takes root outside of user namespaces, or a guest)", p.Op, p.Err)
}

// Unwrap returns the kernel's refusal.
func (p *Privilege) Unwrap() error { return p.Err }

// withheld tells a lack of privilege from other refusals.
func withheld(op string, err error) error {
	if isPermission(err) {
		return &Privilege{op, err}
	}
	return os.NewSyscallError(op, err)
}

// Write gives the kernel one frame, from the destination address to the end of
// the payload, as a virtual machine's; it leaves the macvtap as one that its
// own stack sends. The error holds the errno: EINVAL for a frame shorter than an
// Ethernet header.
func (q *Queue) Write(frame []byte) error {
	if err := q.file.SetWriteDeadline(time.Now().Add(queuePatience)); err != nil {
		return err
	}
	_, err := q.file.Write(frame)
	return err
}

// Close lets the macvtap's own stack have its frames again.
func (q *Queue) Close() error { return q.file.Close() }

// probeQueue opens the queue of a macvtap.
func probeQueue() error {
	child := probeChild(scenarios.Macvtap, scenarios.MacvlanSpec{Mode: "bridge"})
	l, err := Build(&scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Interfaces: child}}})
	if err != nil {
		return err
	}
	q, err := l.OpenQueue(recording.Ref{Node: "a", Iface: "child"})
	if err == nil {
		err = q.Close()
	}
	return errors.Join(err, l.Close())
}

package lab

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// newTun makes a persistent interface of tun(4), as ip-tuntap(8) does: by an
// ioctl, as rtnetlink refuses (drivers/net/tun.c:tun_validate). It cannot say
// which index it is to have, so that is asked afterwards.
func (l *Lab) newTun(i *iface) error {
	n := i.node
	var index int
	err := n.ns.Do(func() error {
		if err := persistTun(i.name, i.spec.Tap); err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		req, err := unix.NewIfreq(i.name)
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, req); err != nil {
			return os.NewSyscallError("ioctl SIOCGIFINDEX", err)
		}
		index = int(req.Uint32())
		return nil
	})
	if err != nil {
		return err
	}
	i.index = index
	l.index-- // none was used: enter counts it
	l.enter(i)
	if s := &i.spec; s.MAC != nil && s.Tap {
		if err := n.conn.changeLink(index, 0, 0, attr(unix.IFLA_ADDRESS, s.MAC)); err != nil {
			return err
		}
	}
	if i.spec.MTU != 0 {
		return n.conn.changeLink(index, 0, 0, attr32(unix.IFLA_MTU, uint32(i.spec.MTU)))
	}
	return nil
}

// persistTun makes the interface in the namespace of the calling thread. The
// device's node, which a guest or a container may lack, is made in a file
// system of its own.
func persistTun(name string, tap bool) error {
	fd, err := openTun()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	flags := uint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if tap {
		flags = unix.IFF_TAP | unix.IFF_NO_PI
	}
	req.SetUint16(flags)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		return withheld("ioctl TUNSETIFF", err)
	}
	return os.NewSyscallError("ioctl TUNSETPERSIST", unix.IoctlSetInt(fd, unix.TUNSETPERSIST, 1))
}

// tunMajor and tunMinor are the number of /dev/net/tun (Documentation/admin-guide/devices.txt).
const tunMajor, tunMinor = 10, 200

func openTun() (int, error) {
	nodes, err := mountAside("tmpfs")
	if err != nil {
		return -1, err
	}
	defer unix.Close(nodes)
	if err := unix.Mknodat(nodes, "tun", unix.S_IFCHR|0o600, int(unix.Mkdev(tunMajor, tunMinor))); err != nil {
		return -1, withheld("mknod", err)
	}
	fd, err := unix.Openat(nodes, "tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return -1, fmt.Errorf("nothing is behind /dev/net/tun (%w): %w", err, unix.EOPNOTSUPP)
	case err != nil:
		return -1, withheld("open /dev/net/tun", err)
	}
	return fd, nil
}

// probeGuest makes an interface that is only there to be stood on.
func probeGuest(s scenarios.Interface) error {
	s.Node, s.Name, s.Down = "a", "guest", true
	return build(s)
}

package capture

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// KeepClock makes the kernel stamp frames as long as the returned Closer is
// open, whether or not a tap is. Stamping is switched for the whole machine
// with the first and the last socket that asks for it, by a work queue
// (net/core/dev.c:net_enable_timestamp), so that between one tap's end and the
// next one's begin it goes off and on again, and the first frames have no time
// of their own (Packet.Estimated).
func KeepClock() (io.Closer, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("capture: keep clock: %w", os.NewSyscallError("socket", err))
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("capture: keep clock: %w", os.NewSyscallError("setsockopt SO_TIMESTAMPNS", err))
	}
	return os.NewFile(uintptr(fd), "clock"), nil
}

package kernels

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// resultPort is the second 8250: the first is the console's.
const resultPort = "/dev/ttyS1"

// open makes the port a line that changes no byte.
func (g *guest) open() error {
	port, err := os.OpenFile(resultPort, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("%w (CONFIG_SERIAL_8250, CONFIG_SERIAL_8250_NR_UARTS at least 2)", err)
	}
	t, err := unix.IoctlGetTermios(int(port.Fd()), unix.TCGETS)
	if err != nil {
		return os.NewSyscallError("ioctl TCGETS", err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0 // cfmakeraw(3)
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB|unix.CBAUD) | unix.CS8 | unix.CLOCAL | unix.B115200
	if err := unix.IoctlSetTermios(int(port.Fd()), unix.TCSETS, t); err != nil {
		return os.NewSyscallError("ioctl TCSETS", err)
	}
	g.port = port
	return nil
}

// send writes one record. After an error nothing more is sent: the host finds
// that the stream is cut.
func (g *guest) send(kind recordKind, payload []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch kind {
	case recordResult:
		g.done.Results++
	case recordOutput:
		g.done.Output += int64(len(payload))
	}
	if g.failed != nil || g.port == nil {
		return
	}
	if kind, payload, g.failed = g.shorten(kind, payload); g.failed == nil {
		_, g.failed = g.port.Write(appendRecord(nil, kind, payload))
	}
	if g.failed != nil {
		fmt.Println("netverify:", g.failed) // the console is all that is left
	}
}

// shorten spares the port what is long: in the ring where there is one with
// room, else compressed.
func (g *guest) shorten(kind recordKind, payload []byte) (recordKind, []byte, error) {
	if len(payload) < ringLeast {
		return kind, payload, nil
	}
	if g.ring != nil {
		if p, ok := g.ring.put(kind, payload); ok {
			g.done.Shared++
			return recordAway, p.encode(), nil
		}
	}
	short, err := squeeze(payload)
	return kind | squeezed, short, err
}

func (g *guest) sendJSON(kind recordKind, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		g.broken(err.Error())
		return
	}
	g.send(kind, text)
}

// broken tells what keeps init from going on.
func (g *guest) broken(text string) {
	fmt.Println("netverify:", text)
	g.send(recordBroken, []byte(text))
}

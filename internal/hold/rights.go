package hold

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// send hands over the streams of a command.
func send(c *net.UnixConn, files [streams]*os.File) error {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	_, _, err := c.WriteMsgUnix([]byte{0}, unix.UnixRights(fds...), nil)
	return err
}

// receive takes the streams of a command.
func receive(c *net.UnixConn) ([]*os.File, error) {
	oob := make([]byte, unix.CmsgSpace(streams*4))
	_, n, flags, _, err := c.ReadMsgUnix(make([]byte, 1), oob)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue // not rights
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), fmt.Sprintf("stream %d", len(files))))
		}
	}
	if len(files) != streams || flags&unix.MSG_CTRUNC != 0 {
		for _, f := range files {
			_ = f.Close()
		}
		return nil, errors.New("not the three streams of a command")
	}
	return files, nil
}

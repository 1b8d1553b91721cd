package kernels

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The test binary is the init of the guests below. What such an init does to
// its kernel is its role, told by the kernel's command line.
const (
	roleKey   = "netverify_role"
	victim    = "macvlan/own-macs" // the second of three scenarios
	loadKey   = "NETVERIFY_TEST_LOAD"
	warnFile  = guestFolder + "/warn.ko"
	oopsFile  = guestFolder + "/oops.ko"
	exitValue = 3
)

// TestMain is also the main function of an init, and of a program that loads a
// module and may not survive that.
func TestMain(m *testing.M) {
	if InGuest() {
		g := &guest{}
		g.play(os.Getenv(roleKey))
		g.main()
	}
	if file := os.Getenv(loadKey); file != "" {
		if err := loadModule(file); err != nil {
			fmt.Println(file, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	_ = os.RemoveAll(compiled.dir) // "" is none
	os.Exit(code)
}

func (g *guest) play(role string) {
	during := func(do func()) {
		g.begin = func(name string) {
			if name == victim {
				do()
			}
		}
	}
	switch role {
	case "panic":
		during(func() { _ = os.WriteFile("/proc/sysrq-trigger", []byte("c"), 0) })
	case "exit":
		during(func() { os.Exit(exitValue) })
	case "hang":
		during(hang)
	case "hog":
		during(hog)
	case "oops-and-hang": // a thread that held a lock is gone
		during(func() { load(oopsFile); hang() })
	case "oops-and-exit":
		during(func() { load(oopsFile); os.Exit(exitValue) })
	case "broken":
		g.end = func(*doneRecord) { panic("a bug of init") }
	case "cut": // inside a record
		g.end = func(*doneRecord) {
			_, _ = g.port.Write(appendRecord(nil, recordDone, []byte("{}"))[:recordHeader+1])
			g.reboot()
		}
	case "counts":
		g.end = func(d *doneRecord) { d.Results++ }
	case "reports":
		g.begin = func(name string) {
			switch name {
			case "macvlan/default-mode":
				load(warnFile)
			case victim:
				load(oopsFile)
			}
		}
	}
}

// load loads a module in a process of its own. An oops ends the thread that does
// it and leaves the others, so the end of the kernel's report is waited for.
func load(file string) {
	log, err := os.Open("/dev/kmsg")
	if err == nil {
		_, err = log.Seek(0, io.SeekEnd)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), loadKey+"="+file)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = errors.Join(err, cmd.Start())
	for buf := make([]byte, 8192); err == nil; {
		var n int
		n, err = log.Read(buf)
		if strings.Contains(string(buf[:n]), "---[ end trace") {
			break
		}
	}
	fmt.Println(file, err, cmd.Process.Kill(), cmd.Wait())
}

// hang waits in the kernel for ever. Were all goroutines to wait for each other
// instead, the Go runtime might notice and end the process.
func hang() {
	for {
		_ = unix.Pause()
	}
}

// hog takes memory until there is none.
func hog() {
	var all [][]byte
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(i)
		}
		all = append(all, b)
		if len(all) > 1<<14 {
			panic("16 GiB were not too much")
		}
	}
}

package lab

import (
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
	"netverify/scenarios"
)

// ways are two namespaces, a and b, joined by macvlan and by a bridge.
var ways = []struct{ name, topology string }{
	{"macvlan", `
  hosts:
    host: {interfaces: {eth0: {cable: "far:eth0"}}}
    far: {interfaces: {eth0: {}}}
    a: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: bridge}, addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: bridge}, addresses: [192.0.2.2/24]}}}
`},
	{"bridge", `
  switches:
    sw: {ports: {p1: {}, p2: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24]}}}
`},
}

// BenchmarkMacvlanAgainstBridge moves datagrams between two namespaces, turn
// about by macvlan and by a bridge: the measurement behind observation C6. It
// counts processor time, which a busy machine does not stretch: all of a
// frame's way is gone in the sender's system call.
func BenchmarkMacvlanAgainstBridge(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var flows []*flow
	for _, w := range ways {
		text := "name: bench/x\ntitle: x\ntopology:" + w.topology + "steps: [{name: x, wait: {for: 1ms}, expect: {state: {\"a:eth0\": {up: true}}}}]\n"
		plans, err := scenarios.LoadBytes("bench.yaml", []byte(text))
		if err != nil {
			b.Fatal(err)
		}
		l, err := Build(plans[0])
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		p, err := newFlow(l)
		if err != nil {
			b.Fatal(err)
		}
		defer p.close()
		flows = append(flows, p)
	}
	for b.Loop() {
		for _, p := range flows {
			if err := p.move(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	var each []float64
	for i, p := range flows {
		each = append(each, p.median())
		b.ReportMetric(each[i], ways[i].name+"-ns/frame")
	}
	b.ReportMetric(each[1]/each[0], "times-as-fast")
}

// flow are two sockets in two namespaces of a lab.
type flow struct {
	tx, rx int
	to     unix.SockaddrInet4
	spent  []int64 // ns of processor time, by burst
}

const burst = 64 // datagrams: they fit into the receiver's buffer, none may be missing

func newFlow(l *Lab) (*flow, error) {
	p := &flow{to: unix.SockaddrInet4{Addr: netip.MustParseAddr("192.0.2.2").As4(), Port: 9}}
	for node, s := range map[string]struct {
		fd *int
		at unix.Sockaddr
	}{"a": {&p.tx, &unix.SockaddrInet4{}}, "b": {&p.rx, &p.to}} {
		err := l.NS(node).Do(func() (err error) {
			if *s.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
				return err
			}
			return unix.Bind(*s.fd, s.at)
		})
		if err != nil {
			return nil, err
		}
	}
	return p, p.move() // the first finds the neighbour
}

func (p *flow) close() {
	unix.Close(p.tx)
	unix.Close(p.rx)
}

// move sends a burst and takes it at the other side.
func (p *flow) move() error {
	var began, ended unix.Timespec
	data := make([]byte, 64)
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &began); err != nil {
		return err
	}
	for range burst {
		if err := unix.Sendto(p.tx, data, 0, &p.to); err != nil {
			return err
		}
	}
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ended); err != nil {
		return err
	}
	p.spent = append(p.spent, ended.Nano()-began.Nano())
	for got := range burst {
		if ready, err := poll.Readable(p.rx, time.Now().Add(time.Second)); err != nil || !ready {
			return fmt.Errorf("%d of %d datagrams came: %v", got, burst, err)
		}
		if _, _, err := unix.Recvfrom(p.rx, data, 0); err != nil {
			return err
		}
	}
	return nil
}

// median is the processor time of one frame, ns.
func (p *flow) median() float64 {
	slices.Sort(p.spent)
	return float64(p.spent[len(p.spent)/2]) / burst
}

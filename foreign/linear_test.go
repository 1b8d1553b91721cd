package foreign

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"syscall"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/scenarios"
)

// classic is a pcap of so many frames of a link type.
func classic(n int, link uint32, frame func(i int) (us uint32, data []byte)) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0)
	b = le.AppendUint32(b, link)
	for i := range n {
		us, data := frame(i)
		for _, v := range []uint32{us / 1e6, us % 1e6, uint32(len(data)), uint32(len(data))} {
			b = le.AppendUint32(b, v)
		}
		b = append(b, data...)
	}
	return b
}

// ping is an echo request between stations of macvlan/vepa-reflective-relay.
func ping(seq int) []byte {
	b := []byte{2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 1, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 8, 0, 0, 0, 0, 7}
	return append(binary.BigEndian.AppendUint16(b, uint16(seq)), 0, 0)
}

// strange are captures with much of one thing.
var strange = map[string]func(n int) []byte{
	"the same frame again and again": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) { return uint32(i), ping(1) })
	},
	"the same frame at one time": func(n int) []byte {
		return classic(n, 1, func(int) (uint32, []byte) { return 1, ping(1) })
	},
	"the same frame, tied in small groups": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) { return uint32(i / 60), ping(1) })
	},
	"frames that differ": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) { return uint32(i), binary.BigEndian.AppendUint32(ping(i), uint32(i)) })
	},
	"stations of tcpdump -i any": func(n int) []byte {
		return classic(n, 276, func(i int) (uint32, []byte) {
			b := []byte{8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 6, 2, 0}
			return uint32(i), append(binary.BigEndian.AppendUint32(b, uint32(i)), 0, 0, 0x45)
		})
	},
	"interfaces of tcpdump -i any": func(n int) []byte {
		return classic(n, 276, func(i int) (uint32, []byte) {
			b := binary.BigEndian.AppendUint32([]byte{8, 0, 0, 0}, uint32(i+1))
			return uint32(i), append(b, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x45)
		})
	},
}

// cpu is the processor time of this thread, ns: unlike the clock it does not
// depend on what else the machine does.
func cpu(f func()) int64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const thisThread = 1 // RUSAGE_THREAD of getrusage(2)
	var before, after syscall.Rusage
	_ = syscall.Getrusage(thisThread, &before)
	f()
	_ = syscall.Getrusage(thisThread, &after)
	return after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
}

// TestWorkIsLinear: eight times as much of anything is about eight times the work,
// in memory and in processor time; if it grew with the square it would be 64
// times.
func TestWorkIsLinear(t *testing.T) {
	for _, name := range []string{"macvlan/vepa-reflective-relay"} {
		plans, err := scenarios.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		p := plans[0]
		c := p.Case()
		for what, capture := range strange {
			t.Run(what, func(t *testing.T) {
				work := func(n int) (bytesOf uint64, ns int64) {
					file, err := pcapng.Read(bytes.NewReader(capture(n)))
					if err != nil {
						t.Fatal(err)
					}
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					ns = cpu(func() {
						for step := range p.Steps {
							rec, _, err := Record(p, Options{Files: []File{{Name: "x", File: file}}, Points: []Mapping{{Point: "sw:p1", File: "x"}}, Step: step + 1})
							if err == nil {
								assert.Judge(&c, rec)
							} else if what != "interfaces of tcpdump -i any" {
								t.Fatal(err)
							}
						}
					})
					runtime.ReadMemStats(&after)
					return after.TotalAlloc - before.TotalAlloc, ns
				}
				work(100)
				const n = 2000
				b1, t1 := work(n)
				b8, t8 := work(8 * n)
				told := fmt.Sprintf("%d: %d bytes, %d ns; %d: %d bytes, %d ns", n, b1, t1, 8*n, b8, t8)
				if b8 > 16*b1+1<<20 || t8 > 28*t1+20e6 {
					t.Error(told)
				}
				t.Log(told)
			})
		}
	}
}

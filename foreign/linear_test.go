package foreign

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// between is a packet of ICMP in IPv4 between addresses of 192.0.2.0/24.
func between(from, to byte, id uint16, fragment uint16, icmp ...byte) []byte {
	b := []byte{2, 0, 0, 0, 9, to, 2, 0, 0, 0, 9, from, 8, 0, 0x45, 0, 0, byte(20 + len(icmp))}
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, id), fragment)
	return append(append(b, 64, 1, 0, 0, 192, 0, 2, from, 192, 0, 2, to), icmp...)
}

// echoOf is an echo request (type 8) or reply (0) with a number of its own.
func echoOf(typ byte, n int) []byte {
	return []byte{typ, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// asking is an ARP packet between these two.
func asking(op, from, to byte, sender []byte) []byte {
	mac := append([]byte{2, 0, byte(op - 1), 0}, sender...)
	if op == 2 {
		return slices.Concat(mac, []byte{2, 0, 0, 0, 9, from, 8, 6, 0, 1, 8, 0, 6, 4, 0, op, 2, 0, 0, 0, 9, from, 192, 0, 2, from}, mac, []byte{192, 0, 2, to})
	}
	return slices.Concat([]byte{255, 255, 255, 255, 255, 255}, mac, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, op}, mac, []byte{192, 0, 2, from, 0, 0, 0, 0, 0, 0, 192, 0, 2, to})
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

// exchanges are captures of the interface of a host that asks, in the lab below, with
// much that its steps may have sent and that may answer them.
var exchanges = map[string]func(n int) []byte{
	"questions that may be the step's, and answers": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) {
			if i%2 == 1 {
				return uint32(i), between(2, 1, 1, 0, echoOf(0, i/2)...)
			}
			return uint32(i), between(1, 2, 1, 0, echoOf(8, i/2)...)
		})
	},
	"questions, and errors that quote them": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) {
			q := between(1, 2, 1, 0, echoOf(8, i/2)...)
			if i%2 == 1 {
				return uint32(i), between(2, 1, 1, 0, append([]byte{3, 1, 0, 0, 0, 0, 0, 0}, q[14:]...)...)
			}
			return uint32(i), q
		})
	},
	"questions, and errors that quote little": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) {
			q := between(1, 2, 1, 0, echoOf(8, i/2)...)
			if i%2 == 1 {
				return uint32(i), between(3, 1, 1, 0, append([]byte{3, 1, 0, 0, 0, 0, 0, 0}, between(1, 3, 1, 0)[14:]...)...)
			}
			return uint32(i), q
		})
	},
	"answers of strangers": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) {
			if i%2 == 1 {
				return uint32(i), between(3, 1, 1, 0, echoOf(0, i/2)...)
			}
			return uint32(i), between(1, 2, 1, 0, echoOf(8, i/2)...)
		})
	},
	"parts of datagrams": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) {
			if i%2 == 1 {
				return uint32(i), between(1, 2, uint16(i/2), 1, 1, 2, 3, 4, 5, 6, 7, 8)
			}
			return uint32(i), between(1, 2, uint16(i/2), 0x2000, echoOf(8, i/2)...)
		})
	},
	"who has, and answers": func(n int) []byte {
		return classic(n, 1, func(i int) (uint32, []byte) {
			who := binary.BigEndian.AppendUint16(nil, uint16(i/2))
			return uint32(i), asking(byte(1+i%2), byte(1+i%2), byte(2-i%2), who)
		})
	},
}

const exchangeLab = `
name: t/exchanges
title: A host asks another
topology:
  switches:
    sw: {ports: {p1: {}, p2: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", macaddress: "02:00:00:00:09:01", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", macaddress: "02:00:00:00:09:02", addresses: [192.0.2.2/24]}}}
steps:
  - {name: ping, ping: {from: a, to: b}, expect: {reply: {ttl: 64}, seen: {at: "a:eth0 out", frames: icmp}, never: {at: "b:eth0", frames: udp}}}
  - {name: traceroute, traceroute: {from: a, to: b, protocol: icmp}, expect: {hops: ["@b:eth0"]}}
  - {name: arping, arping: {from: a, to: b}, expect: {reply: {mac: "@b:eth0"}, answer: {at: "a:eth0 in", frames: arp}}}
`

// kind is a capture with so many things in it, and what it is judged by.
func kind(t *testing.T, what string, n int) (p *scenarios.Plan, point string, capture []byte) {
	t.Helper()
	plans, err := scenarios.Find([]string{"macvlan/vepa-reflective-relay"})
	point, of := "sw:p1", strange[what]
	if of == nil {
		point, of = "a:eth0", exchanges[what]
		plans, err = scenarios.LoadBytes("exchanges.yaml", []byte(exchangeLab))
	}
	if err != nil || of == nil {
		t.Fatalf("%s: %v", what, err)
	}
	return plans[0], point, of(n)
}

// judged are captures of a kind read, attributed and judged, with a number of
// things in each.
func judged(t *testing.T, what string, n int) {
	p, point, capture := kind(t, what, n)
	c := p.Case()
	file, err := pcapng.Read(bytes.NewReader(capture))
	if err != nil {
		t.Fatal(err)
	}
	for step := range p.Steps {
		rec, _, err := Record(p, Options{Files: []File{{Name: "x", File: file}}, Points: []Mapping{{Point: point, File: "x"}}, Step: step + 1})
		if err == nil {
			assert.Judge(&c, rec)
		} else if what != "interfaces of tcpdump -i any" {
			t.Fatal(err)
		}
	}
}

// kinds are the names of all.
func kinds() map[string]bool {
	all := map[string]bool{}
	for what := range strange {
		all[what] = true
	}
	for what := range exchanges {
		all[what] = true
	}
	return all
}

// times is how much more eight times as much may take of anything: it would be
// 64 times if it grew with the square, and sorting takes 8 and a little.
const times = 16

// TestMemoryIsLinear: eight times as much of anything is about eight times the
// memory.
func TestMemoryIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("judges large captures")
	}
	for what := range kinds() {
		t.Run(what, func(t *testing.T) {
			allocated := func(n int) (size, objects uint64) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				judged(t, what, n)
				runtime.ReadMemStats(&after)
				return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
			}
			allocated(100)
			const n = 1000
			b1, o1 := allocated(n)
			b8, o8 := allocated(8 * n)
			if b8 > times*b1+1<<20 || o8 > times*o1+10000 {
				t.Errorf("%d: %d bytes in %d objects; %d: %d bytes in %d objects", n, b1, o1, 8*n, b8, o8)
			}
		})
	}
}

// workOf is the environment variable by which TestWorkIsLinear tells its copy
// what to judge: "1000 frames that differ".
const workOf = "NETVERIFY_WORK_OF"

// TestWorkIsLinear: eight times as much of anything is about eight times the
// statements that are executed. A copy of this test whose statements are counted
// (go help testflag, -covermode) does the work: unlike time, their number depends
// on nothing else that the machine does.
func TestWorkIsLinear(t *testing.T) {
	if asked, is := os.LookupEnv(workOf); is {
		number, what, _ := strings.Cut(asked, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatalf("%s=%s", workOf, asked)
		}
		judged(t, what, n)
		return
	}
	if testing.Short() {
		t.Skip("builds a program that counts its statements")
	}
	copied := filepath.Join(t.TempDir(), "counted.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", copied, "-covermode=count",
		"-coverpkg=netverify/foreign,netverify/assert,netverify/filter,netverify/frame,netverify/capture/pcapng", ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for what := range kinds() {
		t.Run(what, func(t *testing.T) {
			const n = 1000
			one, eight := executed(t, copied, n, what), executed(t, copied, 8*n, what)
			if one < n || eight > times*one {
				t.Errorf("%d: %d statements; %d: %d statements", n, one, 8*n, eight)
			}
		})
	}
}

// executed is how many statements it takes to judge a capture.
func executed(t *testing.T, copied string, n int, what string) (sum int) {
	t.Helper()
	profile := filepath.Join(t.TempDir(), "profile")
	run := exec.CommandContext(t.Context(), copied, "-test.run=^TestWorkIsLinear$", "-test.coverprofile="+profile)
	run.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", workOf, n, what))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) { // file:from,to statements count
		f := strings.Fields(line)
		if len(f) != 3 {
			continue // "mode: count"
		}
		statements, err1 := strconv.Atoi(f[1])
		count, err2 := strconv.Atoi(f[2])
		if err := errors.Join(err1, err2); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		sum += statements * count
	}
	return sum
}

// TestStrangersAreForgotten: of frames that are of no place nothing is held while
// those of one are judged.
func TestStrangersAreForgotten(t *testing.T) {
	plans, err := scenarios.Find([]string{"macvlan/vepa-reflective-relay"})
	if err != nil {
		t.Fatal(err)
	}
	held := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := held()
	var files []File
	for name, n := range map[string]int{"x": 10, "y": 20_000} {
		file, err := pcapng.Read(bytes.NewReader(strange["frames that differ"](n)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Name: name, File: file})
	}
	all := held() - before
	both := []Mapping{{Point: "sw:p1", File: "x"}, {Point: "sw:p2", File: "y"}}
	if _, _, err := Record(plans[0], Options{Files: files, Points: both, Step: 1}); err != nil {
		t.Fatal(err)
	}
	one := []File{files[slices.IndexFunc(files, func(f File) bool { return f.Name == "x" })]}
	rec, _, err := Record(plans[0], Options{Files: one, Points: both[:1], Step: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		f.Forget()
	}
	if left := held() - before; left > all/4 {
		t.Errorf("%d bytes of %d are held for %d frames", left, all, len(rec.Observations))
	}
	runtime.KeepAlive(rec)
	runtime.KeepAlive(files)
}

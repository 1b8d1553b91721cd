package pcapng

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// many is a file with a number of whatever there may be many of in one.
type many struct {
	name string
	make func(m *maker, n int) []byte
}

// strange are files of strangers: each has one thing n times.
var strange = []many{
	{"interfaces", func(m *maker, n int) []byte {
		for range n {
			m.block(1, m.u16(1, 0), m.u32(0))
		}
		return m.b
	}},
	{"sections", func(m *maker, n int) []byte {
		for range n {
			m.shb()
		}
		return m.b
	}},
	{"frames that differ", func(m *maker, n int) []byte {
		m.block(1, m.u16(1, 0), m.u32(0))
		for i := range n {
			m.block(6, m.u32(0, 0, 0, 20, 20), binary.BigEndian.AppendUint64(make([]byte, 12), uint64(i)))
		}
		return m.b
	}},
	{"frames of another link type", func(m *maker, n int) []byte {
		m.block(1, m.u16(9, 0), m.u32(0))
		for range n {
			m.block(6, m.u32(0, 0, 0, 4, 4), make([]byte, 4))
		}
		return m.b
	}},
	{"options", func(m *maker, n int) []byte {
		m.block(1, m.u16(1, 0), m.u32(0))
		for range n / 100 {
			m.block(6, m.u32(0, 0, 0, 0, 0), bytes.Repeat(m.opt(1, []byte("text")), 100))
		}
		return m.b
	}},
	{"statistics", func(m *maker, n int) []byte {
		m.block(1, m.u16(1, 0), m.u32(0))
		for range n {
			m.block(5, m.u32(0, 0, 0))
		}
		return m.b
	}},
	{"names", func(m *maker, n int) []byte {
		for range n {
			m.block(4, m.opt(1, []byte{1, 2, 3, 4, 'a', 0}), m.u32(0))
		}
		return m.b
	}},
	{"custom blocks", func(m *maker, n int) []byte {
		for range n {
			m.block(0xbad, m.u32(1))
		}
		return m.b
	}},
}

// allocated is what a function allocates, bytes and objects.
func allocated(f func()) (b, objects uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}

// TestReadingIsLinear: twice as much of anything is about twice the work.
func TestReadingIsLinear(t *testing.T) {
	for _, s := range strange {
		t.Run(s.name, func(t *testing.T) {
			read := func(n int) (uint64, uint64) {
				text := s.make(blank(binary.LittleEndian).shb(), n)
				return allocated(func() {
					if _, err := Read(bytes.NewReader(text)); err != nil {
						t.Fatal(err)
					}
				})
			}
			const n, fixed = 4000, 256 << 10
			b1, o1 := read(n)
			b2, o2 := read(2 * n)
			if b2 > 3*b1+fixed || o2 > 3*o1+1000 {
				t.Errorf("%d: %d bytes in %d objects; %d: %d bytes in %d objects", n, b1, o1, 2*n, b2, o2)
			}
		})
	}
}

// TestMemoryIsBounded: whatever a file has much of, reading stops at the limit,
// says so, and has held no more than that.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 1 << 20
	held := map[string]bool{"interfaces": true, "sections": true, "frames that differ": true, "options": true}
	for _, s := range strange {
		t.Run(s.name, func(t *testing.T) {
			text := s.make(blank(binary.BigEndian).shb(), 40000)
			f, err := ReadWith(bytes.NewReader(text), ReadOptions{Budget: NewBudget(limit), Comments: true})
			var full *LimitError
			if errors.As(err, &full) != held[s.name] {
				t.Fatalf("%v, want a LimitError: %t", err, held[s.name])
			}
			if full != nil && (full.Limit != limit || full.Offset <= 0 || !strings.Contains(err.Error(), "1MiB (--limit)")) {
				t.Errorf("%+v: %v", full, err)
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			before := m.HeapAlloc
			runtime.KeepAlive(f) // from here on nothing holds it
			runtime.GC()
			runtime.ReadMemStats(&m)
			if kept := int64(before) - int64(m.HeapAlloc); kept > 2*limit {
				t.Errorf("%d bytes were held", kept)
			}
		})
	}
}

// TestWhatGzipPacksIsHeldOnce: frames that repeat are shared, so that a small
// file stays small.
func TestWhatGzipPacksIsHeldOnce(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	m := blank(binary.LittleEndian).shb()
	_, _ = z.Write(m.block(1, m.u16(1, 0), m.u32(0)).b)
	one := blank(binary.LittleEndian)
	one.block(6, one.u32(0, 0, 0, 1500, 1500), make([]byte, 1500))
	const n = 20000 // 30 MB
	for range n {
		_, _ = z.Write(one.b)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := ReadWith(&packed, ReadOptions{Budget: NewBudget(costSighting*n + 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	obs := f.Sections[0].Recording.Observations
	if len(obs) != n || obs[0].Frame != obs[n-1].Frame {
		t.Errorf("%d frames, shared %t", len(obs), obs[0].Frame == obs[n-1].Frame)
	}
}

// TestARecordMayAskForNoMoreThanTheLimit: "{}" in JSON is a whole step.
func TestARecordMayAskForNoMoreThanTheLimit(t *testing.T) {
	rec := smallRecording()
	rec.Trouble = []string{strings.Repeat("{", 20000)}
	text := write(t, rec, WriteOptions{})
	if _, err := Read(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	var full *LimitError
	if _, err := ReadWith(bytes.NewReader(text), ReadOptions{Budget: NewBudget(4 << 20)}); !errors.As(err, &full) {
		t.Error(err)
	}
}

func TestABudgetIsSharedByFiles(t *testing.T) {
	b := NewBudget(4 * costSection)
	m := blank(binary.LittleEndian).shb()
	for i := range 4 {
		_, err := ReadWith(bytes.NewReader(m.b), ReadOptions{Budget: b})
		if full := (*LimitError)(nil); errors.As(err, &full) != (i == 3) {
			t.Errorf("file %d: %v", i+1, err)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{1: "1", 1 << 10: "1KiB", 512 << 20: "512MiB", 3 << 30: "3GiB", 1<<20 + 1: "1048577"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// blank is a file with nothing in it.
func blank(order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}) *maker {
	return &maker{order: order}
}

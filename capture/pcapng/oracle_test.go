package pcapng

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"

	"netverify/frame"
)

// tool runs a program of the tshark or wireshark-common package. They are the
// oracle: without them the test fails.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("asks Wireshark")
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v (packages tshark and wireshark-common are needed)\n%s", name, err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "Running as user") { // its one habitual remark, to root
			t.Errorf("%s complains: %s", name, line)
		}
	}
	return stdout.String()
}

func file(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence.pcapng")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func oracleOptions() WriteOptions {
	return WriteOptions{
		Hardware: "two processors", OS: "Linux 6.18", Comments: []string{"second comment"},
		PacketComments: map[int][]string{1: {"never: c2:eth0: fail", "second"}},
		PacketID:       func(i int) uint64 { return uint64(i/2 + 1) },
	}
}

func TestTsharkReadsEveryFieldBack(t *testing.T) {
	rec := smallRecording()
	path := file(t, write(t, rec, oracleOptions()))
	got := tool(t, "tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", "-e", "frame.number",
		"-e", "frame.interface_name", "-e", "frame.interface_description", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len",
		"-e", "frame.packet_flags_direction", "-e", "frame.packet_flags_reception_type", "-e", "frame.packet_id", "-e", "frame.comment", "-e", "eth.src")
	const desc = "macvlan, ifindex 2, mtu 1500"
	want := strings.Join([]string{
		"1|c1:eth0|" + desc + "|1700000000.123456789|30|30|0x00000002|0|1||02:00:00:00:00:01",
		"2|c2:eth0|" + desc + "|1700000000.123457789|30|30|0x00000001|3|1|never: c2:eth0: fail,second|02:00:00:00:00:01",
		"3|c2:eth0|" + desc + "|1700000000.123458789|1514|14|0x00000001|4|2||02:00:00:00:00:01",
		"4|c2:eth0|" + desc + "|1700000000.123459789|30|30|0x00000001|3|2||02:00:00:00:00:01",
	}, "\n") + "\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCapinfosReadsTheFileThrough(t *testing.T) {
	got := tool(t, "capinfos", file(t, write(t, smallRecording(), oracleOptions())))
	for _, want := range []string{
		"Wireshark/... - pcapng", "Number of packets:   4", "Capture hardware:    two processors",
		"Capture oper-sys:    Linux 6.18", "Capture application: netverify", "Capture comment:     second comment",
		"Number of interfaces in file: 2", "Name = c1:eth0", "Time precision = nanoseconds (9)", "Number of stat entries = 1", "Number of packets = 3",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// A record of many blocks is no trouble to other readers either.
func TestTsharkReadsALongRecord(t *testing.T) {
	rec := smallRecording()
	for range 30000 {
		rec.Trouble = append(rec.Trouble, strings.Repeat("ü", 50))
	}
	path := file(t, write(t, rec, WriteOptions{}))
	if got := strings.Count(tool(t, "tshark", "-n", "-r", path), "\n"); got != len(rec.Observations) {
		t.Errorf("tshark sees %d frames", got)
	}
}

// What other tools have rewritten is read, but is no recording any more.
func TestEditedEvidenceIsNotNative(t *testing.T) {
	path := file(t, write(t, smallRecording(), WriteOptions{}))
	out := filepath.Join(t.TempDir(), "out.pcapng")
	tool(t, "editcap", path, out, "2")
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(bytes.NewReader(b))
	s := f.Sections[0]
	if s.Native || err == nil {
		t.Errorf("native %v, error %v", s.Native, err)
	}
	if n := len(s.Recording.Observations); n != 3 {
		t.Errorf("%d frames, want 3", n)
	}
}

func TestGopacketReadsTheSame(t *testing.T) {
	for seed := range uint64(50) {
		rec := randomRecording(seed)
		opt := oracleOptions()
		r, err := pcapgo.NewNgReader(bytes.NewReader(write(t, rec, opt)), pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range rec.Observations {
			data, ci, po, err := r.ReadPacketDataWithOptions()
			if err != nil {
				t.Fatalf("frame %d: %v", i, err)
			}
			if !bytes.Equal(data, o.Frame.Bytes()) || ci.Length != o.Frame.Len() || ci.InterfaceIndex != o.Point {
				t.Fatalf("frame %d: %x %+v", i, data, ci)
			}
			if want := uint64(o.At); uint64(ci.Timestamp.UnixNano()) != want {
				t.Fatalf("frame %d: time %d, want %d", i, ci.Timestamp.UnixNano(), want)
			}
			if frame.Direction(po.Flags.Direction) != o.Dir || po.PacketID == nil || *po.PacketID != opt.PacketID(i) {
				t.Fatalf("frame %d: options %+v", i, po)
			}
			if want := opt.PacketComments[i]; fmt.Sprint(po.Comments) != fmt.Sprint(want) {
				t.Fatalf("frame %d: comments %q, want %q", i, po.Comments, want)
			}
		}
		if _, _, err := r.ReadPacketData(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
}

func TestStatisticsAreThoseOfTheTap(t *testing.T) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(write(t, smallRecording(), WriteOptions{})), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = r.ReadPacketData()
	}
	for i, want := range [][2]uint64{{1, 0}, {3, 1}} { // frames in the file, drops of the tap
		p, err := r.Interface(i)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Statistics; got.PacketsReceived != want[0] || got.PacketsDropped != want[1] {
			t.Errorf("%s: received %d, dropped %d, want %v", p.Name, got.PacketsReceived, got.PacketsDropped, want)
		}
	}
}

const goldenFile = "testdata/small.pcapng"

// The bytes of the format change only on purpose: NETVERIFY_UPDATE=1 rewrites
// the golden.
func TestGolden(t *testing.T) {
	got := write(t, smallRecording(), oracleOptions())
	if os.Getenv("NETVERIFY_UPDATE") != "" {
		if err := os.WriteFile(goldenFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s:\n%s", goldenFile, hex.Dump(got))
	}
}

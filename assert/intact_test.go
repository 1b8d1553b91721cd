package assert

import (
	"testing"

	"netverify/frame"
)

// marked is a frame of c1 with the mark of a step's number, behind the bytes
// that follow the MACs.
func marked(seq int, middle ...byte) []byte {
	b := append(append([]byte(nil), all[:]...), c1.mac[:]...)
	b = append(b, middle...)
	return frame.AppendTag(b, nonce, frame.Tag{Step: 0, Mark: frame.Stimulus, Seq: seq})
}

func TestFramesAreAsTheyWereSent(t *testing.T) {
	plain := []byte{0x88, 0xb5, 1, 2}
	tagged := func(tci byte) []byte { return append([]byte{0x81, 0x00, 0x20, tci}, plain...) }
	tests := []struct {
		name      string
		intact    Intact
		sent, got []byte
		want      string
	}{
		{"alike", IntactFrame, plain, plain, "pass"},
		{"one bit", IntactFrame, plain, []byte{0x88, 0xb5, 1, 3}, "fail: at c2:eth0 in frame 1 of the step is not as it was sent, byte 15 is 0x03 and was 0x02: #"},
		{"shorter", IntactFrame, plain, plain[:3], "fail: byte 15 is "},
		{"another tag", IntactFrame, tagged(10), tagged(11), "fail: byte 15 is 0x0b and was 0x0a"},
		{"no tag any more", IntactFrame, tagged(10), plain, "fail: byte 12 is 0x88 and was 0x81"},
		{"another tag that does not matter", IntactUntagged, tagged(10), tagged(11), "pass"},
		{"a tag more", IntactUntagged, plain, tagged(11), "pass"},
		{"a tag less", IntactUntagged, tagged(11), plain, "pass"},
		{"the outer of two tags less", IntactUntagged, append([]byte{0x88, 0xa8, 0, 7}, tagged(11)...), tagged(11), "pass"},
		{"the outer of two tags more", IntactUntagged, tagged(11), append([]byte{0x88, 0xa8, 0, 7}, tagged(11)...), "pass"},
		{"a tag less, and one bit", IntactUntagged, tagged(11), []byte{0x88, 0xb5, 1, 3}, "fail: byte 15 is 0x03 and was 0x02"},
		{"two tags less", IntactUntagged, append([]byte{0x88, 0xa8, 0, 7}, tagged(11)...), plain, "fail: byte 12 is 0x88 and was 0x81"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := look(KindSeen, "c2:eth0 in", "").times(1, 1)
			e.Intact = tt.intact
			b := newBook().step(sends("c1:eth0", 1, e)).see(marked(1, tt.sent...), "c1:eth0 out").see(marked(1, tt.got...), "c2:eth0 in").rest()
			verdict(t, b.judge(), tt.want)
		})
	}
}

func TestWhatWasSentMustBeKnown(t *testing.T) {
	e := look(KindSeen, "c2:eth0 in", "eth")
	e.Intact = IntactFrame
	b := newBook().step(sends("c1:eth0", 1, e)).see(marked(1, 0x88, 0xb5), "c2:eth0 in").rest()
	verdict(t, b.judge(), "inconclusive: frame 1 of the step was not seen leaving c1:eth0")
	b = newBook().step(sends("c1:eth0", 1, e)).see(bare(c1, 1), "c1:eth0 out", "c2:eth0 in").rest()
	verdict(t, b.judge(), "error: it bears no mark")
}

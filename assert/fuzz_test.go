package assert

import (
	"encoding/binary"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// FuzzJudge judges recordings of arbitrary frames at arbitrary places and
// times: it must not panic, and must say the same twice.
func FuzzJudge(f *testing.F) {
	seed := func(frames ...[]byte) {
		var b []byte
		for i, data := range frames {
			b = append(b, byte(i), byte(i), byte(i%3), byte(len(data)))
			b = append(b, data...)
		}
		f.Add(b)
	}
	seed(whoHas(c1, c2), isAt(c2, c1), echo(c1, c2, 0, 1), echoReply(c2, c1, 0, 1))
	seed(igmp(c1), bare(c1, 1), tagged(5, whoHas(c1, c2)), fenceFrame(0, 1), unreachable(outside, c1, echo(c1, c2, 0, 1)))
	f.Add([]byte{99, 1, 2, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		b := newBook().step(ask(drawExpectations()...)).rest()
		for len(in) >= 4 && b.record().Count < 500 {
			n := min(int(in[3]), len(in)-4)
			o := recording.Observation{
				Point: int(in[0]) % (len(bookPoints) + 1), Dir: frame.Direction(in[1] % 4), At: epoch + int64(int8(in[2])),
				Frame: frame.NewCut(in[4:4+n:4+n], int(in[3])),
			}
			if n >= 20 {
				o.Mark, o.Seq = frame.Mark(in[3]%5), int(binary.BigEndian.Uint16(in[6:]))
			}
			b.rec.Observations = append(b.rec.Observations, o)
			b.record().Count++
			in = in[4+n:]
		}
		b.cas.Steps = append(b.cas.Steps, arping(2, drawExpectations()...), sends("sw:p1", 2, drawExpectations()...))
		b.rec.Steps = append(b.rec.Steps, b.rec.Steps[0], b.rec.Steps[0])
		b.rec.Steps[1].Name, b.rec.Steps[2].Name = "arping", "send"
		first, second := outcomes(b), outcomes(b)
		for i := range first {
			if first[i] != second[i] || first[i] == 0 {
				t.Fatalf("check %d: %s, then %s", i, first[i], second[i])
			}
		}
		if contradiction(&b.rec) == "" {
			checkJourneys(t, b.cas.Graph, &b.rec)
		}
	})
}

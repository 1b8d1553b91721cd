package assert

import (
	"strings"
	"testing"
	"time"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// book writes a recording the way a run does: step by step, frame by frame,
// each microsecond one.
//
// Its lab: c1 and c2 are macvlans on host:eth0, whose cable ends at sw:p1;
// outside:eth0 is cabled to sw:p2; r routes between r:eth0 and r:eth1.
type book struct {
	rec  recording.Recording
	cas  Case
	now  int64
	hold bool // the next frames share one timestamp
}

const epoch = 1_700_000_000_000_000_000

var bookPoints = []recording.Point{
	{Node: "c1", Interface: "eth0", Kind: "macvlan"},
	{Node: "c2", Interface: "eth0", Kind: "macvlan"},
	{Node: "host", Interface: "eth0", Kind: "veth"},
	{Node: "sw", Interface: "p1", Kind: "veth"},
	{Node: "sw", Interface: "p2", Kind: "veth"},
	{Node: "sw", Interface: "br0", Kind: "bridge"},
	{Node: "outside", Interface: "eth0", Kind: "veth"},
	{Node: "r", Interface: "eth0", Kind: "veth"},
	{Node: "r", Interface: "eth1", Kind: "veth"},
	{Node: "c1", Interface: "lo", Kind: "loopback"},
}

// newBook also binds the addresses of the stations.
func newBook() *book {
	b := &book{now: epoch}
	b.rec.Nonce = nonce
	b.rec.Points = bookPoints
	nodes := map[string]bool{}
	for _, p := range bookPoints {
		if !nodes[p.Node] {
			nodes[p.Node] = true
			b.rec.Taps = append(b.rec.Taps, recording.Tap{Node: p.Node, Received: 100})
		}
	}
	b.link("c1:eth0 out > host:eth0 out", "c2:eth0 out > host:eth0 out",
		"host:eth0 in > c1:eth0 in", "host:eth0 in > c2:eth0 in",
		"c1:eth0 out > host:eth0 in", "c1:eth0 out > c2:eth0 in", "c2:eth0 out > host:eth0 in", "c2:eth0 out > c1:eth0 in",
		"host:eth0 out > sw:p1 in", "sw:p1 out > host:eth0 in", "sw:p1 in > sw:p1 out", "sw:p1 in > sw:p2 out", "sw:p1 in > sw:br0 in",
		"sw:p2 in > sw:p1 out", "sw:p2 in > sw:br0 in", "sw:p2 out > outside:eth0 in", "outside:eth0 out > sw:p2 in",
		"r:eth0 in >> r:eth1 out", "r:eth1 in >> r:eth0 out", "sw:p2 out > r:eth0 in", "c1:lo out > c1:lo in")
	return b
}

func (b *book) link(lines ...string) {
	for _, l := range lines {
		from, to, _ := strings.Cut(l, " > ")
		e := recording.Edge{}
		if from == l {
			from, to, _ = strings.Cut(l, " >> ")
			e.Routed = true
		}
		f, t := place(from), place(to)
		e.From, e.To = recording.Hop(f), recording.Hop(t)
		b.cas.Graph = append(b.cas.Graph, e)
	}
}

func place(text string) Place {
	point, dir, _ := strings.Cut(text, " ")
	return Place{Point: point, Dir: map[string]frame.Direction{"in": frame.In, "out": frame.Out}[dir]}
}

// step opens a step that expects something of what `from` sends.
func (b *book) step(cs CaseStep) *book {
	b.now += 1000
	b.cas.Steps = append(b.cas.Steps, cs)
	b.rec.Steps = append(b.rec.Steps, recording.StepRecord{
		Name: cs.Name, Begin: b.now, First: len(b.rec.Observations),
		Bindings: recording.Bindings{
			"c1:eth0":      {MAC: c1.mac, IPv4: c1.ip},
			"c2:eth0":      {MAC: c2.mac, IPv4: c2.ip},
			"outside:eth0": {MAC: outside.mac, IPv4: outside.ip},
		},
	})
	return b
}

func (b *book) record() *recording.StepRecord { return &b.rec.Steps[len(b.rec.Steps)-1] }

// last is the observation recorded last.
func (b *book) last() *recording.Observation { return &b.rec.Observations[len(b.rec.Observations)-1] }

// see records a frame at each of the places, one after the other.
func (b *book) see(data []byte, places ...string) *book {
	for _, text := range places {
		if !b.hold {
			b.now += 1000
		}
		p := place(text)
		o := recording.Observation{Point: b.point(p.Point), Dir: p.Dir, At: b.now, Frame: frame.New(data), Step: len(b.rec.Steps) - 1}
		if tag, ok := frame.FindTag(data, nonce); ok {
			o.Mark, o.Step, o.Seq = tag.Mark, tag.Step, tag.Seq
		}
		b.rec.Observations = append(b.rec.Observations, o)
		b.record().Count++
	}
	return b
}

func (b *book) point(name string) int {
	for i := range b.rec.Points {
		if b.rec.Points[i].Name() == name {
			return i
		}
	}
	panic("no point " + name)
}

// together lets the frames of f share one timestamp.
func (b *book) together(f func()) *book {
	b.now += 1000
	b.hold = true
	f()
	b.hold = false
	return b
}

func (b *book) reply(r recording.Reply) *book {
	if r.At == 0 {
		r.At = b.now
	}
	b.record().Replies = append(b.record().Replies, r)
	return b
}

// rest ends the step: a wave of fences that met nothing else.
func (b *book) rest() *book {
	r := b.record()
	for i, p := range b.rec.Points {
		for _, d := range []frame.Direction{frame.In, frame.Out} {
			for _, c := range []recording.Class{recording.Unicast, recording.Multidestination} {
				if p.Kind == "bridge" || d == frame.Out && c == recording.Multidestination || p.Kind == "loopback" && c != recording.Unicast {
					continue
				}
				b.see(fenceFrame(len(b.rec.Steps)-1, i), p.Name()+" "+d.String())
				r.Fences = append(r.Fences, recording.FenceRecord{Point: i, Dir: d, Class: c, At: b.now})
			}
		}
	}
	r.Still, r.Waves, r.Proven, r.End = true, 1, 40_000, b.now+1
	return b
}

// judge returns the first check of the last step.
func (b *book) judge() Check {
	checks := Judge(&b.cas, &b.rec).Checks
	for _, k := range checks {
		if k.Step == len(b.cas.Steps)-1 {
			return k
		}
	}
	return Check{}
}

// verdict compares a check with "outcome" or "outcome: part of the reason".
func verdict(t *testing.T, k Check, want string) {
	t.Helper()
	outcome, part, _ := strings.Cut(want, ": ")
	if k.Outcome.String() != outcome || !strings.Contains(k.Reason, part) {
		t.Errorf("got %s: %s\nwant %s", k.Outcome, k.Reason, want)
	}
	if (k.Outcome == Pass) != (k.Reason == "") {
		t.Errorf("outcome %s with the reason %q", k.Outcome, k.Reason)
	}
}

func must(src string) *filter.Filter {
	f, err := filter.Parse(src)
	if err != nil {
		panic(src + ": " + err.Error())
	}
	return f
}

func look(kind Kind, at, src string) Expectation {
	e := Expectation{Kind: kind, Text: kind.String() + " at " + at + ": " + src, At: place(at)}
	if src != "" {
		e.Frames = must(src)
	}
	return e
}

func (e Expectation) times(lo, hi int) Expectation {
	e.Count = &Range{lo, hi}
	return e
}

func (e Expectation) inOrder() Expectation {
	e.Ordered = true
	return e
}

func (e Expectation) within(d time.Duration) Expectation {
	e.Within = d
	return e
}

func path(stops ...string) Expectation {
	e := Expectation{Kind: KindPath}
	for _, text := range stops {
		at, src, ok := strings.Cut(text, ": ")
		w := Waypoint{Place: place(at)}
		if ok {
			w.Frames = must(src)
		}
		e.Path = append(e.Path, w)
	}
	e.Text = "path: " + PathText(e.Path)
	return e
}

// ask is a step in which c1 pings c2.
func ask(expect ...Expectation) CaseStep {
	return CaseStep{Name: "ask", From: "c1:eth0", Ping: &Request{From: "c1:eth0", Target: c2.ip, Count: 1}, Expect: expect}
}

// arping is a step in which c1 arpings c2.
func arping(n int, expect ...Expectation) CaseStep {
	return CaseStep{Name: "arping", From: "c1:eth0", Ping: &Request{From: "c1:eth0", Target: c2.ip, Count: n, ARP: true}, Expect: expect}
}

// sends is a step in which an interface sends n frames.
func sends(from string, n int, expect ...Expectation) CaseStep {
	return CaseStep{Name: "send", From: from, Sent: n, Expect: expect}
}

func replies(w ReplyWant) Expectation {
	return Expectation{Kind: KindReply, Text: "reply", Reply: &w}
}

var (
	toSwitch  = []string{"c1:eth0 out", "host:eth0 out", "sw:p1 in"}
	reflected = append(append([]string(nil), toSwitch...), "sw:p1 out", "host:eth0 in", "c2:eth0 in")
	backAgain = []string{"c2:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p1 out", "host:eth0 in", "c1:eth0 in"}
)

package report

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// Flags of a sighting.
const (
	flagMark    = 3 // frame.Mark
	flagNoise   = 4 // sent by a stack or bridge on its own account
	flagPending = 8 // the checksum was left to a device
	flagType    = 4 // frame.PacketType is in the bits from this one on
)

func flagsOf(o *recording.Observation) int {
	flags := int(o.Mark)&flagMark | int(o.Type)<<flagType
	if recording.Chatter(o) {
		flags |= flagNoise
	}
	if o.ChecksumPending {
		flags |= flagPending
	}
	return flags
}

// frames takes a recording in.
func (p *pack) frames(rec *recording.Recording, s *Scenario) {
	names := make([]string, 0, len(rec.Points))
	for _, pt := range rec.Points {
		p.Points = append(p.Points, packPoint{Node: pt.Node, Iface: pt.Interface, Kind: pt.Kind, MAC: frame.MAC(pt.MAC).String()})
		names = append(names, pt.Name())
	}
	var base int64
	if len(rec.Observations) > 0 {
		base = rec.Observations[0].At
	}
	p.Base = strconv.FormatInt(base, 10)
	p.steps(rec, base)

	n := len(rec.Observations)
	p.Hop, p.At, p.Frame, p.Flags = make([]int, 0, n), make([]int, 0, n), make([]int, 0, n), make([]int, 0, n)
	p.sights = make([]sight, 0, n)
	known := newDictionary(p)
	last := base
	p.From = parents(rec, s)
	for i := range rec.Observations {
		o := &rec.Observations[i]
		hop := 2 * o.Point
		if o.Dir == frame.Out {
			hop++
		}
		n := known.frame(o)
		p.Hop = append(p.Hop, hop)
		p.At = append(p.At, int(o.At-last))
		p.Frame = append(p.Frame, n)
		p.Flags = append(p.Flags, flagsOf(o))
		last = o.At
		where := "?"
		if o.Point < len(names) {
			where = names[o.Point] + " " + o.Dir.String()
		}
		p.sights = append(p.sights, sight{Number: i + 1, Where: where, frame: n})
	}
}

// parents tells of each sighting how many ago the same frame was where it came
// from, as assert's journeys have it; 0 where it appeared out of nothing.
func parents(rec *recording.Recording, s *Scenario) []int {
	from := make([]int, len(rec.Observations))
	graph := make(recording.Graph, 0, len(s.Adjacency))
	for _, e := range s.Adjacency {
		graph = append(graph, recording.Edge{From: hop(e.From), To: hop(e.To), Routed: e.Routed, Others: e.Others})
	}
	for _, step := range rec.Steps {
		var moving []int
		for i := max(step.First, 0); i < min(step.First+step.Count, len(from)); i++ {
			if o := &rec.Observations[i]; o.Mark != frame.Fence && !recording.Chatter(o) {
				moving = append(moving, i)
			}
		}
		for _, j := range recording.Journeys(graph, rec, moving) {
			for _, stop := range j.Stops {
				if stop.Parent >= 0 {
					from[stop.Observation] = stop.Observation - j.Stops[stop.Parent].Observation
				}
			}
		}
	}
	return from
}

// hop reads "c1:eth0 out"; what ends otherwise is a hub.
func hop(s string) recording.Hop {
	at := strings.LastIndexByte(s, ' ')
	for _, d := range []frame.Direction{frame.In, frame.Out} {
		if at >= 0 && s[at+1:] == d.String() {
			return recording.Hop{Point: s[:at], Dir: d}
		}
	}
	return recording.Hop{Point: s}
}

// dictionary keeps each different frame and word once.
type dictionary struct {
	p      *pack
	seen   map[string]int // by bytes, length on the wire and pending checksum
	words  map[string]int
	shapes map[string]int
	bare   map[[2]int]int // shapes of frames without any protocol, by lengths
	key    []byte
}

func newDictionary(p *pack) *dictionary {
	return &dictionary{p: p, seen: map[string]int{}, words: map[string]int{}, shapes: map[string]int{}, bare: map[[2]int]int{}}
}

// frame returns the index of an observation's frame.
func (k *dictionary) frame(o *recording.Observation) int {
	f := o.Frame
	k.key = binary.AppendUvarint(append(k.key[:0], f.Bytes()...), uint64(f.Len())<<1)
	if o.ChecksumPending {
		k.key[len(k.key)-1] |= 1
	}
	if n, ok := k.seen[string(k.key)]; ok {
		return n
	}
	n := len(k.p.Bytes)
	k.seen[string(k.key)] = n
	k.p.Bytes = append(k.p.Bytes, hex.EncodeToString(f.Bytes()))
	if f.CapLen() < f.Len() {
		k.p.Wire[n] = f.Len()
	}
	tags, text := "", "fence"
	if o.Mark != frame.Fence || len(f.Decode().Tags) > 0 {
		tags, text = f.Describe()
	}
	k.p.Tags = append(k.p.Tags, k.word(tags))
	k.p.Summary = append(k.p.Summary, k.word(text))
	k.p.Shape = append(k.p.Shape, k.shape(&frame.View{Frame: f, ChecksumPending: o.ChecksumPending}))
	return n
}

// line is a frame in a line: its tags and what it says.
func (p *pack) line(n int) string {
	tags, text := p.Words[p.Tags[n]], p.Words[p.Summary[n]]
	if tags == "" {
		return text
	}
	return tags + " · " + text
}

func (k *dictionary) word(s string) int {
	n, ok := k.words[s]
	if !ok {
		n = len(k.p.Words)
		k.words[s] = n
		k.p.Words = append(k.p.Words, s)
	}
	return n
}

// shape returns the index of a frame's shape. Frames that are nothing but data
// behind their addresses, as fences are, have one for each length.
func (k *dictionary) shape(v *frame.View) int {
	d, lengths := v.Frame.Decode(), [2]int{v.Frame.CapLen(), v.Frame.Len()}
	bare := len(d.Layers) == 2 && d.Layers[1].Proto == frame.ProtoData && d.EtherType != 0
	if n, ok := k.bare[lengths]; ok && bare {
		return n
	}
	n := k.anyShape(v)
	if bare {
		k.bare[lengths] = n
	}
	return n
}

func (k *dictionary) anyShape(v *frame.View) int {
	s := shapeOf(v)
	key := s.key()
	n, ok := k.shapes[key]
	if !ok {
		n = len(k.p.shapes)
		k.shapes[key] = n
		k.p.shapes = append(k.p.shapes, s)
	}
	return n
}

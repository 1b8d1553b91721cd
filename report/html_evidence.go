package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync"

	"netverify/recording"
	"netverify/report/draw"
)

// block is data for the page's program: JSON, packed, as text.
type block struct{ id, data string }

// evidence reads the recordings and packs a block for each result. Results are
// packed beside each other; what they have in common is brought into one order
// afterwards, so that the same report gives the same bytes.
func (d *document) evidence(recordings Recordings) error {
	var all []*instance
	for _, s := range d.Sections {
		for _, c := range s.Cells {
			all = append(all, c.Instances...)
		}
	}
	packs := make([]*pack, len(all))
	var work sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				packs[i] = all[i].read(recordings)
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	work.Wait()

	shapes := newShapes()
	for i, p := range packs {
		shapes.number(p)
		in := all[i]
		in.pack = p
		in.Block = fmt.Sprintf("d%d", i)
	}
	data := make([]string, len(packs))
	errs := make([]error, len(packs))
	next = make(chan int)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				data[i], errs[i] = pressed(packs[i])
			}
		})
	}
	for i := range packs {
		next <- i
	}
	close(next)
	work.Wait()
	for i := range packs {
		if errs[i] != nil {
			return errs[i]
		}
		d.blocks = append(d.blocks, block{all[i].Block, data[i]})
	}
	common, err := pressed(shapes)
	d.blocks = append(d.blocks, block{"shapes", common})
	return err
}

// pressed is v as JSON, by gzip without a time, in base64.
func pressed(v any) (string, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.DefaultCompression)
	if err != nil {
		return "", err
	}
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// pack is what the page's program is told of one result. Names are short: there
// are hundreds of results and hundreds of thousands of frames.
type pack struct {
	Trouble string      `json:"trouble,omitempty"` // why there are no frames, or not all
	File    string      `json:"file"`              // of the evidence, as a word of sh(1); "" where none was kept
	Facts   [][2]string `json:"facts"`
	Drawn   [2]string   `json:"drawn"`  // the topology as SVG: before the first step, after the last
	Decided [][]int     `json:"checks"` // of each check the numbers of the frames that decided
	Points  []packPoint `json:"points"`
	Steps   []packStep  `json:"steps"`
	Base    string      `json:"base"` // ns since the epoch that At counts from

	// One entry for each different frame.
	Bytes   []string    `json:"bytes"` // hexadecimal
	Wire    map[int]int `json:"wire"`  // length on the wire of those that were cut
	Summary []int       `json:"summary"`
	Tags    []int       `json:"tags"`
	Shape   []int       `json:"shape"`
	Words   []string    `json:"words"` // what Summary and Tags are indexes into

	// One entry for each sighting.
	Hop   []int `json:"hop"`   // twice the point, one more where it was sent
	At    []int `json:"at"`    // ns after the one before
	Frame []int `json:"frame"` // index into Bytes
	Flags []int `json:"flags"` // see flagsOf
	From  []int `json:"from"`  // how many sightings ago the frame was where it came from; 0: it appeared

	sights []sight
	shapes []shape // local: Shape is made from them by shapes.number
}

type packPoint struct {
	Node  string `json:"node"`
	Iface string `json:"iface"`
	Kind  string `json:"kind"`
	MAC   string `json:"mac"`
}

type packStep struct {
	Name   string `json:"name"`
	First  int    `json:"first"` // index of its first sighting
	Count  int    `json:"count"`
	Begin  int64  `json:"begin"` // ns after Base
	Took   int64  `json:"took"`  // ns
	Proven int64  `json:"proven"`
	Waves  int    `json:"waves"`
	Still  bool   `json:"still"`
}

// read makes the pack of a result.
func (in *instance) read(recordings Recordings) *pack {
	s := in.Scenario
	p := &pack{
		Facts: [][2]string{}, Decided: [][]int{}, Points: []packPoint{}, Steps: []packStep{},
		Bytes: []string{}, Words: []string{}, Wire: map[int]int{},
	}
	for _, f := range s.Facts {
		p.Facts = append(p.Facts, [2]string{f.Key, f.Value})
	}
	p.drawings(in)
	for _, c := range s.Checks {
		numbers := []int{}
		for _, f := range c.Evidence {
			numbers = append(numbers, f.Frame)
		}
		p.Decided = append(p.Decided, numbers)
	}
	file := capture(s.Evidence)
	switch {
	case file == "":
		p.Trouble = "no evidence was kept"
		return p
	case recordings == nil:
		p.Trouble = "this report was made without the evidence"
	default:
		rec, err := recordings(in.Column.Run, file)
		if err != nil {
			p.Trouble = err.Error()
		}
		if rec != nil {
			p.frames(rec, s)
		}
	}
	p.File = quote(path.Join(in.Column.Run.Evidence, file))
	return p
}

// drawings are the topology before the first step and, where steps changed it,
// after the last.
func (p *pack) drawings(in *instance) {
	before := in.Scenario.Topology
	if len(before.Nodes) == 0 {
		return
	}
	svg := func(t Topology, opt draw.Options) string {
		var b strings.Builder
		_ = draw.SVG(&b, t, opt) // a strings.Builder takes all
		return b.String()
	}
	p.Drawn[0] = svg(before, draw.Options{ID: "before", Title: in.Scenario.Name})
	if len(before.Changed) > 0 {
		p.Drawn[1] = svg(before.After(), draw.Options{ID: "after", Title: in.Scenario.Name + " after the last step", Before: &before})
	}
}

func (p *pack) steps(rec *recording.Recording, base int64) {
	for _, s := range rec.Steps {
		p.Steps = append(p.Steps, packStep{
			Name: s.Name, First: s.First, Count: s.Count, Begin: s.Begin - base, Took: s.End - s.Begin,
			Proven: s.Proven, Waves: s.Waves, Still: s.Still,
		})
	}
}

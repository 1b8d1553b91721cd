package foreign

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"netverify/recording"
	"netverify/scenarios"
)

// Mapping says which capture the frames of a place are in.
type Mapping struct {
	Point     string // "sw:p1"
	File      string
	Interface string // in the file; "" where it has only one
}

// ParseMapping reads "sw:p1=eth1.pcap" or "c1:eth0=dump.pcapng#eth0".
func ParseMapping(text string) (Mapping, error) {
	point, file, ok := strings.Cut(text, "=")
	if _, both := recording.ParseRef(point); !ok || !both || file == "" {
		return Mapping{}, fmt.Errorf("%q is not NODE:INTERFACE=FILE or NODE:INTERFACE=FILE#INTERFACE, as in sw:p1=eth1.pcap", text)
	}
	m := Mapping{Point: point, File: file}
	if i := strings.LastIndex(file, "#"); i > 0 {
		m.File, m.Interface = file[:i], file[i+1:]
	}
	return m, nil
}

// placed is a stream at its place.
type placed struct {
	*stream
	point string
}

// place finds the stream of every place: those that the user names, and of the
// files that he gives no place those whose own names say it.
func place(p *scenarios.Plan, mappings []Mapping, files []File) ([]placed, error) {
	a := atlas{points: points(p), of: map[string][]*stream{}, known: map[string]bool{}, taken: map[string]*stream{}, said: map[*stream]string{}}
	for _, point := range a.points {
		a.known[point] = true
	}
	asked := map[string]bool{}
	for _, f := range files {
		a.of[f.Name] = streams(f)
	}
	var wrong []error
	for _, m := range mappings {
		asked[m.File] = true
		s, err := choose(m.File, a.of[m.File], m.Interface)
		if err == nil {
			err = a.put(m.Point, s)
		}
		wrong = append(wrong, err)
	}
	for _, f := range files {
		if !asked[f.Name] {
			wrong = append(wrong, a.guess(p, f.Name))
		}
	}
	return a.list, errors.Join(wrong...)
}

// atlas is what is known of places so far.
type atlas struct {
	points []string // of the plan
	known  map[string]bool
	of     map[string][]*stream
	list   []placed
	taken  map[string]*stream // by place
	said   map[*stream]string // places
}

// points are all places that there are at any time of a plan.
func points(p *scenarios.Plan) (names []string) {
	known := map[string]bool{}
	for step := -1; step < len(p.Steps); step++ {
		for _, i := range p.At(step) {
			if name := i.String(); !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

func (a *atlas) put(point string, s *stream) error {
	if !a.known[point] {
		return fmt.Errorf("%s is no place of the scenario; it has %s", point, a.places())
	}
	if old := a.taken[point]; old != nil {
		return fmt.Errorf("%s is in %s and in %s: one capture a place (mergecap(1) makes one of several)", point, old.name(), s.name())
	}
	if old := a.said[s]; old != "" {
		return fmt.Errorf("%s is said to be of %s and of %s: one place a capture", s.name(), old, point)
	}
	a.taken[point], a.said[s] = s, point
	a.list = append(a.list, placed{s, point})
	return nil
}

func (a *atlas) places() string {
	var out []string
	for _, p := range a.points {
		if !strings.HasSuffix(p, ":lo") {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// guess finds the places of a file by its name and those of its interfaces.
func (a *atlas) guess(p *scenarios.Plan, file string) error {
	base := plainName(file)
	var wrong []error
	found := false
	for _, s := range a.of[file] {
		if point := a.placeOf(base, s, len(a.of[file]) == 1); point != "" {
			found = true
			if err := a.put(point, s); err != nil {
				wrong = append(wrong, err)
			}
		}
		if len(wrong) == mostWrong {
			break
		}
	}
	if !found {
		what := "its name is not"
		if list := labels(a.of[file]); list != "" {
			what = "neither its name nor one of its interfaces (" + list + ") is"
		}
		wrong = append(wrong, fmt.Errorf("%s: %s that of a place of %s (%s): say what it is, as in --point %s=%s", file, what, p.Name, a.places(), a.example(), file))
	}
	return errors.Join(wrong...)
}

// placeOf is the place whose name a stream has, or its file where it is the only
// one in it; "" where there is none.
func (a *atlas) placeOf(base string, s *stream, only bool) string {
	node, iface, two := strings.Cut(base, "_")
	switch inFile := base + ":" + s.label; {
	case a.known[s.label]:
		return s.label
	case a.known[inFile]:
		return inFile
	case only && a.known[base]:
		return base
	}
	for two && only { // c1_eth0, and node or interface may have a _ of their own
		if name := (recording.Ref{Node: node, Iface: iface}).String(); a.known[name] {
			return name
		}
		var next string
		next, iface, two = strings.Cut(iface, "_")
		node += "_" + next
	}
	return ""
}

// mostWrong bounds what is told of one file.
const mostWrong = 8

// example is a place to show by.
func (a *atlas) example() string {
	for _, p := range a.points {
		if !strings.HasSuffix(p, ":lo") && !strings.HasSuffix(p, ":br0") {
			return p
		}
	}
	return "node:interface"
}

// plainName is a file's name without its folder and the usual endings.
func plainName(file string) string {
	name := path.Base(filepath.ToSlash(file))
	for _, end := range []string{".gz", ".pcapng", ".pcap", ".cap"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

package report

import (
	"cmp"
	"encoding/json"
	"slices"

	"netverify/frame"
)

// shape is how a frame is decoded: its layers, and where in them each field
// stands. Frames of one shape differ in their bytes only, and the page's program
// reads the values from these; a value that the bytes alone do not tell is in
// the shape.
type shape []shapeLayer

type shapeLayer struct {
	Title     string       `json:"title"`
	Protocol  string       `json:"protocol"`
	Off       int          `json:"off"`
	End       int          `json:"end"`
	Quoted    int          `json:"quoted,omitempty"`
	Malformed string       `json:"malformed,omitempty"`
	Fields    []shapeField `json:"fields"`
}

// shapeField is an occurrence of a field.
type shapeField struct {
	Field int    `json:"f"` // index into the table's fields
	Off   uint32 `json:"o"`
	Len   uint32 `json:"n"`
	Mask  uint32 `json:"m,omitempty"`
	Text  string `json:"t,omitempty"` // the value, where the bytes alone do not tell it

	name string
}

func shapeOf(v *frame.View) shape {
	var s shape
	b := v.Frame.Bytes()
	for _, p := range v.Parts() {
		l := shapeLayer{
			Title: p.Proto.Title(), Protocol: p.Proto.String(), Off: min(p.Off, len(b)), End: min(p.End, len(b)),
			Quoted: p.Quoted, Malformed: p.Malformed, Fields: []shapeField{},
		}
		for _, o := range p.Fields {
			f := shapeField{Off: o.Off, Len: o.Len, Mask: o.Mask, name: o.Name}
			if !unadorned(o, b) {
				f.Text = o.Text(o.Value)
			}
			l.Fields = append(l.Fields, f)
		}
		slices.SortStableFunc(l.Fields, byPlace)
		s = append(s, l)
	}
	return s
}

// byPlace puts the fields of a layer into the order of its bytes, what is a part
// of another behind that, and what stands nowhere last.
func byPlace(a, b shapeField) int {
	nowhere := func(f shapeField) int { return min(1, int(f.Len)) }
	return cmp.Or(
		-cmp.Compare(nowhere(a), nowhere(b)), cmp.Compare(a.Off, b.Off), -cmp.Compare(a.Len, b.Len),
		cmp.Compare(min(a.Mask, 1), min(b.Mask, 1)))
}

// unadorned tells whether the value is nothing but the bits where it stands.
func unadorned(o frame.Occurrence, b []byte) bool {
	if o.Len == 0 || o.Type == frame.TypeInt || o.Type == frame.TypeString || o.Type == frame.TypeTime {
		return false
	}
	if o.Bytes != nil || o.Len > 8 {
		return true
	}
	var v uint64
	for _, x := range b[o.Off : o.Off+o.Len] {
		v = v<<8 | uint64(x)
	}
	if mask := uint64(o.Mask); mask != 0 {
		v &= mask
		for ; mask&1 == 0; mask >>= 1 {
			v >>= 1
		}
	}
	if o.Type == frame.TypeBool {
		v = min(v, 1)
	}
	return v == o.Num
}

// key is the same for the same shapes.
func (s shape) key() string {
	b := make([]byte, 0, 512)
	num := func(n int) { b = append(b, byte(n>>16), byte(n>>8), byte(n)) }
	for _, l := range s {
		b = append(append(b, l.Protocol...), 0)
		num(l.Off)
		num(l.End)
		num(l.Quoted)
		b = append(append(b, l.Malformed...), 0)
		for _, f := range l.Fields {
			b = append(append(b, f.name...), 1)
			num(int(f.Off))
			num(int(f.Len))
			b = append(append(b, f.Text...), 2)
		}
	}
	return string(b)
}

// shapes are those of all results, each once.
type shapes struct {
	Fields []shapeFieldInfo  `json:"fields"`
	Shapes []json.RawMessage `json:"shapes"`

	fields map[string]int
	known  map[string]int
}

// shapeFieldInfo is what the program must know of a field to write its values.
type shapeFieldInfo struct {
	Name  string            `json:"name"`
	Doc   string            `json:"doc"`
	Type  string            `json:"type"` // as frame.Type says it
	Bits  int               `json:"bits,omitempty"`
	Hex   bool              `json:"hex,omitempty"`
	Unit  string            `json:"unit,omitempty"`
	Names map[uint64]string `json:"names,omitempty"`
}

func newShapes() *shapes {
	return &shapes{Fields: []shapeFieldInfo{}, Shapes: []json.RawMessage{}, fields: map[string]int{}, known: map[string]int{}}
}

// number turns the pack's own numbers of shapes into those of the table.
func (t *shapes) number(p *pack) {
	to := make([]int, len(p.shapes))
	for i, s := range p.shapes {
		key := s.key()
		n, ok := t.known[key]
		if !ok {
			n = len(t.Shapes)
			t.known[key] = n
			t.Shapes = append(t.Shapes, t.encode(s))
		}
		to[i] = n
	}
	for i, local := range p.Shape {
		p.Shape[i] = to[local]
	}
	p.shapes = nil
}

func (t *shapes) encode(s shape) json.RawMessage {
	for i := range s {
		for k := range s[i].Fields {
			s[i].Fields[k].Field = t.field(s[i].Fields[k].name)
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // numbers and texts only
	}
	return b
}

func (t *shapes) field(name string) int {
	n, ok := t.fields[name]
	if ok {
		return n
	}
	n = len(t.Fields)
	t.fields[name] = n
	f, _ := frame.Lookup(name)
	info := shapeFieldInfo{Name: name, Doc: f.Doc, Type: f.Type.String(), Bits: f.Bits, Hex: f.Hex, Unit: f.Unit}
	for _, v := range f.Names {
		if info.Names == nil {
			info.Names = map[uint64]string{}
		}
		info.Names[v.Value] = v.Name
	}
	t.Fields = append(t.Fields, info)
	return n
}

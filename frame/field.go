package frame

import "sync"

// Field is one row of the field table: what filters, craft and reports call a
// part of a frame. The names are Wireshark's.
type Field struct {
	Name     string
	Type     Type
	Bits     int    // width of unsigned and signed values; 0 for other types
	Max      uint64 // greatest value of an unsigned field
	Unit     string // "bytes", "seconds", "" for plain numbers and codes; "MAC" for byte strings that hold one
	Doc      string
	Source   string // the standard and section that defines it
	Protocol Protocol
	Also     Protocol    // another one in whose layers it occurs; 0: none
	Names    []ValueName // what filters may write instead of a number, in quotes or bare
	Hex      bool        // people read its numbers in hexadecimal
	Again    bool        // it says what other fields of its layer say: filters ask it, a decode leaves it out

	append func(dst []Value, f *Field, v *View) []Value
	get    getter // for fields of one layer; append calls it for each layer of Protocol
}

// ValueName names one value of a field.
type ValueName struct {
	Value uint64
	Name  string
}

// getter appends the values that one layer has for a field.
type getter func(dst []Value, d *Decoded, l *Layer) []Value

// AppendValues appends all occurrences of f in the order of the frame. It
// looks nothing up and allocates only to grow dst.
func (f *Field) AppendValues(dst []Value, v *View) []Value {
	if f.append != nil {
		return f.append(dst, f, v)
	}
	d := v.Frame.Decode()
	for i := range d.Layers {
		if l := &d.Layers[i]; l.Proto == f.Protocol {
			dst = f.get(dst, d, l)
		}
	}
	return dst
}

// Fields returns the whole table, protocols first in each group, in a fixed
// order. The slice must not be changed.
func Fields() []Field { return table().fields }

// Lookup returns the field or protocol with exactly that name.
func Lookup(name string) (*Field, bool) {
	f, ok := table().byName[name]
	return f, ok
}

type fieldTable struct {
	fields []Field
	byName map[string]*Field
	shown  [numProtocols][]*Field
}

// shown are the fields that a decode shows, by protocol; under 0 those that
// ask more than the bytes of one layer.
func shown() *[numProtocols][]*Field { return &table().shown }

var table = sync.OnceValue(func() *fieldTable {
	t := &fieldTable{byName: make(map[string]*Field)}
	for _, group := range fieldGroups {
		t.fields = append(t.fields, group()...)
	}
	for i := range t.fields {
		f := &t.fields[i]
		t.byName[f.Name] = f
		if f.Again || f.Type == TypeNone || f.Protocol == ProtoFrame {
			continue
		}
		t.shown[f.Protocol] = append(t.shown[f.Protocol], f)
		if f.append != nil {
			t.shown[0] = append(t.shown[0], f)
		}
	}
	return t
})

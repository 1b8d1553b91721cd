package frame

// Part is one layer of a frame with what its fields say.
type Part struct {
	Layer
	Fields []Occurrence // in the order of the table
}

// Occurrence is a field together with one of its values.
type Occurrence struct {
	*Field
	Value
}

// Parts returns the layers of v in the order of the frame, each with the values
// of its own fields. Left out are the protocols themselves, the fields that only
// repeat others ([Field.Again]), and those of the capture ("frame.len").
func (v *View) Parts() []Part {
	d := v.Frame.Decode()
	parts := make([]Part, len(d.Layers))
	for i := range d.Layers {
		parts[i].Layer = d.Layers[i]
	}
	var buf []Value
	for _, f := range shown()[0] { // of the capture's knowledge, such as whether a checksum is pending
		buf = f.append(buf[:0], f, v)
		for _, x := range buf {
			if i := layerAt(d, f.Protocol, int(x.Off)); i >= 0 {
				parts[i].Fields = append(parts[i].Fields, Occurrence{f, x})
			}
		}
	}
	for i := range parts {
		asked := parts[i].Fields
		parts[i].Fields = nil
		for _, f := range shown()[parts[i].Proto] {
			if f.append != nil {
				for _, o := range asked {
					if o.Field == f {
						parts[i].Fields = append(parts[i].Fields, o)
					}
				}
				continue
			}
			buf = f.get(buf[:0], d, &d.Layers[i])
			for _, x := range buf {
				parts[i].Fields = append(parts[i].Fields, Occurrence{f, x})
			}
		}
	}
	return parts
}

// layerAt is the innermost layer of protocol p that the byte at off is in, -1
// if there is none.
func layerAt(d *Decoded, p Protocol, off int) int {
	for i := len(d.Layers) - 1; i >= 0; i-- {
		if l := &d.Layers[i]; l.Proto == p && l.Off <= off && off < l.End {
			return i
		}
	}
	return -1
}

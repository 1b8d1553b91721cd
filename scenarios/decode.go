package scenarios

import (
	"reflect"
	"strconv"
	"strings"

	"netverify/scenarios/internal/yamltree"
)

// decoder fills Go values from the tree and reports everything that does not
// fit. What fits is said once, by the types and their tags: the names by
// `yaml`, what a value may be by `jsonschema` (enum, minimum, maximum,
// minItems, oneof_required). The JSON Schema is generated from the same tags.
type decoder struct{ *problems }

// located are structs that know their place.
type located interface{ setNode(*yamltree.Node) }

// union is a value with more than one shape.
type union interface {
	decodeUnion(d *decoder, n *yamltree.Node, tag *fieldTag) bool
}

// container is a table.
type container interface {
	add(key text) any
}

func (t *table[T]) add(key text) any {
	t.Entries = append(t.Entries, entry[T]{Key: key})
	return &t.Entries[len(t.Entries)-1].Value
}

func (some[T]) orOne() {}

// into decodes n into what v points to. It reports errors and tells whether
// there were none.
func (d *decoder) into(n *yamltree.Node, v any, tag *fieldTag) bool {
	return d.value(n, reflect.ValueOf(v).Elem(), tag)
}

func (d *decoder) value(n *yamltree.Node, v reflect.Value, tag *fieldTag) bool {
	if v.Kind() == reflect.Pointer {
		target := reflect.New(v.Type().Elem())
		ok := d.value(n, target.Elem(), tag)
		v.Set(target)
		return ok
	}
	switch own := v.Addr().Interface().(type) {
	case scalar:
		return own.decodeScalar(d, n, tag)
	case union:
		return own.decodeUnion(d, n, tag)
	case container:
		own.(located).setNode(n)
		return d.table(n, own, tag)
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.structure(n, v, tag)
	case reflect.Slice:
		return d.slice(n, v, tag)
	}
	return d.plain(n, v, tag)
}

// plain decodes into the bare types that package craft uses.
func (d *decoder) plain(n *yamltree.Node, v reflect.Value, tag *fieldTag) bool {
	switch v.Kind() {
	case reflect.String:
		var t text
		ok := t.decodeScalar(d, n, tag)
		v.SetString(t.S)
		return ok
	case reflect.Bool:
		var f flag
		ok := f.decodeScalar(d, n, tag)
		v.SetBool(f.V)
		return ok
	case reflect.Int, reflect.Int64:
		i, ok := d.integer(n, tag)
		v.SetInt(i)
		return ok
	}
	panic("scenarios: the language has no type " + v.Type().String())
}

// singular is what messages call an item of a list.
var singular = map[string]string{
	"steps": "a step", "routes": "a route", "neighbours": "a neighbour", "frames": "a frame", "members": "a member",
	"addresses": "an address", "maddresses": "an item of maddresses", "sources": "a source", "verifies": "an item of verifies", "trunk": "an item of trunk",
	"stable": "an item of stable", "accept": "a rule of accept",
}

func (d *decoder) slice(n *yamltree.Node, v reflect.Value, tag *fieldTag) bool {
	items := n.Items
	if n.Kind != yamltree.List {
		if _, orOne := v.Interface().(interface{ orOne() }); !orOne || n.Null {
			d.at(n, "%s must be a list, not %s", tag.name, n.What())
			return false
		}
		items = []*yamltree.Node{n}
	}
	if len(items) == 0 && tag.nonEmpty {
		d.at(n, "%s is an empty list", tag.name)
		return false
	}
	ok := true
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	inner := *tag
	if word := singular[tag.name]; word != "" {
		inner.name = word
	}
	for i, item := range items {
		ok = d.value(item, v.Index(i), &inner) && ok
	}
	return ok
}

func (d *decoder) table(n *yamltree.Node, t container, tag *fieldTag) bool {
	if n.Kind != yamltree.Map {
		d.at(n, "%s must be a map, not %s", tag.name, n.What())
		return false
	}
	if len(n.Pairs) == 0 && tag.nonEmpty {
		d.at(n, "%s is empty", tag.name)
		return false
	}
	ok := true
	for _, p := range n.Pairs {
		inner := *tag
		inner.name, inner.nonEmpty = strconv.Quote(p.Key.Value), false
		ok = d.into(p.Value, t.add(text{loc{p.Key}, p.Key.Value}), &inner) && ok
	}
	return ok
}

func (d *decoder) structure(n *yamltree.Node, v reflect.Value, tag *fieldTag) bool {
	if own, ok := v.Addr().Interface().(located); ok {
		own.setNode(n)
	}
	if n.Kind != yamltree.Map {
		d.at(n, "%s must be a map, not %s", tag.name, n.What())
		return false
	}
	fields := fieldsOf(v.Type())
	ok := true
	for _, p := range n.Pairs {
		f := fields.named(p.Key.Value)
		if f == nil {
			d.at(p.Key, "%s has no key %q%s", tag.what(), p.Key.Value, oneOf(p.Key.Value, fields.names()))
			ok = false
			continue
		}
		ok = d.value(p.Value, v.FieldByIndex(f.index), f) && ok
	}
	var absent []string
	for _, f := range fields {
		if f.required && n.Get(f.name) == nil {
			absent = append(absent, strconv.Quote(f.name))
		}
	}
	if absent != nil {
		d.missing(n, "%s needs %s", tag.what(), strings.Join(absent, ", "))
		ok = false
	}
	return d.exactlyOne(n, fields, tag) && ok
}

// exactlyOne checks the fields marked oneof_required.
func (d *decoder) exactlyOne(n *yamltree.Node, fields fieldTags, tag *fieldTag) bool {
	var group []string
	var first *yamltree.Node
	ok := true
	for _, f := range fields {
		if !f.oneOf {
			continue
		}
		group = append(group, f.name)
		for _, p := range n.Pairs {
			switch {
			case p.Key.Value != f.name:
			case first != nil:
				d.at(p.Key, "%s has %q as well as %q; it takes one of %s", tag.what(), p.Key.Value, first.Value, strings.Join(fields.group(), ", "))
				ok = false
			default:
				first = p.Key
			}
		}
	}
	if group != nil && first == nil {
		d.missing(n, "%s needs one of %s", tag.what(), strings.Join(group, ", "))
		ok = false
	}
	return ok
}

func (d *decoder) isScalar(n *yamltree.Node, want string) bool {
	if n.Kind != yamltree.Scalar || n.Null {
		d.at(n, "%s, not %s", want, n.What())
		return false
	}
	return true
}

func (d *decoder) integer(n *yamltree.Node, tag *fieldTag) (int64, bool) {
	i, err := strconv.ParseInt(n.Value, 0, 64)
	if n.Kind != yamltree.Scalar || !n.Plain || err != nil {
		d.at(n, "%s must be a number, not %s", tag.name, n.What())
		return 0, false
	}
	switch {
	case tag.min != nil && tag.max != nil && (i < *tag.min || i > *tag.max):
		d.at(n, "%s is %d; it must be from %d to %d", tag.name, i, *tag.min, *tag.max)
		return 0, false
	case tag.min != nil && i < *tag.min:
		d.at(n, "%s is %d; it must be at least %d", tag.name, i, *tag.min)
		return 0, false
	}
	return i, true
}

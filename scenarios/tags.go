package scenarios

import (
	"reflect"
	"strconv"
	"strings"
	"sync"

	"netverify/scenarios/internal/yamltree"
)

// fieldTag is what the tags of a struct field say about the key.
type fieldTag struct {
	name     string
	index    []int
	required bool     // no omitempty
	enum     []string // nil: anything
	min, max *int64
	nonEmpty bool // minItems or minProperties
	oneOf    bool // exactly one of the fields marked so is written
}

type fieldTags []*fieldTag

var tagCache sync.Map // reflect.Type to fieldTags

// fieldsOf returns the keys of a struct in the order of its fields; those of
// inlined structs stand where the struct does.
func fieldsOf(t reflect.Type) fieldTags {
	if cached, ok := tagCache.Load(t); ok {
		return cached.(fieldTags)
	}
	var tags fieldTags
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, tagged := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for _, inner := range fieldsOf(f.Type) {
				tag := *inner
				tag.index = append([]int{i}, inner.index...)
				tags = append(tags, &tag)
			}
		case name != "":
			tag := &fieldTag{name: name, index: []int{i}, required: !tagged || options != "omitempty"}
			tag.constraints(f.Tag.Get("jsonschema"))
			tags = append(tags, tag)
		}
	}
	tagCache.Store(t, tags)
	return tags
}

func (t *fieldTag) constraints(tag string) {
	for _, c := range strings.Split(tag, ",") {
		key, value, _ := strings.Cut(c, "=")
		switch key {
		case "enum":
			t.enum = append(t.enum, value)
		case "minimum", "maximum":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				panic("scenarios: tag " + tag)
			}
			if key == "minimum" {
				t.min = &n
			} else {
				t.max = &n
			}
		case "minItems", "minProperties":
			t.nonEmpty = true
		case "oneof_required":
			t.oneOf = true
		}
	}
}

func (t fieldTags) named(name string) *fieldTag {
	for _, f := range t {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (t fieldTags) names() []string {
	names := make([]string, len(t))
	for i, f := range t {
		names[i] = f.name
	}
	return names
}

func (t fieldTags) group() (names []string) {
	for _, f := range t {
		if f.oneOf {
			names = append(names, f.name)
		}
	}
	return names
}

// what names the thing in messages.
func (t *fieldTag) what() string {
	if t.name == "" {
		return "a scenario"
	}
	return t.name
}

func (t *fieldTag) want(kind string) string { return t.what() + " must be " + kind }

// allows checks the words that a key takes.
func (t *fieldTag) allows(d *decoder, n *yamltree.Node) bool {
	if t.enum == nil {
		return true
	}
	for _, word := range t.enum {
		if n.Value == word {
			return true
		}
	}
	suggestion := didYouMean(n.Value, t.enum)
	if suggestion == "" {
		suggestion = "; it is one of " + strings.Join(t.enum, ", ")
	}
	d.at(n, "%s cannot be %q%s", t.what(), n.Value, suggestion)
	return false
}

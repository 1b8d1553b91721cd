package scenarios

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"netverify/internal/golden"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

// What the types of the language look like to a JSON Schema. The methods are
// in a test file so that the generator is not linked into the program.

func (text) JSONSchemaAlias() any        { return "" }
func (flag) JSONSchemaAlias() any        { return false }
func (number) JSONSchemaAlias() any      { return 0 }
func (duration) JSONSchemaAlias() any    { return durationText("") }
func (size) JSONSchemaAlias() any        { return sizeText{} }
func (span) JSONSchemaAlias() any        { return spanText{} }
func (table[T]) JSONSchemaAlias() any    { return map[string]T{} }
func (some[T]) JSONSchemaAlias() any     { return either[T, []T]{} }
func (createDoc) JSONSchemaAlias() any   { return map[string]interfaceDoc{} }
func (replyDoc) JSONSchemaAlias() any    { return either[noneText, replyWant]{} }
func (waypointDoc) JSONSchemaAlias() any { return either[string, waypointMap]{} }
func (hopDoc) JSONSchemaAlias() any      { return either[string, hopWant]{} }
func (setDoc) JSONSchemaAlias() any      { return setSchema{} }
func (matrixDoc) JSONSchemaAlias() any   { return either[map[string][]any, []map[string]any]{} }
func (eachDoc) JSONSchemaAlias() any     { return either[map[string]any, []map[string]any]{} }
func (stateDoc) JSONSchemaAlias() any    { return stateSchema{} }
func (durationText) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"50ms", "2s"}}
}
func (spanText) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "integer", Minimum: "0"}, {Type: "string", Pattern: "^[0-9]+(-[0-9]*)?$"}}}
}
func (sizeText) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "integer", Minimum: "1"}, {Type: "string", Pattern: "^[1-9][0-9]*[KMG]?$"}}}
}
func (noneText) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Const: "none"} }
func (stateSchema) JSONSchema() *jsonschema.Schema {
	scalar := func() *jsonschema.Schema {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}, {Type: "null"}}}
	}
	props := jsonschema.NewProperties()
	props.Set("is", scalar())
	props.Set("not", scalar())
	props.Set("within", durationText("").JSONSchema())
	s := scalar()
	s.AnyOf = append(s.AnyOf, &jsonschema.Schema{
		Type: "object", Properties: props, AdditionalProperties: jsonschema.FalseSchema,
		OneOf: []*jsonschema.Schema{{Required: []string{"is"}}, {Required: []string{"not"}}},
	})
	return s
}

type (
	durationText string
	spanText     struct{}
	sizeText     struct{}
	noneText     string
	stateSchema  struct{}
	// either becomes anyOf.
	either[A, B any] struct {
		A A `yaml:"a"`
		B B `yaml:"b"`
	}
	// setSchema becomes patternProperties.
	setSchema struct {
		Iface interfaceChange `yaml:"iface"`
		Node  nodeChange      `yaml:"node"`
	}
)

// generate makes the schema from scenarioDoc.
func generate(t *testing.T) []byte {
	r := &jsonschema.Reflector{FieldNameTag: "yaml", Anonymous: true}
	s := r.Reflect(&scenarioDoc{})
	s.Title = "netverify scenario"
	for name, def := range s.Definitions {
		switch {
		case strings.HasPrefix(name, "either["):
			a, _ := def.Properties.Get("a")
			b, _ := def.Properties.Get("b")
			*def = jsonschema.Schema{AnyOf: []*jsonschema.Schema{a, b}}
		case name == "setSchema":
			iface, _ := def.Properties.Get("iface")
			node, _ := def.Properties.Get("node")
			*def = jsonschema.Schema{Type: "object", MinProperties: one(),
				PatternProperties: map[string]*jsonschema.Schema{":": iface, "^[^:]*$": node}}
		}
	}
	// The reflector reads no such tag on maps.
	for name, property := range map[string]string{"topologyDoc": "hosts", "switchDoc": "ports"} {
		p, ok := s.Definitions[name].Properties.Get(property)
		if !ok || !fieldsOf(reflect.TypeOf(map[string]any{"topologyDoc": topologyDoc{}, "switchDoc": switchDoc{}}[name])).named(property).nonEmpty {
			t.Fatal(name, property)
		}
		p.MinProperties = one()
	}
	for _, def := range s.Definitions {
		variables(def)
	}
	s.Definitions["variable"] = &jsonschema.Schema{Type: "string", Pattern: `^\$\{[a-z][a-z0-9_]*\}$`, Description: "A variable of the matrix."}
	out, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(plainNames(out), '\n')
}

func one() *uint64 { n := uint64(1); return &n }

// plainNames replaces the names of generic types, which no URI fragment may hold.
func plainNames(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("netverify/scenarios."), nil)
	var out []byte
	for i := 0; i < len(b); i++ {
		out = append(out, b[i])
		const def = `"either[`
		for _, prefix := range []string{def, `"#/$defs/either[`} {
			if bytes.HasPrefix(b[i:], []byte(prefix)) {
				end := i + 1 + bytes.IndexByte(b[i+1:], '"')
				name := strings.NewReplacer("[", "_", "]", "", ",", "_or_", " ", "", "{", "", "}", "").Replace(string(b[i+1 : end]))
				out = append(out, name...)
				i = end - 1
			}
		}
	}
	return out
}

// variables lets ${variable} stand for everything that is not plain text, and
// in keys.
func variables(s *jsonschema.Schema) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		p.Value = orVariable(p.Value)
	}
	if s.Items != nil {
		s.Items = orVariable(s.Items)
	}
	if a := s.AdditionalProperties; a != nil && a != jsonschema.FalseSchema {
		s.AdditionalProperties = orVariable(a)
	}
	for keys, p := range s.PatternProperties {
		s.PatternProperties[keys] = orVariable(p)
	}
	for _, alt := range s.AnyOf {
		variables(alt)
	}
	if s.AdditionalProperties == jsonschema.FalseSchema && s.Properties.Len() > 0 {
		if s.PatternProperties == nil {
			s.PatternProperties = map[string]*jsonschema.Schema{}
		}
		s.PatternProperties[`\$\{[^}]+\}`] = &jsonschema.Schema{} // a key that holds a variable
	}
}

func orVariable(s *jsonschema.Schema) *jsonschema.Schema {
	variables(s)
	if s.Type == "string" && s.Enum == nil && s.Pattern == "" {
		// Text. The loader takes 10 for "10"; YAML calls it a number.
		return &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number", "boolean"}}, Description: s.Description}
	}
	inner := *s
	inner.Description = ""
	return &jsonschema.Schema{Description: s.Description, AnyOf: []*jsonschema.Schema{&inner, {Ref: "#/$defs/variable"}}}
}

func TestSchema(t *testing.T) {
	got := generate(t)
	if *golden.Update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, schema) {
		t.Error("schema.json is not what the types say: run go generate ./scenarios")
	}
}

var compileSchema = sync.OnceValues(func() (*validator.Schema, error) {
	s, err := validator.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		return nil, err
	}
	c := validator.NewCompiler()
	if err := c.AddResource("schema.json", s); err != nil {
		return nil, err
	}
	return c.Compile("schema.json")
})

// validate holds a YAML text against the schema.
func validate(t *testing.T, src []byte) error {
	t.Helper()
	compiled, err := compileSchema()
	if err != nil {
		t.Fatal(err)
	}
	j, err := yaml.YAMLToJSON(src)
	if err != nil {
		return err
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		return err
	}
	return compiled.Validate(doc)
}

func TestSchemaTakesTheLibrary(t *testing.T) {
	files, err := filepath.Glob("*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range append(files, docsFiles(t)...) {
		t.Run(f, func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(t, src); err != nil {
				t.Error(err)
			}
		})
	}
}

package report

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"netverify/assert"
	"netverify/internal/golden"
)

// generateSchema makes the schema from the types and their comments. Readers
// shall bear fields that they do not know; strict is for tests.
func generateSchema(t *testing.T, strict bool) []byte {
	t.Helper()
	r := &jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: !strict}
	for base, path := range map[string]string{"netverify/report": ".", "netverify/assert": "../assert"} {
		comments := &jsonschema.Reflector{}
		if err := comments.AddGoComments(base, path); err != nil {
			t.Fatal(err)
		}
		if r.CommentMap == nil {
			r.CommentMap = map[string]string{}
		}
		for key, text := range comments.CommentMap { // "netverify/assert/../assert.Topology" where the path is not "."
			at := strings.LastIndex(key, "/")
			dot := strings.Index(key[at+1:], ".")
			r.CommentMap[base+key[at+1+dot:]] = strings.Join(strings.Fields(text), " ")
		}
	}
	s := r.Reflect(&Report{})
	s.Title = Schema
	for _, def := range s.Definitions {
		if p, ok := def.Properties.Get("outcome"); ok {
			p.Enum = outcomes()
		}
	}
	p, _ := s.Definitions["Report"].Properties.Get("schema")
	p.Const = Schema
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func outcomes() (out []any) {
	for o := assert.Pass; o <= assert.Error; o++ {
		out = append(out, o.String())
	}
	return out
}

func TestSchemaIsOfTheTypes(t *testing.T) {
	got := generateSchema(t, false)
	if *golden.Update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return // what is embedded is the one before
	}
	if diff := cmp.Diff(string(got), string(JSONSchema())); diff != "" {
		t.Errorf("schema.json is not of these types; write it anew with go generate ./report:\n%s", diff)
	}
	var s struct {
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(got, &s); err != nil {
		t.Fatal(err)
	}
	for _, want := range [][2]string{{"Check", "journey"}, {"Kernel", "name"}, {"Run", "trouble"}} {
		if s.Defs[want[0]].Properties[want[1]].Description == "" {
			t.Errorf("%s.%s is not described", want[0], want[1])
		}
	}
}

func TestReportsAreValid(t *testing.T) {
	for _, strict := range []bool{true, false} {
		s := compiled(t, generateSchema(t, strict))
		for name, sample := range samples {
			if err := s.Validate(parsed(t, rendered(t, formatNamed(t, "json"), sample()))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		text := string(rendered(t, formatNamed(t, "json"), Of(everything())))
		for was, is := range map[string]string{
			`"outcome": "pass"`: `"outcome": "passed"`, `"schema": "netverify/report/v1"`: `"schema": "v2"`,
			`"step_index": 0`: `"step_index": "first"`, `"repeats": []`: `"repeats": null`, `"trouble": ""`: `"troubles": ""`,
		} {
			if err := s.Validate(parsed(t, []byte(strings.ReplaceAll(text, was, is)))); err == nil {
				t.Errorf("%s in place of %s is valid", is, was)
			}
		}
	}
}

func compiled(t *testing.T, text []byte) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	if err := c.AddResource("report.json", parsed(t, text)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	v, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

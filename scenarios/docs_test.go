package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"netverify/craft"
	"netverify/internal/golden"
	"netverify/scenarios/internal/yamltree"
)

const (
	docsFile = "../docs/scenarios.md"
	docsMark = "<!-- The rest is generated from the types: go generate ./scenarios -->\n"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// docsFiles writes the examples of the document to files.
func docsFiles(t *testing.T) (files []string) {
	t.Helper()
	doc, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, m := range yamlBlock.FindAllSubmatch(doc, -1) {
		f := filepath.Join(dir, fmt.Sprintf("example%d.yaml", i+1))
		if err := os.WriteFile(f, m[1], 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if len(files) < 5 {
		t.Fatalf("%d examples", len(files))
	}
	return files
}

func TestExamplesOfTheDocumentLoad(t *testing.T) {
	for _, f := range docsFiles(t) {
		if _, err := Find([]string{f}); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryKeyIsAtWorkInTheDocument follows the examples through the types
// and looks for keys that none uses. The fields of frames are craft's to document.
func TestEveryKeyIsAtWorkInTheDocument(t *testing.T) {
	used := map[string]bool{}
	for _, f := range docsFiles(t) {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		root, errs := yamltree.Parse(src)
		if errs != nil {
			t.Fatal(errs)
		}
		walkKeys(root, used)
	}
	for _, typ := range languageTypes() {
		for _, f := range fieldsOf(typ) {
			if !used[f.name] && typ.PkgPath() != reflect.TypeFor[craft.Spec]().PkgPath() {
				t.Errorf("no example uses %q of %s", f.name, title(typ))
			}
		}
	}
}

func walkKeys(n *yamltree.Node, used map[string]bool) {
	for _, p := range n.Pairs {
		used[p.Key.Value] = true
		walkKeys(p.Value, used)
	}
	for _, i := range n.Items {
		walkKeys(i, used)
	}
}

// languageTypes returns every struct of the language, in the order in which a
// reader meets them.
func languageTypes() (types []reflect.Type) {
	seen := map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		switch {
		case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice:
			visit(t.Elem())
			return
		case t.Kind() != reflect.Struct || seen[t]:
			return
		}
		seen[t] = true
		if len(fieldsOf(t)) > 0 {
			types = append(types, t)
		}
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "loc" && f.Name != "node" && f.Type != reflect.TypeFor[yamltree.Node]() {
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[scenarioDoc]())
	visit(reflect.TypeFor[waypointMap]())
	visit(reflect.TypeFor[stateMap]())
	visit(reflect.TypeFor[hopWant]())
	return types
}

// titles are those that are not the type's name without its ending.
var titles = map[string]string{
	"sightDoc": "seen, answer", "absenceDoc": "never", "receiversDoc": "receivers", "expectationsDoc": "expect", "replyWant": "reply", "waypointMap": "a place of path", "hopWant": "a hop",
	"stateMap":        "a value of state",
	"interfaceChange": "set, of an interface", "nodeChange": "set, of a node", "Spec": "frame", "MLDRecord": "records of icmpv6", "Prefix": "prefixes of icmpv6",
	"routeDoc": "routes", "neighbourDoc": "neighbours", "stepDoc": "steps", "macvlanDoc": "macvlan, macvtap",
	"chainDoc": "forward of firewall", "acceptDoc": "accept of firewall",
}

// title is what the document calls a type: the key that it stands under.
func title(t reflect.Type) string {
	name := t.Name()
	if special := titles[name]; special != "" {
		return special
	}
	for _, suffix := range []string{"Doc", "Options", "Attributes", "Map"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return strings.ToLower(name)
}

// reference renders the tables of all keys.
func reference() string {
	var b strings.Builder
	b.WriteString("\n## All keys\n\nA key in bold must be written.\n")
	inlined := map[reflect.Type]bool{}
	for _, t := range languageTypes() {
		for i := range t.NumField() {
			if strings.Contains(string(t.Field(i).Tag), ",inline") {
				inlined[t.Field(i).Type] = true
			}
		}
	}
	for _, t := range languageTypes() {
		if inlined[t] {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n| key | meaning |\n|---|---|\n", title(t))
		rows(&b, t)
	}
	return b.String()
}

func rows(b *strings.Builder, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			rows(b, f.Type)
		case name != "":
			key := "`" + name + "`"
			if options == "" {
				key = "**" + key + "**"
			}
			doc := f.Tag.Get("jsonschema_description")
			tag := fieldsOf(t).named(name)
			if len(tag.enum) > 0 {
				doc += " One of `" + strings.Join(tag.enum, "`, `") + "`."
			}
			if tag.min != nil && tag.max != nil {
				doc += fmt.Sprintf(" From %d to %d.", *tag.min, *tag.max)
			}
			fmt.Fprintf(b, "| %s | %s |\n", key, strings.ReplaceAll(doc, "|", "\\|"))
		}
	}
}

func TestReferenceOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	prose, written, ok := strings.Cut(string(doc), docsMark)
	if !ok {
		t.Fatal("the mark is gone")
	}
	if *golden.Update {
		if err := os.WriteFile(docsFile, []byte(prose+docsMark+reference()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written != reference() {
		t.Error("the reference is not what the types say: run go generate ./scenarios")
	}
}

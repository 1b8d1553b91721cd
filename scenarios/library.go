package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"netverify/internal/input"
	"netverify/scenarios/internal/yamltree"
)

// The library: one file a scenario, in a folder a topic. The name of a
// scenario is the path of its file without .yaml.
//
//go:embed */*.yaml
var library embed.FS

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the language, for editors.
func Schema() []byte { return slices.Clone(schema) }

// topics are the folders of the library, each loaded when it is first asked for:
// to load all of it takes longer than to run a scenario.
var topics = func() map[string]func() ([]*Plan, error) {
	m := map[string]func() ([]*Plan, error){}
	for _, e := range folders() {
		m[e] = sync.OnceValues(func() ([]*Plan, error) {
			sub, err := fs.Sub(library, e)
			if err != nil {
				return nil, err
			}
			return loadAll(sub, e)
		})
	}
	return m
}()

// folders returns the topics in order. The library is part of the program: it
// can always be read.
func folders() (names []string) {
	entries, _ := library.ReadDir(".")
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Library returns the built-in scenarios, by name. The plans are shared: do
// not change them.
func Library() ([]*Plan, error) {
	var all sync.WaitGroup
	for _, load := range topics {
		all.Go(func() { _, _ = load() }) // what it returns is asked for below
	}
	all.Wait()
	var plans []*Plan
	var wrong Errors
	for _, name := range folders() {
		list, err := topics[name]()
		var errs Errors
		if errors.As(err, &errs) {
			wrong = append(wrong, errs...)
		} else if err != nil {
			return nil, err
		}
		plans = append(plans, list...)
	}
	if wrong != nil {
		return nil, wrong
	}
	return plans, unique(plans)
}

// candidates are the built-in scenarios among which an argument may name some.
func candidates(arg string) ([]*Plan, error) {
	topic, _, slash := strings.Cut(arg, "/")
	switch {
	case isYAML(arg):
		return nil, nil
	case !slash || strings.ContainsAny(topic, "*?"):
		return Library()
	case topics[topic] == nil:
		return nil, nil
	}
	plans, err := topics[topic]()
	return slices.Clone(plans), err
}

// loadAll loads every YAML file of fsys. Messages name the files below dir. The
// errors of all files come together.
func loadAll(fsys fs.FS, dir string) (plans []*Plan, err error) {
	var wrong Errors
	err = fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !isYAML(path) {
			return err
		}
		list, err := load(fsys, path, filepath.Join(dir, path))
		var errs Errors
		if errors.As(err, &errs) {
			wrong = append(wrong, errs...)
			return nil
		}
		plans = append(plans, list...)
		return err
	})
	if err == nil && wrong != nil {
		err = wrong
	}
	if err != nil {
		return nil, err
	}
	return plans, unique(plans)
}

func isYAML(path string) bool {
	return strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")
}

// unique checks that no two scenarios have the same name: a report could not
// tell them apart, and one would overwrite the evidence of the other.
func unique(plans []*Plan) error {
	var wrong Errors
	first := map[string]*Plan{}
	for _, p := range plans {
		if f, twice := first[p.Name]; twice {
			wrong = append(wrong, &Error{File: p.File, Path: "name", Msg: fmt.Sprintf("the scenario %q is in %s already", p.Name, f.File)})
			continue
		}
		first[p.Name] = p
	}
	if wrong != nil {
		return wrong
	}
	return nil
}

// Source returns the text of the built-in file that a scenario comes from.
func Source(name string) ([]byte, error) {
	plans, err := Library()
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if p.Name == name || base(p.Name) == name {
			return library.ReadFile(p.File)
		}
	}
	return nil, unknown(name, plans)
}

// base returns the name without the suffix that a matrix gave it.
func base(name string) string {
	before, _, _ := strings.Cut(name, "[")
	return before
}

// Find returns the scenarios that arguments of a command line name, in that
// order, each once. An argument is the name of a built-in scenario (without
// its [variables]: all of its matrix), a pattern of such names in which *
// stands for any text and ? for any character, a file, or a folder, which
// means all YAML files below it. No argument means all built-in scenarios. It
// is an error if an argument names nothing, or two files hold scenarios of the
// same name.
func Find(args []string) ([]*Plan, error) {
	if len(args) == 0 {
		args = []string{"*"}
	}
	var found []*Plan
	var wrong Errors
	have := map[[2]string]bool{}
	for _, arg := range args {
		list, err := find(arg)
		var errs Errors
		switch {
		case errors.As(err, &errs):
			wrong = append(wrong, errs...)
		case err != nil:
			wrong = append(wrong, &Error{File: arg, Msg: err.Error()})
		}
		for _, p := range list {
			if key := [2]string{p.File, p.Name}; !have[key] {
				have[key] = true
				found = append(found, p)
			}
		}
	}
	if wrong != nil {
		return nil, wrong
	}
	return found, unique(found)
}

// BuiltIn are the built-in scenarios of a name, never a file. There is at most
// one, unless a matrix gives several by this name without its [variables].
func BuiltIn(name string) ([]*Plan, error) {
	built, err := candidates(name)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(built), func(p *Plan) bool { return p.Name != name && base(p.Name) != name }), nil
}

func find(arg string) ([]*Plan, error) {
	built, err := candidates(arg)
	if err != nil {
		return nil, err
	}
	var list []*Plan
	for _, p := range built {
		if p.Name == arg || base(p.Name) == arg || matches(arg, p.Name) {
			list = append(list, p)
		}
	}
	if list != nil {
		return list, nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		list, err = loadAll(os.DirFS(arg), arg)
		if err == nil && len(list) == 0 {
			err = Errors{{File: arg, Msg: "no scenario (*.yaml) below this folder"}}
		}
		return list, err
	case err == nil:
		return load(os.DirFS(filepath.Dir(arg)), filepath.Base(arg), arg)
	case isYAML(arg):
		return nil, err
	}
	if built, err = Library(); err != nil {
		return nil, err
	}
	return nil, unknown(arg, built)
}

func unknown(name string, built []*Plan) error {
	var names []string
	for _, p := range built {
		topic, _, _ := strings.Cut(p.Name, "/")
		names = append(names, base(p.Name), topic+"/*")
		if topic == name {
			return Errors{{File: name, Msg: fmt.Sprintf("no scenario; did you mean %q?", topic+"/*")}}
		}
	}
	return Errors{{File: name, Msg: "no such scenario, file or folder" + didYouMean(name, names)}}
}

// matches tells whether a name matches a pattern in which * stands for any
// text, slashes included, and ? for one character; brackets are themselves.
func matches(pattern, name string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return false
	}
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.TrimLeft(pattern[p:], "*") == ""
}

// SourceOf reads what a plan was made from. A file of the user's may bear the
// name of a built-in scenario, so the plan itself is looked for, not its name.
func SourceOf(p *Plan) ([]byte, error) {
	built, err := Library()
	if err != nil {
		return nil, err
	}
	if slices.Contains(built, p) {
		return Source(p.Name)
	}
	return input.ReadFile(p.File, yamltree.MaxBytes)
}

package kernels

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"netverify/internal/input"
	"netverify/internal/plain"
)

// Host is the spec of the kernel that this machine runs: no guest.
const Host = "host"

// Target is one column of a matrix: a kernel and the machine that it gets.
// Zero values stand for what GuestOptions has.
type Target struct {
	Spec    string `yaml:"kernel"`            // as Find takes it, or Host
	Name    string `yaml:"name,omitempty"`    // for reports; "": the spec
	Modules string `yaml:"modules,omitempty"` // as Options.Modules
	Memory  int    `yaml:"memory,omitempty"`  // MiB
	CPUs    int    `yaml:"cpus,omitempty"`
	Append  string `yaml:"append,omitempty"` // more for the kernel's command line
}

// Label is what reports call the target.
func (t Target) Label() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Spec
}

// Machine is the guest that opt describes, with what the target says of its own.
func (t Target) Machine(opt GuestOptions) GuestOptions {
	if t.Memory > 0 {
		opt.Memory = t.Memory
	}
	if t.CPUs > 0 {
		opt.CPUs = t.CPUs
	}
	opt.Append = strings.TrimSpace(opt.Append + " " + t.Append)
	return opt
}

// matrixFile is what LoadMatrix reads.
type matrixFile struct {
	Kernels []placedTarget `yaml:"kernels"`
}

// placedTarget knows where in the file it was written.
type placedTarget struct {
	Target
	at *token.Position
}

// UnmarshalYAML is called by the YAML library.
func (t *placedTarget) UnmarshalYAML(n ast.Node) error {
	t.at = n.GetToken().Position
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 { // the token of a map is the colon
		t.at = m.Values[0].Key.GetToken().Position
	}
	if err := text(n); err != nil {
		return err
	}
	return yaml.NodeToValue(n, &t.Target, yaml.Strict())
}

// text refuses numbers and words of YAML's where a text is meant: 6.10 is 6.1.
func text(n ast.Node) error {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return nil
	}
	for _, v := range m.Values {
		key := v.Key.String()
		if !slices.Contains([]string{"kernel", "name", "modules", "append"}, key) {
			continue
		}
		switch v.Value.(type) {
		case *ast.StringNode, *ast.LiteralNode, *ast.NullNode:
		default:
			return &misplaced{v.Value.GetToken().Position, fmt.Sprintf("%s: not a text, but %s: put it in quotes", key, strings.ToLower(v.Value.Type().String()))}
		}
	}
	return nil
}

// LoadMatrix reads a list of targets:
//
//	kernels:
//	  - kernel: host
//	  - kernel: debian:5.10
//	  - {kernel: ../linux, name: next, append: "debug", memory: 512, cpus: 2}
//
// A path that is relative to the file and leads somewhere is taken as such. A
// label stands for one target. Errors name the file, line and column.
func LoadMatrix(file string) ([]Target, error) {
	text, err := input.ReadFile(file, maxMatrix)
	if err != nil {
		return nil, err
	}
	m, err := parseMatrix(text)
	if err != nil {
		return nil, placed(file, err)
	}
	if len(m.Kernels) == 0 {
		return nil, fmt.Errorf("%s: no kernels: want a list `kernels:` of maps with the key `kernel`", file)
	}
	if n := len(m.Kernels); n > mostKernels {
		return nil, fmt.Errorf("%s: %d kernels: at most %d are run side by side", file, n, mostKernels)
	}
	var out []Target
	first := map[string]int{}
	for i, t := range m.Kernels {
		t.Spec, t.Name = strings.TrimSpace(t.Spec), strings.TrimSpace(t.Name) // which nobody sees
		err := t.check()
		if n, twice := first[t.Label()]; err == nil && twice {
			err = fmt.Errorf("kernel %d is called %s as well: give one of them a `name`", n, t.Label())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: kernel %d: %w", t.where(file), i+1, err)
		}
		first[t.Label()] = i + 1
		t.Spec, t.Modules = beside(file, t.Spec), beside(file, t.Modules)
		out = append(out, t.Target)
	}
	return out, nil
}

// maxMatrix is what a matrix file may have, in bytes: the YAML library takes
// time that grows with the square of some texts.
const maxMatrix = 64 << 10

// parseMatrix turns a panic of the YAML library into an error: there are texts
// that it cannot take.
func parseMatrix(text []byte) (m matrixFile, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML that can be read (%v)", r)
		}
	}()
	if err := simple(string(text)); err != nil {
		return m, err
	}
	err = yaml.UnmarshalWithOptions(text, &m, yaml.Strict())
	return m, err
}

// Bounds of a matrix. Each kernel is a column of every report.
const (
	mostKernels   = 256
	mostNesting   = 8 // the list, its maps, and room for a mistake that is told better later
	longestLabel  = 100
	longestText   = 4096
	largestMemory = 1 << 20 // MiB
	mostCPUs      = 1024
)

// misplaced is an error at a place in the file.
type misplaced struct {
	at   *token.Position
	what string
}

func (m *misplaced) Error() string { return m.what }

// simple refuses what no matrix needs, before the parser proper sees it: depth, for
// which that takes time that grows with its square, and what it would pass over.
func simple(text string) error {
	depth, document := 0, false
	for _, tk := range lexer.Tokenize(text) {
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType: // "- - - -" nests once every two columns
			if tk.Position.Column > 2*mostNesting {
				depth = mostNesting + 1
			}
		case token.DocumentHeaderType:
			if document {
				return &misplaced{tk.Position, "a second document: a matrix is one"}
			}
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType, token.DirectiveType:
			return &misplaced{tk.Position, "anchors (&name), aliases (*name), merge keys (<<), tags (!name) and directives (%name) are no part of a matrix; put text that begins so in quotes"}
		}
		if depth > mostNesting {
			return &misplaced{tk.Position, "lists and maps within each other too deeply: want a list `kernels:` of maps"}
		}
		document = document || tk.Type != token.CommentType
	}
	return nil
}

// where it is in the file; the library calls nothing for `null`.
func (t placedTarget) where(file string) string {
	if t.at == nil {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, t.at.Line, t.at.Column)
}

func (t Target) check() error {
	switch {
	case t.Spec == "":
		return errors.New("the key `kernel` is missing: host, an image, a build tree, a Debian package, debian:RELEASE or an entry of the cache")
	case t.Spec != Host && t.Label() == Host:
		return errors.New("name: host is what reports call this machine")
	case t.Memory < 0:
		return fmt.Errorf("memory: %d MiB: less than nothing", t.Memory)
	case t.CPUs < 0:
		return fmt.Errorf("cpus: %d: less than none", t.CPUs)
	case t.Memory > largestMemory:
		return fmt.Errorf("memory: %d MiB: more than %d", t.Memory, largestMemory)
	case t.CPUs > mostCPUs:
		return fmt.Errorf("cpus: %d: more than %d", t.CPUs, mostCPUs)
	case t.Spec == Host && (t.Modules != "" || t.Memory != 0 || t.CPUs != 0 || t.Append != ""):
		return errors.New("host is this machine as it is: only a `name` goes with it")
	}
	for _, f := range []struct {
		key, text string
		longest   int
	}{{"name", t.Name, longestLabel}, {"kernel", t.Spec, longestText}, {"modules", t.Modules, longestText}, {"append", t.Append, longestText}} {
		if n := utf8.RuneCountInString(f.text); n > f.longest {
			return fmt.Errorf("%s: %d characters, at most %d are taken", f.key, n, f.longest)
		}
		if !utf8.ValidString(f.text) || strings.ContainsRune(f.text, utf8.RuneError) || strings.ContainsFunc(f.text, plain.Hidden) {
			return fmt.Errorf("%s: %q has characters that cannot be seen, or that are none", f.key, f.text)
		}
	}
	return nil
}

// beside is the path that is meant by a spec in a file: relative to the file,
// where there is something of that name.
func beside(file, spec string) string {
	if spec == "" || spec == Host || filepath.IsAbs(spec) || strings.HasPrefix(spec, debianPrefix) {
		return spec
	}
	near := filepath.Join(filepath.Dir(file), spec)
	if _, err := os.Stat(near); err != nil {
		return spec
	}
	return near
}

// placed turns an error of the YAML library into file:line:column: text.
func placed(file string, err error) error {
	if m := (*misplaced)(nil); errors.As(err, &m) {
		return fmt.Errorf("%s:%d:%d: %s", file, m.at.Line, m.at.Column, m.what)
	}
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil || e.GetToken().Position == nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	p := e.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, e.GetMessage())
}

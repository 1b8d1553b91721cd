package kernels

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"netverify/internal/input"
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
	return yaml.NodeToValue(n, &t.Target, yaml.Strict())
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
	var out []Target
	first := map[string]int{}
	for i, t := range m.Kernels {
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
	err = yaml.UnmarshalWithOptions(text, &m, yaml.Strict())
	return m, err
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
	case t.Memory < 0:
		return fmt.Errorf("memory: %d MiB: less than nothing", t.Memory)
	case t.CPUs < 0:
		return fmt.Errorf("cpus: %d: less than none", t.CPUs)
	case t.Spec == Host && (t.Modules != "" || t.Memory != 0 || t.CPUs != 0 || t.Append != ""):
		return errors.New("host is this machine as it is: only a `name` goes with it")
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
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil || e.GetToken().Position == nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	p := e.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, e.GetMessage())
}

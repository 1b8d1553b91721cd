package kernels

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Module is one module to load.
type Module struct {
	Name string // as lsmod(8) prints it: '_' for '-'
	Path string // its file, perhaps compressed (.ko, .ko.xz, .ko.zst, .ko.gz)
}

// Read returns the module as finit_module(2) takes it: decompressed.
func (m Module) Read() ([]byte, error) {
	b, err := readModule(m.Path)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", m.Name, err)
	}
	return b, nil
}

// FileName is the name to give the decompressed module in a guest: "llc.ko".
func (m Module) FileName() string { return m.Name + ".ko" }

// Resolve lists what to load, in this order, so that the named modules are
// there: each after what it depends on and after its softdeps' "pre". Names may
// be written with '-' or '_'. Builtin modules need no loading and are left out.
//
// missing are the names that the kernel has neither as a file nor builtin, and
// those that depend on such a one, the cause before its victims; none of them is
// in the list. A softdep that is not there is no loss (modprobe.d(5)). The
// error is one of reading: a damaged module, a file that cannot be read.
func (k *Kernel) Resolve(names ...string) (load []Module, missing []string, err error) {
	set, err := k.moduleSet()
	if err != nil {
		return nil, nil, err
	}
	r := resolver{set: set, state: map[string]state{}}
	for _, name := range names {
		if _, err := r.visit(moduleName(name), nil); err != nil {
			return nil, nil, err
		}
	}
	return r.load, r.missing, nil
}

// moduleName is the one spelling of a module's name: from a file's path or with
// dashes, to what the kernel calls it.
func moduleName(s string) string {
	s = filepath.Base(s)
	if i := strings.Index(s, ".ko"); i >= 0 {
		s = s[:i]
	}
	return strings.ReplaceAll(s, "-", "_")
}

// isModuleName tells whether s can be a module's name after moduleName: letters,
// digits and '_'. Anything else in a .modinfo section is damage.
func isModuleName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

type state int

const (
	_ state = iota
	visiting
	present
	absent
)

// resolver walks dependencies depth first, so that what is appended has all it
// needs in front of it.
type resolver struct {
	set     *moduleSet
	state   map[string]state
	load    []Module
	missing []string
}

// visit appends name after what it needs. It reports whether name will be there.
func (r *resolver) visit(name string, above []string) (bool, error) {
	switch r.state[name] {
	case present:
		return true, nil
	case absent:
		return false, nil
	case visiting:
		return false, fmt.Errorf("modules depend on each other: %s", strings.Join(append(above, name), " needs "))
	}
	path, ok := r.set.files[name]
	if !ok && r.set.leftOut[name] {
		return false, fmt.Errorf("module %s: the kernel has it, but the cache keeps only what scenarios need", name)
	}
	if !ok {
		if r.set.builtin[name] {
			r.state[name] = present
			return true, nil
		}
		r.state[name] = absent
		r.missing = append(r.missing, name)
		return false, nil
	}
	r.state[name] = visiting
	deps, err := r.set.dependencies(name)
	if err != nil {
		return false, err
	}
	above = append(slices.Clone(above), name)
	for _, d := range deps.hard {
		ok, err := r.visit(d, above)
		if err != nil {
			return false, err
		}
		if !ok {
			r.state[name] = absent
			r.missing = append(r.missing, name)
			return false, nil
		}
	}
	if err := r.soft(deps.pre, above); err != nil {
		return false, err
	}
	r.state[name] = present
	r.load = append(r.load, Module{Name: name, Path: path})
	return true, r.soft(deps.post, above)
}

// soft visits what is wanted before or after a module but not needed by it. A
// circle of softdeps is none: modprobe, too, breaks it where it meets it.
func (r *resolver) soft(names, above []string) error {
	for _, name := range names {
		if _, ok := r.set.files[name]; !ok || r.state[name] == visiting {
			continue
		}
		at := len(r.missing)
		if _, err := r.visit(name, above); err != nil {
			return err
		}
		r.missing = r.missing[:at]
	}
	return nil
}

// moduleSet is what a folder of modules holds.
type moduleSet struct {
	files   map[string]string // name -> path of the file
	builtin map[string]bool
	leftOut map[string]bool         // in the package, but not kept in the cache
	depends map[string]dependencies // from depmod's files; nil: ask the modules
}

type dependencies struct{ hard, pre, post []string }

// dependencies of a module that is in files.
func (s *moduleSet) dependencies(name string) (dependencies, error) {
	if d, ok := s.depends[name]; ok {
		return d, nil
	}
	b, err := readModule(s.files[name])
	if err != nil {
		return dependencies{}, fmt.Errorf("module %s: %w", name, err)
	}
	info, err := modinfo(b)
	if err != nil {
		return dependencies{}, fmt.Errorf("module %s: %s: %w", name, s.files[name], err)
	}
	return info.dependencies(), nil
}

// moduleSet reads the folder of k's modules, and its configuration for what is
// builtin where no folder says so.
func (k *Kernel) moduleSet() (*moduleSet, error) {
	set := &moduleSet{files: map[string]string{}, builtin: map[string]bool{}, leftOut: map[string]bool{}}
	if k.Modules != "" {
		if _, err := os.Stat(k.Modules); err != nil {
			return nil, fmt.Errorf("modules of %s: %w", k.Release, err)
		}
		if err := set.readFolder(k.Modules); err != nil {
			return nil, fmt.Errorf("modules of %s: %w", k.Release, err)
		}
	}
	if k.Config != "" {
		if err := set.readConfig(k.Config); err != nil {
			return nil, fmt.Errorf("modules of %s: %w", k.Release, err)
		}
	}
	return set, nil
}

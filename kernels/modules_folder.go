package kernels

import (
	"bufio"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"netverify/internal/input"
)

// readFolder finds the modules below dir. A folder that depmod(8) has been over
// has modules.dep; a build tree has modules.order; an unpacked package has
// neither, and is walked.
func (s *moduleSet) readFolder(dir string) error {
	err := eachLine(filepath.Join(dir, "modules.builtin"), func(line string) {
		s.builtin[moduleName(strings.TrimSuffix(line, ".o"))] = true
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = eachLine(filepath.Join(dir, leftOutFile), func(line string) { s.leftOut[line] = true })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = s.readDep(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = s.readOrder(dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = s.walk(dir)
	}
	return err
}

// readDep reads depmod's modules.dep and modules.softdep (both: modules.dep(5)).
// Of what modules.dep lists, only what exists counts: a folder that was copied
// in part is no lie then.
func (s *moduleSet) readDep(dir string) error {
	s.depends = map[string]dependencies{}
	err := eachLine(filepath.Join(dir, "modules.dep"), func(line string) {
		file, rest, ok := strings.Cut(line, ":")
		if !ok {
			return
		}
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		if existing(file) == "" {
			return
		}
		var d dependencies
		for _, f := range strings.Fields(rest) {
			d.hard = append(d.hard, moduleName(f))
		}
		s.files[moduleName(file)] = file
		s.depends[moduleName(file)] = d
	})
	if err != nil {
		s.depends = nil
		return err
	}
	// softdep NAME pre: A B post: C
	err = eachLine(filepath.Join(dir, "modules.softdep"), func(line string) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "softdep" {
			return
		}
		if d, ok := s.depends[moduleName(words[1])]; ok {
			d.addSoft(words[2:])
			s.depends[moduleName(words[1])] = d
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readOrder reads modules.order of a build tree: one object a line, *.ko before
// Linux 6.3 and *.o since. In an installed folder the names have a "kernel/" in
// front and the files may be compressed: there it does not count.
func (s *moduleSet) readOrder(dir string) error {
	if existing(filepath.Join(dir, ".config")) == "" {
		return fs.ErrNotExist
	}
	return eachLine(filepath.Join(dir, "modules.order"), func(line string) {
		base := strings.TrimSuffix(strings.TrimSuffix(line, ".o"), ".ko")
		if file := existing(filepath.Join(dir, base+".ko")); file != "" {
			s.files[moduleName(file)] = file
		}
	})
}

// walk takes every module file below dir.
func (s *moduleSet) walk(dir string) error {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Type().IsRegular() && isModule(file) {
			s.files[moduleName(file)] = file
		}
		return nil
	})
}

// isModule tells by its name whether a file is a module that can be read.
func isModule(file string) bool {
	for _, ext := range []string{".ko", ".ko.xz", ".ko.zst", ".ko.gz"} {
		if strings.HasSuffix(file, ext) {
			return true
		}
	}
	return false
}

// readConfig takes as builtin what the configuration says "=y" of, among the
// modules that features need: the one source there is for an image without a
// folder of modules.
func (s *moduleSet) readConfig(file string) error {
	return eachLine(file, func(line string) {
		if option, ok := strings.CutSuffix(line, "=y"); ok {
			for _, m := range optionModules(option) {
				s.builtin[moduleName(m)] = true
			}
		}
	})
}

// eachLine calls f for each line of a file, without surrounding space.
func eachLine(file string, f func(line string)) error {
	h, err := input.OpenRegular(file)
	if err != nil {
		return err
	}
	defer h.Close()
	lines := bufio.NewScanner(h)
	lines.Buffer(nil, 1<<20) // a line of modules.dep can be long
	for lines.Scan() {
		f(strings.TrimSpace(lines.Text()))
	}
	return lines.Err()
}

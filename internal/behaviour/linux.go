package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"netverify/scenarios"
)

// lookUp looks for every place that scenarios name in a kernel's source tree.
// A function counts as found where its definition may begin: functions move
// from file to file over the releases, and a mere mention would hide that.
func lookUp(tree fs.FS, plans []*scenarios.Plan) error {
	var gone []error
	done := map[scenarios.Reference]bool{}
	for _, p := range plans {
		for _, s := range p.Sources {
			if s.File == "" || done[s] {
				continue
			}
			done[s] = true
			text, err := fs.ReadFile(tree, s.File)
			switch {
			case err != nil:
				gone = append(gone, fmt.Errorf("%s: %w", p.File, err))
			case s.Symbol != "" && !definition(s.Symbol).Match(text):
				gone = append(gone, fmt.Errorf("%s: %s does not define %s", p.File, s.File, s.Symbol))
			}
		}
	}
	return errors.Join(gone...)
}

// definition matches the beginning of a definition: of a function, at the
// start of a line or after its type, of a macro, or of a value of an enum.
func definition(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:#define\s+` + name + `\b|(?:[A-Za-z_][^;=\n]*\b)?` + name + `\s*\(|\t` + name + `\s*[,=])`)
}

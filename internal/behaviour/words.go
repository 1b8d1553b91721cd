package main

import (
	"regexp"
	"slices"
	"strings"

	"netverify/scenarios"
)

// variable is a variable of a matrix in a text.
var variable = regexp.MustCompile(`\$\{([a-z][a-z0-9_]*)\}`)

// escape keeps a text from being taken for Markdown: <em>, *, a leading list.
var escape = strings.NewReplacer("<", "&lt;", "*", "\\*", "`", "\\`", "[", "\\[", "]", "\\]").Replace

// sentence puts a text on one line, without a full stop.
func sentence(s string) string { return strings.TrimSuffix(strings.Join(strings.Fields(s), " "), ".") }

// quoted sets a value of several words apart from its neighbours in a list.
func quoted(s string) string {
	if strings.ContainsAny(s, " ,;") {
		return `"` + s + `"`
	}
	return s
}

// places lists sources, the functions of a file together.
func places(all []scenarios.Reference) string {
	var files []string
	symbols := map[string][]string{}
	for _, s := range all {
		key := s.File
		if s.Document != "" {
			key = s.Document
		}
		if !slices.Contains(files, key) {
			files = append(files, key)
		}
		if s.Symbol != "" {
			symbols[key] = append(symbols[key], "`"+s.Symbol+"`")
		}
	}
	for i, f := range files {
		if list := symbols[f]; list != nil {
			files[i] = f + ": " + strings.Join(list, ", ")
		}
	}
	return strings.Join(files, "; ")
}

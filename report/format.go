package report

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// Format is a form that a report can be written in.
type Format struct {
	Name       string
	Extensions []string // of files in this format; empty where none is usual
	About      string   // what it is for, in a few words
	Write      func(io.Writer, Report, Options) error
}

// formats are all there are, in the order in which users are told of them.
// What a renderer has to know of its surroundings comes with [Options].
var formats = []Format{
	{"text", []string{".txt", ".log"}, "for a reader at a terminal", Text},
	{"json", []string{".json"}, "everything (" + Schema + ")", func(w io.Writer, rep Report, _ Options) error { return JSON(w, rep) }},
	{"html", []string{".html", ".htm"}, "a page for people, with every frame of the evidence", HTML},
	{"ktap", []string{".ktap", ".tap"}, "the kernel's test results", KTAP},
	{"junit", []string{".xml"}, "test results for GitLab, Jenkins and others", JUnit},
	{"markdown", []string{".md", ".markdown"}, "a summary for a page of a CI, at most 1 MiB", Markdown},
	{"github", nil, "annotations of a step of GitHub Actions", GitHub},
}

// Formats are the forms that a report can be written in.
func Formats() []Format { return append([]Format{}, formats...) }

// FormatNamed is the format of that name. The error lists the names.
func FormatNamed(name string) (Format, error) {
	var names []string
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("%q is no format; there are %s", name, strings.Join(names, ", "))
}

// FormatOf is the format of a file, by its extension. The error lists those
// that are known.
func FormatOf(file string) (Format, error) {
	ext := strings.ToLower(path.Ext(file))
	var known []string
	for _, f := range formats {
		for _, e := range f.Extensions {
			if e == ext {
				return f, nil
			}
			known = append(known, e)
		}
	}
	says := "no extension"
	if ext != "" {
		says = "the extension " + ext
	}
	return Format{}, fmt.Errorf("%s has %s, which says no format; those that do are %s; or write FORMAT:FILE",
		file, says, strings.Join(known, " "))
}

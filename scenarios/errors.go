package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netverify/scenarios/internal/yamltree"
)

// maxErrors is how many errors of a file are told; a file with more has one cause.
const maxErrors = 100

// Error is one thing wrong with a scenario file.
type Error struct {
	File      string
	Line, Col int    // from 1; Col counts characters
	Path      string // "topology.hosts.c1.interfaces.eth0.mtu"; "" for the file as a whole
	Msg       string
}

// Error returns "file:line:col: message".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Errors are all things wrong with one or more files, by file and position.
type Errors []*Error

// Error returns one line for each error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors one by one.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

// problems collects what is wrong with a file while it is being read.
type problems struct {
	file string
	list Errors
	bad  map[*yamltree.Node]bool // nodes that have an error in or below them
}

func newProblems(file string) *problems {
	return &problems{file: file, bad: map[*yamltree.Node]bool{}}
}

// at reports an error in n.
func (p *problems) at(n *yamltree.Node, format string, args ...any) {
	if n == nil {
		p.add(yamltree.Pos{Line: 1, Col: 1}, nil, format, args...)
		return
	}
	p.add(n.Pos, n, format, args...)
}

// add reports an error at a place within n.
func (p *problems) add(pos yamltree.Pos, n *yamltree.Node, format string, args ...any) {
	path := ""
	if n != nil {
		path = n.Path()
	}
	p.list = append(p.list, &Error{File: p.file, Line: pos.Line, Col: pos.Col, Path: path, Msg: fmt.Sprintf(format, args...)})
	for ; n != nil; n = n.Parent {
		p.bad[n] = true
	}
}

// missing reports that n lacks something, unless something in n is wrong
// already: a misspelt key must not be told twice.
func (p *problems) missing(n *yamltree.Node, format string, args ...any) {
	if !p.bad[n] {
		p.at(n, format, args...)
	}
}

func (p *problems) tree(errs []yamltree.Error) {
	for _, e := range errs {
		p.add(e.Pos, e.Node, "%s", e.Msg)
	}
}

// sorted returns the errors in the order of the file, each once: the cells of
// a matrix repeat them.
func (p *problems) sorted() Errors {
	slices.SortStableFunc(p.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), strings.Compare(a.Msg, b.Msg))
	})
	list := slices.CompactFunc(p.list, func(a, b *Error) bool {
		return a.Line == b.Line && a.Col == b.Col && a.Msg == b.Msg
	})
	if n := len(list) - maxErrors; n > 0 {
		last := list[maxErrors]
		list = append(list[:maxErrors:maxErrors], &Error{File: p.file, Line: last.Line, Col: last.Col, Msg: fmt.Sprintf("and %d more errors from here on", n)})
	}
	return list
}

// err returns the errors as an error, or nil.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return p.sorted()
}

package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Reference is where the rule of a scenario is written down: a place in the
// kernel's source tree, or a document.
type Reference struct {
	File     string // below the kernel's source tree: "net/8021q/vlan_dev.c"; "" for a document
	Symbol   string // function, or what else is defined there; "" for a page below Documentation
	Document string // "RFC 4861, 7.2.2" or "ip-link(8)"; "" for a place in the kernel
}

// String returns the source as it is written in a scenario.
func (s Reference) String() string {
	switch {
	case s.Document != "":
		return s.Document
	case s.Symbol == "":
		return s.File
	}
	return s.File + ":" + s.Symbol
}

// kernelFolders are the folders of the kernel's source tree that are named.
var kernelFolders = []string{"Documentation", "arch", "drivers", "fs", "include", "kernel", "lib", "mm", "net", "security", "tools"}

// The three forms of a source.
var (
	kernelPlace = regexp.MustCompile(`^([A-Za-z_]+(?:/[A-Za-z0-9_.+-]+)+\.(?:c|h|S|rs|rst))(?::([A-Za-z_][A-Za-z0-9_]*))?$`)
	rfcSection  = regexp.MustCompile(`^RFC [1-9][0-9]{0,4}(?:, (?:[1-9][0-9]*|[A-Z])(?:\.[1-9][0-9]*)*)?$`)
	manualPage  = regexp.MustCompile(`^[a-z][a-z0-9_.-]*\([1-8]\)$`)

	looseRFC     = regexp.MustCompile(`(?i)^RFC[ -]?([1-9][0-9]{0,4})(?:(?:[ ,:#§]|section|sec\.?)+([0-9A-Z]+(?:\.[0-9]+)*))?\.?$`)
	loosePage    = regexp.MustCompile(`(?i)^(?:man )?([1-8] )?([a-z][a-z0-9_.-]*?)(?: ?\(([1-8])\)|\.([1-8]))?$`)
	loosePlace   = regexp.MustCompile(`^([^\s:]+\.[a-z]+)(?:[:# ,]+([A-Za-z_][A-Za-z0-9_]*))?(?:\(.*\))?$`)
	placeAndMore = regexp.MustCompile(`^[^\s:]+:[A-Za-z_][A-Za-z0-9_]*(?:, ?| )[A-Za-z_]`)
	lineOfPlace  = regexp.MustCompile(`:[0-9]+$`)
)

// ParseReference reads a source. The error says what is wrong with it and, where
// that can be guessed, what was meant.
func ParseReference(s string) (Reference, error) {
	switch m := kernelPlace.FindStringSubmatch(s); {
	case rfcSection.MatchString(s), manualPage.MatchString(s):
		return Reference{Document: s}, nil
	case m == nil:
		if meant := meantReference(s); meant != "" {
			return Reference{}, fmt.Errorf("not in the form of a source%s", meant)
		}
		return Reference{}, fmt.Errorf("a source is a place of the kernel (net/core/dev.c:__dev_queue_xmit), a section of an RFC (RFC 4861, 7.2.2) or a page of the manual (ip-link(8))")
	case slices.Contains(strings.Split(m[1], "/"), ".."):
		return Reference{}, fmt.Errorf("the file is named from the top of the kernel's source tree")
	default:
		return placeOf(m[1], m[2])
	}
}

// placeOf checks a place of the kernel.
func placeOf(file, symbol string) (Reference, error) {
	top, rest, _ := strings.Cut(file, "/")
	below, _, _ := strings.Cut(rest, "/")
	document := top == "Documentation"
	switch {
	case !slices.Contains(kernelFolders, top):
		if slices.Contains(kernelFolders, below) {
			return Reference{}, fmt.Errorf("the file is named from the top of the kernel's source tree; did you mean %q?", Reference{File: rest, Symbol: symbol})
		}
		return Reference{}, fmt.Errorf("the kernel's source tree has no folder %s%s", top, didYouMean(top, kernelFolders))
	case document && symbol != "":
		return Reference{}, fmt.Errorf("a page below Documentation has no functions; did you mean %q?", file)
	case !document && symbol == "":
		return Reference{}, fmt.Errorf("which function of %s is it? It is written as %s:function", file, file)
	case document != strings.HasSuffix(file, ".rst"):
		return Reference{}, fmt.Errorf("pages (.rst) are below Documentation, and nothing else is")
	}
	return Reference{File: file, Symbol: symbol}, nil
}

// meantReference suggests the source that something badly written may stand for.
func meantReference(s string) string {
	var guess string
	switch rfc, page, place := looseRFC.FindStringSubmatch(s), loosePage.FindStringSubmatch(s), loosePlace.FindStringSubmatch(s); {
	case placeAndMore.MatchString(s):
		return "; each place is an entry of its own"
	case lineOfPlace.MatchString(s):
		return "; lines move from release to release, functions hardly: name the function"
	case rfc != nil:
		guess = "RFC " + rfc[1]
		if rfc[2] != "" {
			guess += ", " + rfc[2]
		}
	case page != nil && !strings.HasSuffix(s, ".c") && page[1]+page[3]+page[4] != "":
		guess = strings.ToLower(page[2]) + "(" + strings.TrimSpace(page[1]+page[3]+page[4]) + ")"
	case place != nil:
		guess = Reference{File: strings.TrimPrefix(place[1], "/"), Symbol: place[2]}.String()
	}
	// A guess that is none of the forms itself would be guessed at again.
	if guess == s || !kernelPlace.MatchString(guess) && !rfcSection.MatchString(guess) && !manualPage.MatchString(guess) {
		return ""
	}
	if _, err := ParseReference(guess); err != nil {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", guess)
}

// references resolves `source`.
func (r *resolver) references() {
	for _, t := range r.doc.Source {
		if !t.set() {
			continue
		}
		s, err := ParseReference(t.S)
		switch {
		case err != nil:
			r.at(t.node, "source %q: %v", t.S, err)
		case slices.Contains(r.plan.Sources, s):
			r.at(t.node, "source names %s twice", s)
		default:
			r.plan.Sources = append(r.plan.Sources, s)
		}
	}
}

package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"netverify/report"
)

// pipeWidth is the width of text that no terminal shows, in columns.
const pipeWidth = 120

// terminal returns the columns of the terminal behind w, and whether there is one.
func terminal(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return pipeWidth, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		return pipeWidth, true
	}
	return columns, true
}

// options tells the renderers about their surroundings. Colour is for terminals that can, and
// never against the user's wish (https://no-color.org).
func options(w io.Writer) report.Options {
	columns, isTerminal := terminal(w)
	colour := isTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return report.Options{Width: columns, Color: colour, Path: place}
}

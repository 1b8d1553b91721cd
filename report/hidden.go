package report

import "netverify/internal/plain"

// clean makes a line of text harmless: what a kernel's or a scenario's text may
// carry that is not to be seen is escaped.
func clean(s string) string { return plain.Line(s) }

// control reports whether clean escapes a character.
func control(r rune) bool { return plain.Hidden(r) }

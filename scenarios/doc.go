// Package scenarios is the scenario language and the built-in library.
//
// Load turns a file into Plans: every name resolved, every default filled in,
// everything checked that can be checked without a kernel. A file is right as a
// whole or not at all: the error is then an Errors with everything that is
// wrong with it, each at its line and column and, where a word is misspelt,
// with the word that was probably meant. A plan that loads may still ask for
// what a kernel lacks or refuses; Plan.Needs says what it must have.
//
// The language is described once, by the types in language*.go and their tags.
// The decoder, the JSON Schema (schema.json, `go generate`) and the tests of
// docs/scenarios.md read them.
//
// Plans are pure data and the same in every run, MACs included.
package scenarios

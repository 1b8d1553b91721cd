// Package archtest holds the tests of what the compiler does not know: the one
// direction of imports that docs/architecture.md draws, what a pure package
// must not touch, and the habits of the repository. It has no code of its own.
package archtest

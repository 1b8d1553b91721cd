// Command testsum reads the output of `go test -json` and prints what a reader
// needs of it: a line a package, all that a failed test or a broken build
// printed, each skipped test with its reason, and a last line that counts.
//
// With -noskip a skipped test is a failure: where everything is installed, a
// test that does not run hides something. The exit status is 1 if anything
// failed, if no test ran at all, or if the stream ends before the packages do.
package main

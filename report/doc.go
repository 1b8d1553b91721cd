// Package report says what came of a run.
//
// There is one model, [Report]: plain data made from [assert.Result] by [New]
// and published as JSON under the name [Schema]. Everything that a reader sees
// is rendered from it by pure functions: the same model gives the same bytes,
// whatever the terminal, the clock or the machine. What a renderer needs to
// know of its surroundings (width, colour) is told by the caller.
//
// Of the five outcomes only "pass" and "fail" are conclusive: "inconclusive"
// and "error" say that nothing was shown, "skip" that the kernel cannot.
// [ExitCode] turns a report into the exit status of the program.
package report

package report

// The exit statuses of the program. 2, bad usage or a bad scenario, is
// settled before there is a report.
const (
	ExitPass         = 0 // everything that this kernel can do passed
	ExitFail         = 1 // something failed
	ExitUsage        = 2 // bad usage or a bad scenario: nothing was run
	ExitInconclusive = 3 // nothing failed, but something was not shown
)

// ExitCode is the exit status that a report stands for. A failure outweighs
// everything else. A run without scenarios, or one that met trouble (evidence
// that could not be written, an interruption), has not shown what it was asked
// to. With require a skip counts as not shown as well; without it a run whose
// scenarios were all skipped is no error, but [Text] says so loudly.
func ExitCode(rep Report, require bool) int {
	code := ExitPass
	if len(rep.Runs) == 0 {
		code = ExitInconclusive
	}
	for _, run := range rep.Runs {
		var sum Summary // counted again: a summary is a claim, the scenarios are the facts
		for _, s := range run.Scenarios {
			sum.add(s.Outcome)
		}
		switch {
		case sum.Fail > 0:
			return ExitFail
		case sum.Total() == 0, sum.Error > 0, sum.Inconclusive > 0, require && sum.Skip > 0, len(run.Trouble) > 0:
			code = ExitInconclusive
		}
	}
	return code
}

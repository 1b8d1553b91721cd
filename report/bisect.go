package report

// The exit statuses to which git-bisect(1), "Bisect run", gives a meaning. It
// takes every other status below 128 for a bad commit, so that of bad usage is
// one that makes it stop.
const (
	BisectGood  = 0   // passed
	BisectBad   = 1   // something failed
	BisectSkip  = 125 // this commit cannot be tested
	BisectAbort = 128 // bad usage or a bad scenario: no commit can be
)

// BisectCode is the exit status that a report stands for in `git bisect run`.
// Only what is conclusive is told as good or bad: a guest that does not boot, a
// lab that cannot be built, a proof that lacks a leg leave the commit open, and
// so does a run in which nothing passed for lack of a feature. With require one
// skipped scenario is enough for that.
func BisectCode(rep Report, require bool) int {
	switch ExitCode(rep, require) {
	case ExitPass:
	case ExitFail:
		return BisectBad
	default:
		return BisectSkip
	}
	for _, run := range rep.Runs {
		var sum Summary
		for _, s := range run.Scenarios {
			sum.add(s.Outcome)
		}
		if sum.Pass == 0 {
			return BisectSkip
		}
	}
	return BisectGood
}

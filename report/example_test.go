package report_test

import (
	"fmt"
	"os"
	"time"

	"netverify/assert"
	"netverify/report"
)

// One model of what came of a run, and a renderer for each reader.
func ExampleText() {
	rep := report.Of(report.New(report.Kernel{Release: "6.12.0", Where: "host"}, 1, []assert.Result{{
		Name: "example/two", Title: "Two hosts on a cable reach each other", File: "two.yaml",
		Outcome: assert.Fail, Began: time.Unix(1_700_000_000, 0).UTC(), Duration: 12 * time.Millisecond,
		Reason: "no answer",
		Checks: []assert.Check{{Name: "it answers", Kind: assert.KindReply, Text: "reply", Line: 9, Outcome: assert.Fail, Reason: "no answer"}},
	}}))
	if err := report.Text(os.Stdout, rep, report.Options{}); err != nil {
		panic(err)
	}
	fmt.Println("exit status", report.ExitCode(rep, false))
	// Output:
	// fail          example/two  Two hosts on a cable reach each other           12 ms
	//   step 1: it answers (line 9)
	//     expected  reply
	//     seen      no answer
	//
	// 1 scenario: 0 pass, 1 fail, 0 inconclusive, 0 skip, 0 error
	// 12 ms, Linux 6.12.0
	// exit status 1
}

package assert_test

import (
	"fmt"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/scenarios"
)

// A verdict is a function of a scenario and of a recording: evidence is judged
// again without a kernel, today or in ten years.
func ExampleJudge() {
	plans, err := scenarios.BuiltIn("macvlan/private-reflected")
	if err != nil {
		panic(err)
	}
	evidence, err := pcapng.Load("../pcaps/macvlan/private-reflected.pcapng.gz")
	if err != nil {
		panic(err)
	}
	c := plans[0].Case()
	v := assert.Judge(&c, evidence.Sections[0].Recording)
	fmt.Println(v.Outcome)
	fmt.Println(v.Checks[0].Outcome, v.Checks[0].Text)

	// The frames of one place are lost: nothing is claimed of them any more.
	evidence.Sections[0].Recording.Steps[0].Fences = nil
	v = assert.Judge(&c, evidence.Sections[0].Recording)
	fmt.Println(v.Outcome)
	// Output:
	// pass
	// pass reply: none
	// inconclusive
}

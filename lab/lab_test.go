package lab

import "testing"

func TestFacts(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	for _, f := range l.Facts() {
		t.Log(f)
	}
	t.Log(l.Preconditions())
	t.Log(l.Bindings())
}

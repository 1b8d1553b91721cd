package lab

import "testing"

func BenchmarkBuildSixNodes(b *testing.B) {
	for b.Loop() {
		l, err := Build(macvlanPlan("vepa"))
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

package scenarios

import "testing"

func TestLibraryLoads(t *testing.T) {
	plans, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		t.Log(p.Name, len(p.Graph), p.Needs)
	}
}

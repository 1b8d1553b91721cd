package scenarios

import "testing"

func TestSinceKnowsWhichKernelsHaveTheCommit(t *testing.T) {
	s := &Since{Version: Version{6, 5, 0}, Stable: []Version{{6, 1, 40}, {5, 15, 120}}}
	if got, want := s.String(), "Linux 6.5, in their series 6.1.40, 5.15.120"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, tt := range []struct {
		release string
		want    bool
	}{
		{"6.5", true},
		{"6.5.0-rc1", true},
		{"6.5.7", true},
		{"6.18.3", true},
		{"7.0", true},
		{"6.4.16", false},
		{"6.4", false},
		{"6.1.40", true},
		{"6.1.141+", true},
		{"6.1.39", false},
		{"6.1.4", false},
		{"6.1", false},
		{"6.2.99", false},
		{"5.15.120-android14", true},
		{"5.15.119", false},
		{"5.10.251", false},
		{"4.20.300", false},
	} {
		t.Run(tt.release, func(t *testing.T) {
			v, ok := ParseRelease(tt.release)
			if !ok {
				t.Fatal("no version")
			}
			if got := s.In(v); got != tt.want {
				t.Errorf("%v", got)
			}
		})
	}
}

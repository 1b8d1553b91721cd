package main

import (
	"testing"
	"time"

	"netverify/scenarios"
)

func TestLimitsFlag(t *testing.T) {
	for text, want := range map[string]scenarios.Limits{
		"frames=10":                    {Frames: 10},
		"bytes=2M":                     {Bytes: 2 << 20},
		"time=3s,frames=5":             {Frames: 5, Time: 3 * time.Second},
		"frames=1,bytes=1,time=1ns":    {Frames: 1, Bytes: 1, Time: 1},
		"frames=7,frames=8,bytes=100K": {Frames: 8, Bytes: 100 << 10},
	} {
		var got scenarios.Limits
		if err := (limitsFlag{&got}).Set(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "frames", "frames=0", "frames=x", "bytes=0", "bytes=-1K", "bytes=99999999999G", "time=0s", "time=-1s", "time=5", "frame=5", "frames=5;bytes=3"} {
		if err := (limitsFlag{&scenarios.Limits{}}).Set(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

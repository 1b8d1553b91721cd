package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"netverify/scenarios"
)

// limitsFlag is the value of --limits: "frames=1000000,bytes=512M,time=30s".
type limitsFlag struct{ *scenarios.Limits }

func (limitsFlag) Type() string { return "LIMITS" }

// String is empty: the help shows no default of its own, for the text tells it.
func (l limitsFlag) String() string { return "" }

func (l limitsFlag) Set(text string) error {
	for _, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		var err error
		switch key {
		case "frames":
			l.Frames, err = strconv.ParseInt(value, 10, 64)
			if err == nil && l.Frames < 1 {
				err = errors.New("at least 1")
			}
		case "bytes":
			l.Bytes, err = scenarios.ParseSize(value)
		case "time":
			l.Time, err = time.ParseDuration(value)
			if err == nil && l.Time <= 0 {
				err = errors.New("more than nothing")
			}
		default:
			return fmt.Errorf("%q is neither frames=N, bytes=SIZE nor time=DURATION%s", part, scenarios.DidYouMean(key, []string{"frames", "bytes", "time"}))
		}
		if err != nil {
			return fmt.Errorf("%s: %w; as in frames=1000000,bytes=512M,time=30s", part, err)
		}
	}
	return nil
}

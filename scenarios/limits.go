package scenarios

import (
	"math"
	"strconv"
	"strings"
	"time"

	"netverify/scenarios/internal/yamltree"
)

// Limits bound a step, so that traffic that sustains itself comes to an end:
// beyond any of them the lab is taken down. 0 is "not said".
type Limits struct {
	Frames int64         // seen at all taps together, each sighting once; without the fences
	Bytes  int64         // of these, as captured
	Time   time.Duration // to come to rest, beyond the time that the step waits by itself
}

// DefaultLimits are those of a step of which nothing else is said. The most that
// a step of the library sees are some 5,000 frames; a loop makes 100,000 in less
// than a second.
var DefaultLimits = Limits{Frames: 100_000, Bytes: 64 << 20, Time: 10 * time.Second}

// Or fills in what l does not say.
func (l Limits) Or(usual Limits) Limits {
	if l.Frames == 0 {
		l.Frames = usual.Frames
	}
	if l.Bytes == 0 {
		l.Bytes = usual.Bytes
	}
	if l.Time == 0 {
		l.Time = usual.Time
	}
	return l
}

// limitsDoc are the limits of a step, or of all steps.
type limitsDoc struct {
	loc
	Frames number   `yaml:"frames,omitempty" jsonschema:"minimum=1,maximum=100000000" jsonschema_description:"Frames that are seen at all taps together, each sighting once. Default: 100000."`
	Bytes  size     `yaml:"bytes,omitempty" jsonschema_description:"Bytes of these frames: a number, or one with K, M or G (1024 each). Default: 64M."`
	Time   duration `yaml:"time,omitempty" jsonschema_description:"How long the lab may take to come to rest, beyond what the step waits by itself; on a slow machine longer. Default: 10s."`
}

func (doc *limitsDoc) limits() Limits {
	if doc == nil {
		return Limits{}
	}
	return Limits{Frames: doc.Frames.N, Bytes: doc.Bytes.N, Time: doc.Time.D}
}

// size is a number of bytes: 1500, 64K, 2M, 1G.
type size struct {
	loc
	N int64
}

func (v *size) decodeScalar(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	bytes, err := ParseSize(n.Value)
	if n.Kind != yamltree.Scalar || n.Null || err != nil {
		d.at(n, "%s must be a number of bytes such as 65536, 64K or 2M, not %s", tag.name, n.What())
		return false
	}
	v.N, v.node = bytes, n
	return true
}

// ParseSize reads a number of bytes, at least 1, with or without K, M or G
// behind it. The error is of strconv.
func ParseSize(s string) (int64, error) {
	unit := int64(1)
	for shift, suffix := range []string{"K", "M", "G"} {
		if head, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = head, 1<<(10*(shift+1))
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil && (n < 1 || n > math.MaxInt64/unit) {
		err = strconv.ErrRange
	}
	return n * unit, err
}

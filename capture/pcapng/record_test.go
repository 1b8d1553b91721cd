package pcapng

import (
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"netverify/recording"
)

// parsed returns the parts of a record with a CRC that is right, so that what
// stands behind the CRC is reached.
func parsed(t *testing.T, text string) *parts {
	t.Helper()
	var p parts
	comment := fmt.Sprintf("%s1/1 %08x %s", recordPrefix, crc32.Checksum([]byte(text), castagnoli), text)
	if ok, err := p.add(comment); !ok || err != nil || !p.done() {
		t.Fatalf("%v, %v", ok, err)
	}
	return &p
}

func TestRecordsThatDoNotFitAreErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no JSON", `{`, "record: unexpected end of JSON input"},
		{"other number of frames", `{"frames":2}`, "the record is of 2 frames at 0 points, the section has 1 at 0"},
		{"other length", `{"frames":1,"bytes":5}`, "the section was changed"},
		{"mark of a frame that is not there", `{"frames":1,"bytes":7,"crc32c":9,"marks":[[1,1,1,1]]}`, "record: mark of frame 1"},
		{"type of a frame that is not there", `{"frames":1,"bytes":7,"crc32c":9,"types":[[-1,1]]}`, "record: type of frame -1"},
	} {
		rec := &recording.Recording{Observations: make([]recording.Observation, 1)}
		if err := parsed(t, tt.text).join(&Section{Recording: rec}, 7, 9); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestPartsOutOfOrderAreErrors(t *testing.T) {
	for _, comments := range [][]string{
		{"2/2 00000000 b"}, {"1/2 00000000 a", "1/2 00000000 a"}, {"1/2 00000000 a", "2/3 00000000 b"},
		{"1/2 00000000 a", "2/2 00000001 b"}, {"0/0 00000000 "}, {"x/1 00000000 "}, {""}, {"1/1 00000000 a", "2/1 00000000 b"},
	} {
		var p parts
		var err error
		for _, c := range comments {
			_, err = p.add(recordPrefix + c)
		}
		if err == nil {
			t.Errorf("%q: no error", comments)
		}
	}
	var p parts
	if _, err := p.add("netverify-record v2 1/1 00000000 {}"); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("version 2: %v", err)
	}
	if ok, err := p.add("a comment of somebody else"); ok || err != nil {
		t.Errorf("foreign comment: %v, %v", ok, err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(`{"frames":2,"bytes":7,"crc32c":9,"recording":{"Nonce":[1,2,3,4,5,6,7,8],"Steps":[{"First":-1},{"First":1}]},"marks":[[0,1,2,3]],"types":[[1,9]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.HasPrefix(text, "{") {
			return
		}
		rec := &recording.Recording{Observations: make([]recording.Observation, 2)}
		if err := parsed(t, text).join(&Section{Recording: rec}, 7, 9); err == nil && len(rec.Observations) != 2 {
			t.Fatal("frames lost")
		}
	})
}

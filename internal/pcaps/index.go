package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netverify/internal/whole"
	"netverify/scenarios"
)

// index is pcaps/index.json.
type index struct {
	Captures []entry `json:"captures"` // in the order of the library
}

// entry is one reference capture.
type entry struct {
	Scenario string `json:"scenario"`
	File     string `json:"file"`   // below pcaps/
	Shows    string `json:"shows"`  // the scenario's title
	Origin   string `json:"origin"` // the command that it was recorded by
	Kernel   string `json:"kernel"` // uname -r
	Digest   string `json:"digest"` // of what the scenario did and expected
	Outcome  string `json:"outcome"`
	Frames   int    `json:"frames"`
	SHA256   string `json:"sha256"` // of the file as it is
}

func readIndex(dir string) (*index, error) {
	x := new(index)
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err == nil {
		err = json.Unmarshal(text, x)
	}
	return x, err
}

func (x *index) write(dir string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(x); err != nil {
		return err
	}
	return whole.File(filepath.Join(dir, "index.json"), b.Bytes())
}

// of returns the entry of a scenario, nil if there is none.
func (x *index) of(name string) *entry {
	for i := range x.Captures {
		if x.Captures[i].Scenario == name {
			return &x.Captures[i]
		}
	}
	return nil
}

// missing are the scenarios that have no capture, or one of an older version
// of them.
func (x *index) missing(plans []*scenarios.Plan) (names []string) {
	for _, p := range plans {
		if e := x.of(p.Name); e == nil || e.Digest != p.Digest {
			names = append(names, p.Name)
		}
	}
	return names
}

// arrange puts the entries into the order of the library, without those of
// scenarios that are gone, and takes the files of those away.
func (x *index) arrange(dir string, plans []*scenarios.Plan) error {
	var kept []entry
	for _, p := range plans {
		if e := x.of(p.Name); e != nil {
			kept = append(kept, *e)
		}
	}
	for _, e := range x.Captures {
		if !slices.ContainsFunc(kept, func(k entry) bool { return k.File == e.File }) {
			if err := os.Remove(filepath.Join(dir, e.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	x.Captures = kept
	return nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// markdown is pcaps/README.md.
func (x *index) markdown() string {
	var b strings.Builder
	b.WriteString(head)
	topic := ""
	for _, e := range x.Captures {
		t, _, _ := strings.Cut(e.Scenario, "/")
		if t != topic {
			fmt.Fprintf(&b, "\n## %s\n\n| capture | shows | kernel | frames |\n|---|---|---|---|\n", t)
			topic = t
		}
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %d |\n", strings.TrimPrefix(e.Scenario, t+"/"), e.File, strings.ReplaceAll(e.Shows, "|", `\|`), e.Kernel, e.Frames)
	}
	return b.String()
}

const head = `# Reference captures

One file of evidence for each built-in scenario: every frame that its taps saw, its steps and fences, and the verdicts,
as a run on the kernel that is named has left it. Wireshark opens the files as they are:

    wireshark pcaps/bridge/hairpin.pcapng.gz
    netverify judge bridge/hairpin pcaps/bridge/hairpin.pcapng.gz

[index.json](index.json) says of each where it comes from, which version of the scenario it is of (its digest) and what
the file's SHA-256 is. Tests judge all of them again, without privilege, and want the verdicts that were recorded.

` + "`make pcaps`" + ` records them anew, in guests; ` + "`make pcaps ARGS='bridge/mtu vlan/*'`" + ` records some. A file is replaced only where
the scenario, a verdict or the way of a frame has become another. Captures that others made, with tcpdump and dumpcap on
labs that ip(8) built, are in [foreign](foreign/README.md).
`

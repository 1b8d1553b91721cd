package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/foreign"
	"netverify/internal/golden"
	"netverify/recording"
	"netverify/scenarios"
)

// folder is one lab that pcaps/foreign/record builds, and what it shows.
type folder struct {
	Folder   string   `json:"folder"`
	Shows    string   `json:"shows"`
	Scenario string   `json:"scenario"`
	Step     int      `json:"step"`
	Points   []string `json:"points"` // as --point; without, the files' names say it
}

func folders(t *testing.T) (list []folder) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "foreign", "index.json"))
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil || len(list) == 0 {
		t.Fatalf("pcaps/foreign/index.json: %d entries, %v", len(list), err)
	}
	return list
}

// options reads the captures of a folder.
func (f folder) options(t *testing.T) foreign.Options {
	t.Helper()
	o := foreign.Options{Step: f.Step}
	names, err := filepath.Glob(filepath.Join(dir, "foreign", f.Folder, "*.pcap*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no captures: %v", f.Folder, err)
	}
	for _, name := range names {
		file, err := pcapng.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		o.Files = append(o.Files, foreign.File{Name: filepath.Base(name), File: file})
	}
	for _, text := range f.Points {
		m, err := foreign.ParseMapping(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Points = append(o.Points, m)
	}
	return o
}

func (f folder) plan(t *testing.T) *scenarios.Plan {
	t.Helper()
	for _, p := range library(t) {
		if p.Name == f.Scenario {
			return p
		}
	}
	t.Fatalf("pcaps/foreign/index.json: there is no scenario %s", f.Scenario)
	return nil
}

// TestForeignCapturesAreJudged: the verdicts on captures that tcpdump and
// dumpcap made are those that stand beside them, with what the captures lack.
func TestForeignCapturesAreJudged(t *testing.T) {
	for _, f := range folders(t) {
		t.Run(f.Folder, func(t *testing.T) {
			p := f.plan(t)
			rec, notes, err := foreign.Record(p, f.options(t))
			if err != nil {
				t.Fatal(err)
			}
			got := verdicts(p, rec, notes, f.Step-1)
			golden.Equal(t, filepath.Join(dir, "foreign", f.Folder, "verdicts.txt"), []byte(got))
		})
	}
}

// verdicts is what judge says of one step.
func verdicts(p *scenarios.Plan, rec *recording.Recording, notes []string, step int) string {
	var b strings.Builder
	v := assert.Judge(ptr(p.Case()), rec)
	var checks []assert.Check
	for _, k := range v.Checks {
		if k.Step == step {
			checks = append(checks, k)
		}
	}
	fmt.Fprintf(&b, "%s, step %d: %s\n", p.Name, step+1, v.Outcome)
	for _, k := range checks {
		fmt.Fprintf(&b, "%s: %s\n", k.Text, k.Outcome)
		if k.Reason != "" {
			fmt.Fprintf(&b, "    %s\n", drawn.ReplaceAllString(k.Reason, "$1=…"))
		}
	}
	for _, l := range slices.Concat(foreign.Lacks(checks), notes) {
		fmt.Fprintln(&b, l)
	}
	return b.String()
}

// TestForeignCapturesAreWhatWasRecorded: SHA256SUMS names all of them, and no
// other; index.json names every folder.
func TestForeignCapturesAreWhatWasRecorded(t *testing.T) {
	top := filepath.Join(dir, "foreign")
	text, err := os.ReadFile(filepath.Join(top, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for l := range strings.Lines(string(text)) {
		hash, name, _ := strings.Cut(strings.TrimSpace(l), "  ")
		known[filepath.Join(top, name)] = hash
	}
	found, err := filepath.Glob(filepath.Join(top, "*", "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	list := folders(t)
	for _, name := range found {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if sum(data) != known[name] {
			t.Errorf("%s is not what pcaps/foreign/SHA256SUMS says", name)
		}
		delete(known, name)
		if !slices.ContainsFunc(list, func(f folder) bool { return f.Folder == filepath.Base(filepath.Dir(name)) }) {
			t.Errorf("pcaps/foreign/index.json does not name the folder of %s", name)
		}
	}
	for name := range known {
		t.Errorf("%s is gone", name)
	}
}

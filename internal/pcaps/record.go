package main

import (
	"fmt"
	"os"
	"path/filepath"

	"netverify/internal/whole"
	"netverify/scenarios"
)

// record takes over the evidence below a folder, where it tells something that
// the capture there is does not.
func (x *index) record(dir, from string, plans []*scenarios.Plan, by map[string]*scenarios.Plan) error {
	found, err := left(from, by)
	if err != nil {
		return err
	}
	kept, written := 0, 0
	for _, p := range plans {
		e := found[p.Name]
		switch {
		case e == nil:
			continue
		case e.rec.Digest != p.Digest:
			return fmt.Errorf("%s: %s has changed since it was run", e.path, p.Name)
		case x.same(dir, p, e):
			kept++
			continue
		}
		if err := x.take(dir, p, e); err != nil {
			return err
		}
		written++
	}
	fmt.Printf("%d captures written, %d kept, which tell the same\n", written, kept)
	if err := x.arrange(dir, plans); err != nil {
		return err
	}
	return x.write(dir)
}

// same tells whether the capture of a scenario shows what new evidence does.
func (x *index) same(dir string, p *scenarios.Plan, e *evidence) bool {
	old := x.of(p.Name)
	if old == nil || old.Digest != p.Digest {
		return false
	}
	data, err := os.ReadFile(filepath.Join(dir, old.File))
	if err != nil || sum(data) != old.SHA256 {
		return false
	}
	was, err := load(filepath.Join(dir, old.File))
	return err == nil && normal(p, was.rec) == normal(p, e.rec)
}

// take copies evidence, packed, and enters it.
func (x *index) take(dir string, p *scenarios.Plan, e *evidence) error {
	data, err := pack(e.path)
	if err != nil {
		return err
	}
	n := entry{
		Scenario: p.Name, File: e.name + ".gz", Shows: p.Title, Kernel: e.kernel.Release, Digest: p.Digest,
		Origin: "netverify run " + p.Name + " --kernel " + e.kernel.Name, Outcome: "pass", Frames: len(e.rec.Observations), SHA256: sum(data),
	}
	if err := whole.File(filepath.Join(dir, n.File), data); err != nil {
		return err
	}
	if old := x.of(p.Name); old != nil {
		*old = n
	} else {
		x.Captures = append(x.Captures, n)
	}
	return nil
}

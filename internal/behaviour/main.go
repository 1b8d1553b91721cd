package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"netverify/internal/whole"
	"netverify/report"
	"netverify/scenarios"
)

func main() {
	docs := flag.String("docs", "docs", "folder of behaviour.md and seen.json")
	record := flag.String("record", "", "report (netverify run --report FILE.json) whose outcomes are taken over")
	linux := flag.String("linux", "", "source tree of a kernel in which the places are looked up; writes nothing")
	flag.Parse()
	if err := do(*docs, *record, *linux); err != nil {
		fmt.Fprintln(os.Stderr, "behaviour:", err)
		os.Exit(1)
	}
}

func do(docs, record, linux string) error {
	plans, err := scenarios.Library()
	if err != nil {
		return err
	}
	if linux != "" {
		return lookUp(os.DirFS(linux), plans)
	}
	file := filepath.Join(docs, "seen.json")
	seen, err := read(file)
	if err != nil {
		return err
	}
	if record != "" {
		var rep report.Report
		if err := decode(record, &rep); err != nil {
			return err
		}
		if err := seen.record(rep, plans); err != nil {
			return fmt.Errorf("%s: %w", record, err)
		}
		if err := whole.File(file, seen.encode()); err != nil {
			return err
		}
	}
	return whole.File(filepath.Join(docs, "behaviour.md"), []byte(markdown(plans, seen)))
}

func decode(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

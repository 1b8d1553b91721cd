package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/recording"
	"netverify/report"
	"netverify/scenarios"
)

// evidence is a file that a run has left.
type evidence struct {
	path   string // of the file
	name   string // below the folder of its kernel, without .gz: "bridge/mtu.pcapng"
	rec    *recording.Recording
	kernel report.Kernel
	checks []report.Check // as the run judged them
}

// load reads one whole file of netverify's.
func load(path string) (*evidence, error) {
	file, err := pcapng.Load(path)
	if err != nil {
		return nil, err
	}
	s := file.Sections[0]
	var rep report.Report
	if err := json.Unmarshal(s.Report, &rep); err != nil || len(rep.Runs) != 1 {
		return nil, fmt.Errorf("%s: no report inside: %w", path, err)
	}
	e := &evidence{path: path, rec: s.Recording, kernel: rep.Runs[0].Kernel}
	if list := rep.Runs[0].Scenarios; len(list) == 1 {
		e.checks = list[0].Checks
	}
	parts := strings.Split(strings.TrimSuffix(filepath.ToSlash(path), ".gz"), "/")
	e.name = strings.Join(parts[max(len(parts)-2, 0):], "/")
	return e, nil
}

// left is the evidence below a folder, by scenario. What several kernels have
// left is taken from the first that passed.
func left(dir string, plans map[string]*scenarios.Plan) (map[string]*evidence, error) {
	found := map[string]*evidence{}
	var wrong []error
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".pcapng") {
			return err
		}
		e, err := load(path)
		if err != nil {
			return err
		}
		p := plans[e.rec.Scenario]
		if p == nil {
			wrong = append(wrong, fmt.Errorf("%s: there is no scenario %s", path, e.rec.Scenario))
			return nil
		}
		c := p.Case()
		switch v := assert.Judge(&c, e.rec); {
		case v.Outcome == assert.Skip:
		case v.Outcome != assert.Pass:
			wrong = append(wrong, fmt.Errorf("%s: %s: %s: %s", path, p.Name, v.Outcome, v.Reason))
		case found[p.Name] == nil:
			found[p.Name] = e
		}
		return nil
	})
	return found, errors.Join(err, errors.Join(wrong...))
}

// pack compresses a file, the same file to the same bytes.
func pack(path string) ([]byte, error) {
	plain, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(plain)
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

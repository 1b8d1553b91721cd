package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"netverify/report"
	"netverify/scenarios"
)

// place is where a scenario's file is in the repository that annotations are
// for, as GitHub wants it: below the top, with slashes. A built-in scenario has a
// place in netverify's own repository only, where its file has the same lines.
func place(s report.Scenario) string {
	if s.File == "" {
		return ""
	}
	top, err := repository()
	if err != nil {
		return ""
	}
	if file, err := filepath.Abs(s.File); err == nil {
		if _, err := os.Stat(file); err == nil {
			return below(top, file)
		}
	}
	file := filepath.Join(top, "scenarios", filepath.FromSlash(s.File))
	built, err := scenarios.Source(s.Name)
	if text, e := os.ReadFile(file); err != nil || e != nil || !bytes.Equal(text, built) {
		return ""
	}
	return below(top, file)
}

// repository is the top of the working tree: GITHUB_WORKSPACE in GitHub Actions,
// else the next folder upwards with a .git, else this one.
func repository() (string, error) {
	if top := os.Getenv("GITHUB_WORKSPACE"); top != "" {
		return filepath.EvalSymlinks(top)
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for top := here; ; top = filepath.Dir(top) {
		if _, err := os.Stat(filepath.Join(top, ".git")); err == nil {
			return filepath.EvalSymlinks(top)
		}
		if top == filepath.Dir(top) {
			return filepath.EvalSymlinks(here)
		}
	}
}

func below(top, file string) string {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return ""
	}
	name, err := filepath.Rel(top, file)
	if err != nil || name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	return filepath.ToSlash(name)
}

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var (
	block   = regexp.MustCompile("(?ms)^```(yaml|groovy|console)\n(.*?)^```$")
	called  = regexp.MustCompile(`\bnetverify ((?:run|report|judge) .*)$`)
	folded  = regexp.MustCompile(`\n +--`)
	shWords = regexp.MustCompile(`"[^"]*"|'[^']*'|[^\s"']+`)
)

// TestSnippetsForCI: what the documents show and CI cannot execute (workflows,
// pipelines, other trees) is valid YAML, and its commands have flags that there are.
func TestSnippetsForCI(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, file := range append(documents, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(text), -1) {
			var any any
			if err := yaml.Unmarshal([]byte(m[2]), &any); m[1] == "yaml" && err != nil {
				t.Errorf("%s: %v\n%s", file, err, m[2])
			}
			for _, line := range strings.Split(folded.ReplaceAllString(m[2], " --"), "\n") {
				c := called.FindStringSubmatch(line)
				if c == nil {
					continue
				}
				commands++
				if err := usable(c[1]); err != nil {
					t.Errorf("%s: %s: %v", file, line, err)
				}
			}
		}
	}
	if commands < 5 {
		t.Errorf("%d commands found", commands)
	}
}

// usable reads a command as a shell and the program would, without running it.
func usable(line string) error {
	var args []string
	line, _, _ = strings.Cut(line, " # ")
	line, _, _ = strings.Cut(line, " | ")
	line = strings.TrimSuffix(line, "'") // of sh '...'
	for _, w := range shWords.FindAllString(line, -1) {
		args = append(args, strings.Trim(w, `"'`))
	}
	c, rest, err := command().Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	return c.ValidateArgs(c.Flags().Args())
}

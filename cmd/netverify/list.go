package main

import (
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"netverify/internal/plain"
	"netverify/scenarios"
)

func listCommand() *cobra.Command {
	var byID, asJSON bool
	c := &cobra.Command{
		Use:   "list [NAME|GLOB|FILE|DIR...]",
		Short: "List scenarios, or the observations they verify",
		Example: `  netverify list
  netverify list 'bridge/*'
  netverify list --verifies          # which scenario verifies which observation
  netverify list --json`,
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args)
			if err != nil {
				return err
			}
			entries := entriesOf(plans)
			switch {
			case asJSON:
				return output(writeJSON(c.OutOrStdout(), entries))
			case byID:
				return output(writeTable(c.OutOrStdout(), []string{"verifies", "scenarios"}, observations(entries)))
			}
			return output(writeTable(c.OutOrStdout(), []string{"name", "title", "verifies", "needs"}, rows(entries)))
		},
	}
	c.Flags().BoolVar(&byID, "verifies", false, "one line an observation of docs/observations.md, with the scenarios that verify it")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// entry is one scenario of `list --json`.
type entry struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	File     string   `json:"file"`
	Verifies []string `json:"verifies"`
	Digest   string   `json:"digest"` // of what is done and expected
	Source   []string `json:"source"` // where the rule is written down
	Needs    []need   `json:"needs"`
	Since    *since   `json:"since"` // null: the rule holds on kernels of any age
	Until    *since   `json:"until"` // null: and on the newest
	Pins     string   `json:"pins"`  // the kernel function whose surprising behaviour is pinned; "" if none is
}

type need struct {
	Name   string `json:"name"`
	Config string `json:"config"`
}

// since is the Linux from which on a rule holds, or before which it held.
type since struct {
	Version string   `json:"version"`
	Stable  []string `json:"stable"` // first releases of older series with the commit
	Commit  string   `json:"commit"`
	Reason  string   `json:"reason"` // what the others do
}

func sinceOf(s *scenarios.Since) *since {
	if s == nil {
		return nil
	}
	out := &since{s.Version.String(), []string{}, s.Commit, s.Reason}
	for _, v := range s.Stable {
		out.Stable = append(out.Stable, v.String())
	}
	return out
}

func entriesOf(plans []*scenarios.Plan) []entry {
	out := []entry{}
	for _, p := range plans {
		e := entry{Name: p.Name, Title: p.Title, File: p.File, Verifies: append([]string{}, p.Verifies...), Digest: p.Digest, Source: []string{}, Needs: []need{}, Since: sinceOf(p.Since), Until: sinceOf(p.Until), Pins: p.Pins}
		for _, s := range p.Sources {
			e.Source = append(e.Source, s.String())
		}
		for _, n := range p.Needs {
			e.Needs = append(e.Needs, need{n.Name, n.Config})
		}
		out = append(out, e)
	}
	return out
}

func rows(entries []entry) [][]string {
	var out [][]string
	for _, e := range entries {
		var needs []string
		for _, n := range e.Needs {
			needs = append(needs, n.Name)
		}
		if e.Since != nil {
			needs = append(needs, "linux-"+e.Since.Version)
		}
		if e.Until != nil {
			needs = append(needs, "before-linux-"+e.Until.Version)
		}
		out = append(out, []string{e.Name, e.Title, strings.Join(e.Verifies, " "), strings.Join(needs, " ")})
	}
	return out
}

// observations turns the list round: ids in their natural order (A2 before
// A10), each with its scenarios.
func observations(entries []entry) [][]string {
	names := map[string][]string{}
	var ids []string
	for _, e := range entries {
		for _, id := range e.Verifies {
			if names[id] == nil {
				ids = append(ids, id)
			}
			names[id] = append(names[id], e.Name)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		if a[:1] != b[:1] {
			return strings.Compare(a, b)
		}
		x, _ := strconv.Atoi(a[1:])
		y, _ := strconv.Atoi(b[1:])
		return x - y
	})
	var out [][]string
	for _, id := range ids {
		out = append(out, []string{id, strings.Join(names[id], "\n")})
	}
	return out
}

// writeTable writes rows in columns; the lines stay whole, so that grep finds
// in a pipe what a reader sees.
func writeTable(w io.Writer, head []string, rows [][]string) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Box.PaddingLeft, t.Style().Box.PaddingRight = "", "  "
	t.Style().Format.Header = 0
	t.AppendHeader(cells(head))
	for _, r := range rows {
		t.AppendRow(cells(r))
	}
	for line := range strings.SplitSeq(t.Render(), "\n") {
		if _, err := io.WriteString(w, strings.TrimRight(line, " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func cells(texts []string) table.Row {
	var r table.Row
	for _, t := range texts {
		r = append(r, plain.Text(t))
	}
	return r
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(plain.JSONWriter(w)) // one piece
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// output marks what a writer refused as the machine's fault.
func output(err error) error {
	if err == nil {
		return nil
	}
	return unable{err}
}

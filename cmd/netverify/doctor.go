package main

import (
	"os"

	"github.com/spf13/cobra"

	"netverify/lab"
	"netverify/report"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can do, and what to do about the rest",
		Long: `Say what this machine can do, and what to do about the rest: privilege, each
feature of the kernel (by trying it), limits. Exit status 3 where no lab can be
built at all.`,
		Example: `  netverify doctor
  netverify doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			done, code, denied := lab.EnsurePrivilege(os.Args)
			if done && denied == nil {
				return ended(code)
			}
			if err := writeFindings(c, lab.Diagnose(), asJSON); err != nil {
				return output(err)
			}
			if denied != nil { // the findings say why
				return status(report.ExitInconclusive)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// finding is one line of `doctor --json`.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Advice string `json:"advice"` // "" where ok
}

func writeFindings(c *cobra.Command, found []lab.Finding, asJSON bool) error {
	all := []finding{}
	var rows [][]string
	for _, f := range found {
		all = append(all, finding{f.Name, f.OK, f.Detail, f.Advice})
		word := "ok"
		if !f.OK {
			word = "missing"
		}
		text := f.Detail
		if f.Advice != "" {
			text += "\n-> " + f.Advice
		}
		rows = append(rows, []string{word, f.Name, text})
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), all)
	}
	return writeTable(c.OutOrStdout(), []string{"", "what", "found"}, rows)
}

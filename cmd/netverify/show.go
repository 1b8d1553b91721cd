package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"netverify/report"
	"netverify/scenarios"
)

func showCommand() *cobra.Command {
	var source bool
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a scenario: its source, the topology it stands for, its steps",
		Long: `Show a scenario as it was written, and then as it was understood: the topology with
every name and default filled in, and the steps with their expectations.`,
		Example: `  netverify show macvlan/bridge-siblings
  netverify show --source macvlan/bridge-siblings > mine.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args)
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			for i, p := range plans {
				if i == 0 || p.File != plans[i-1].File {
					text, err := scenarios.SourceOf(p)
					if err != nil {
						return output(err)
					}
					if _, err := w.Write(text); err != nil {
						return output(err)
					}
				}
				if source {
					continue
				}
				if _, err := fmt.Fprintln(w); err != nil {
					return output(err)
				}
				if err := report.Plan(w, p, options(w)); err != nil {
					return output(err)
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&source, "source", false, "print the source only, to start a scenario of your own from")
	return c
}

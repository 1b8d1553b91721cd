package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"netverify/internal/plain"
	"netverify/report"
	"netverify/report/draw"
	"netverify/scenarios"
)

func showCommand() *cobra.Command {
	var source, drawing bool
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a scenario: its source, the topology it stands for, its steps",
		Long: `Show a scenario as it was written, and then as it was understood: the topology with
every name and default filled in, and the steps with their expectations.

With --svg its topology is drawn, as it is planned, before any kernel has seen it. What a
kernel made of it is drawn in the report of a run (--report page.html).`,
		Example: `  netverify show macvlan/bridge-siblings
  netverify show --source macvlan/bridge-siblings > mine.yaml
  netverify show --svg labs/trunk-router > trunk-router.svg`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args)
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			if drawing {
				if len(plans) > 1 {
					return fmt.Errorf("--svg draws one topology, and %d scenarios are named so: take one of them (netverify list %s)", len(plans), args[0])
				}
				opt := draw.Options{ID: "topology", Title: plans[0].Name, Standalone: true}
				return output(draw.SVG(w, plans[0].Topology(), opt))
			}
			for i, p := range plans {
				if i == 0 || p.File != plans[i-1].File {
					text, err := scenarios.SourceOf(p)
					if err != nil {
						return output(err)
					}
					if _, err := plain.Writer(w).Write(text); err != nil {
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
	c.Flags().BoolVar(&drawing, "svg", false, "print a drawing of the topology as an SVG file")
	c.MarkFlagsMutuallyExclusive("source", "svg")
	return c
}

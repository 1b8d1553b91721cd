package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"netverify/scenarios"
)

func lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE|DIR...",
		Short: "Check scenario files; report every error with its position",
		Long: `Check scenario files, and report every error with its position. A loop in a lab,
by which a broadcast would go round for ever, is one as well, unless the scenario
says that it is meant (loop: intended, or an expectation storm). The exit status
is 2 where a file has an error.`,
		Example: `  netverify lint my/scenario.yaml
  netverify lint my/scenarios/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args)
			if err != nil {
				return err
			}
			if err := loops(plans); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%d sound\n", len(plans))
			return output(err)
		},
	}
}

// loops are the loops of plans that no scenario says to mean, each once: the plans
// of a matrix share theirs.
func loops(plans []*scenarios.Plan) error {
	var errs []error
	told := map[string]bool{}
	for _, p := range plans {
		for _, l := range p.Loops() {
			if text := fmt.Sprintf("%s: %s", p.Position(l.Pos), l); !told[text] {
				told[text] = true
				errs = append(errs, errors.New(text))
			}
		}
	}
	return errors.Join(errs...)
}

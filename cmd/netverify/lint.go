package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"netverify/scenarios"
)

func lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE|DIR...",
		Short: "Check scenario files; report every error with its position",
		Example: `  netverify lint my/scenario.yaml
  netverify lint my/scenarios/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%d sound\n", len(plans))
			return output(err)
		},
	}
}

package main

import (
	"github.com/spf13/cobra"

	"netverify/scenarios"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Example: `  netverify schema > netverify.schema.json
  # first line of a scenario, for editors with yaml-language-server:
  # yaml-language-server: $schema=netverify.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(scenarios.Schema())
			return output(err)
		},
	}
}

package main

import (
	"github.com/spf13/cobra"

	"netverify/report"
	"netverify/scenarios"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|report]",
		Short: "Print the JSON Schema of scenario files, for editors, or of the JSON report",
		Long: `Print a JSON Schema (draft 2020-12): that of scenario files, which editors complete
and check them by, or that of the report that --report FILE.json and --format json
write. A later version may have more fields in the report; what a present reader
would misunderstand changes its name (` + report.Schema + `).`,
		Example: `  netverify schema > netverify.schema.json
  # first line of a scenario, for editors with yaml-language-server:
  # yaml-language-server: $schema=netverify.schema.json
  netverify schema report > report.schema.json`,
		ValidArgs: []string{"scenario", "report"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(c *cobra.Command, args []string) error {
			text := scenarios.Schema()
			if len(args) > 0 && args[0] == "report" {
				text = report.JSONSchema()
			}
			_, err := c.OutOrStdout().Write(text)
			return output(err)
		},
	}
}

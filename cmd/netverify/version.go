package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"netverify/report"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the program and of its report",
		Example: "  netverify version",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(c.OutOrStdout(), versionText())
			return output(err)
		},
	}
}

// versionText is what `netverify version` and `netverify --version` print.
func versionText() string {
	return fmt.Sprintf("netverify %s\n%s %s/%s\nreport %s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, report.Schema)
}

// version is what the go command recorded of the source when it built the
// program: a module version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown origin"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && v == "(devel)":
			v = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			v += " with changes"
		}
	}
	return v
}

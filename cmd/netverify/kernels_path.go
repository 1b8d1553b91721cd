package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"netverify/kernels"
)

func kernelsPathCommand() *cobra.Command {
	var modules, config bool
	c := &cobra.Command{
		Use:   "path SPEC",
		Short: "Print where a kernel's image is, for scripts",
		Long: `Print where a kernel's image is, for scripts. Its files have been compared with their
checksums. Nothing is fetched: what is not in the cache is an error.`,
		Example: `  netverify kernels path debian:6.1
  netverify kernels path --modules debian:6.1
  netverify kconfig --check "$(netverify kernels path --config debian:6.1)"`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: kernelNames,
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := interruptible()
			defer stop()
			k, err := kernels.Find(ctx, args[0], kernels.Options{Offline: true})
			if err != nil {
				return unable{err}
			}
			path, lacking := k.Image, ""
			switch {
			case modules:
				path, lacking = k.Modules, "comes without modules (of an image, `run` takes them as --modules DIR)"
			case config:
				path, lacking = k.Config, "comes without its configuration"
			}
			if path == "" {
				return unable{fmt.Errorf("kernel %s: %s", args[0], lacking)}
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), path)
			return output(err)
		},
	}
	c.Flags().BoolVar(&modules, "modules", false, "print the folder of its modules instead")
	c.Flags().BoolVar(&config, "config", false, "print the file of its configuration instead")
	c.MarkFlagsMutuallyExclusive("modules", "config")
	return c
}

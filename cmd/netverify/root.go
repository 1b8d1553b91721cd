package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// command is the tree of verbs.
func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "netverify",
		Short: "Verify macvlan, VLAN and bridge behaviour of this kernel, with evidence",
		Long: `netverify builds macvlan, VLAN and bridge labs in network namespaces, sends and
sniffs frames on them, and says with pcapng evidence whether the kernel does
what it should. It needs no root where user namespaces are allowed, and leaves
nothing behind.

Exit status: 0 all passed; 1 something failed; 2 bad usage or a bad scenario;
3 nothing failed, but something could not be shown (inconclusive, error,
interrupted, a disk that is full); 128 and the number of a signal that ended
it: 130 a second Ctrl-C, 137 no memory.`,
		Example: `  netverify run                      # every built-in scenario
  netverify run 'macvlan/*'          # some of them
  netverify run my/scenario.yaml     # one of your own
  netverify doctor                   # what this machine can do`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		Args:          subverb,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate(versionText())
	root.Flags().Bool("version", false, "print the version") // without cobra's -v, which other tools take for verbose
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see '%s --help')", named(err), c.CommandPath())
	})
	root.AddCommand(runCommand(), enterCommand(), judgeCommand(), reportCommand(), listCommand(), showCommand(), lintCommand(), schemaCommand(), doctorCommand(),
		kernelsCommand(), kconfigCommand(), versionCommand())
	for _, c := range verbs(root) {
		c.Args = explained(c.Args)
	}
	return root
}

// verbs are c and all commands below it.
func verbs(c *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{c}
	for _, below := range c.Commands() {
		out = append(out, verbs(below)...)
	}
	return out
}

// explained makes the errors of argument checks say where help is.
func explained(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(c, args); err != nil {
			return fmt.Errorf("%w (see '%s --help')", named(err), c.CommandPath())
		}
		return nil
	}
}

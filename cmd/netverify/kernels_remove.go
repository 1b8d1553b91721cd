package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"netverify/internal/plain"
	"netverify/kernels"
)

func kernelsRemoveCommand() *cobra.Command {
	var all, lists bool
	c := &cobra.Command{
		Use:   "remove NAME|SPEC...",
		Short: "Remove kernels from the cache",
		Long: `Remove kernels from the cache: by the name that 'kernels list' prints, or all that
answer a SPEC, as debian:6.1. If one of the names is unknown nothing is removed.`,
		Example: `  netverify kernels remove debian:6.1
  netverify kernels remove --all --lists      # all that was ever fetched`,
		ValidArgsFunction: kernelNames,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return fmt.Errorf("--all, or names: not both")
			case !all && !lists && len(args) == 0:
				return fmt.Errorf("which kernels? names, --all or --lists")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			entries, err := kernels.List("")
			if err != nil {
				return output(err)
			}
			if !all {
				if entries, err = chosen(entries, args); err != nil {
					return unable{err}
				}
			}
			return output(removeKernels(c, entries, lists))
		},
	}
	c.Flags().BoolVar(&all, "all", false, "remove all kernels")
	c.Flags().BoolVar(&lists, "lists", false, "remove apt's package lists, which make the next fetch of a suite faster")
	return c
}

// chosen are the entries that names stand for, each once.
func chosen(entries []kernels.Entry, names []string) ([]kernels.Entry, error) {
	var out []kernels.Entry
	seen := map[string]bool{}
	for _, name := range names {
		found, err := kernels.Select(entries, name)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			if !seen[e.Name] {
				seen[e.Name] = true
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// removeKernels says what is gone, one line each.
func removeKernels(c *cobra.Command, entries []kernels.Entry, lists bool) error {
	ctx, stop := interruptible()
	defer stop()
	for _, e := range entries {
		size := e.Size()
		if err := kernels.Remove(ctx, "", e.Name); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(plain.Writer(c.OutOrStdout()), "removed %s (%s)\n", e.Name, megabytes(size)); err != nil {
			return err
		}
	}
	if !lists {
		return nil
	}
	size, err := kernels.ListsSize("")
	if err != nil {
		return err
	}
	if err := kernels.RemoveLists(ctx, ""); err != nil {
		return err
	}
	_, err = fmt.Fprintf(plain.Writer(c.OutOrStdout()), "removed package lists (%s)\n", megabytes(size))
	return err
}

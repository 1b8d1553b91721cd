package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"netverify/kernels"
)

func kernelsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "kernels",
		Short: "List, fetch and remove kernels for `run --kernel`",
		Long: `List, fetch and remove the kernels that are kept for 'run --kernel'. They lie below
XDG_CACHE_HOME (or ~/.cache) in netverify, each with its checksums, which are
compared before each use. What is damaged is told and fetched again.`,
		Example: `  netverify kernels add debian:6.1      # 27 MB to fetch, once
  netverify kernels list
  netverify kernels remove debian:6.1`,
		Args: subverb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(kernelsListCommand(), kernelsAddCommand(), kernelsRemoveCommand(), kernelsPathCommand())
	return c
}

// subverb refuses what is none of the verbs below c.
func subverb(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		meant = fmt.Sprintf("; did you mean %q?", near[0])
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], c.CommandPath(), meant)
}

// kernelNames completes what a user may name of the cache.
func kernelNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	entries, err := kernels.List("")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names, cobra.ShellCompDirectiveDefault
}

// entryOf is the cache entry that k is in, if it is in one.
func entryOf(k *kernels.Kernel) (kernels.Entry, bool, error) {
	entries, err := kernels.List("")
	if err != nil || k == nil {
		return kernels.Entry{}, false, err
	}
	for _, e := range entries {
		if e.Path == filepath.Dir(k.Image) {
			return e, true, nil
		}
	}
	return kernels.Entry{}, false, nil
}

// megabytes writes a size as package managers do: 10^6 bytes.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// ago writes how long something is past, in its largest unit.
func ago(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		switch n := d / u.unit; {
		case n == 1:
			return "1 " + u.name + " ago"
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, u.name)
		}
	}
	return "just now"
}

// plural writes a number of things.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"netverify/internal/plain"
	"netverify/kernels"
)

func kernelsListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the kernels of the cache, their sizes and whether they are whole",
		Long: `List the kernels of the cache. Every file is compared with its checksum (about 20 ms
a kernel): the state says what is damaged. "default" is the kernel that is used
where one is needed and none was named.`,
		Example: `  netverify kernels list
  netverify kernels list --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := listKernels()
			if err != nil {
				return output(err)
			}
			if asJSON {
				return output(writeJSON(c.OutOrStdout(), l))
			}
			return output(l.write(plain.Writer(c.OutOrStdout()), time.Now()))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// kernelList is what `kernels list --json` prints. Sizes are in bytes.
type kernelList struct {
	Cache   string         `json:"cache"` // the folder; it need not exist
	Kernels []cachedKernel `json:"kernels"`
	Lists   int64          `json:"lists_size"` // of apt's package lists
	Total   int64          `json:"total_size"`
}

type cachedKernel struct {
	Name    string    `json:"name"`
	Release string    `json:"release"` // uname -r; "" where entry.json does not tell
	Source  string    `json:"source"`  // "debian SUITE", "package", or "unknown"
	Origin  string    `json:"origin"`  // the source, with the packages
	Size    int64     `json:"size"`
	Added   time.Time `json:"added"`
	Damage  string    `json:"damage"` // what is wrong with it; "" where all of it is whole
	Default bool      `json:"default"`
	Path    string    `json:"path"` // the folder
}

func listKernels() (kernelList, error) {
	l := kernelList{Kernels: []cachedKernel{}}
	var err error
	if l.Cache, err = kernels.DefaultCache(); err != nil {
		return l, err
	}
	entries, err := kernels.List(l.Cache)
	if err != nil {
		return l, err
	}
	k, err := kernels.Default(l.Cache)
	if err != nil {
		return l, err
	}
	chosen, _, err := entryOf(k)
	if err != nil {
		return l, err
	}
	for _, e := range entries {
		entry := cachedKernel{
			Name: e.Name, Release: e.Release, Source: e.Source(), Origin: e.Origin(), Size: e.Size(), Added: e.Added,
			Default: e.Path == chosen.Path, Path: e.Path,
		}
		if err := e.Verify(); err != nil {
			entry.Damage = err.Error()
		}
		l.Kernels = append(l.Kernels, entry)
		l.Total += entry.Size
	}
	l.Lists, err = kernels.ListsSize(l.Cache)
	l.Total += l.Lists
	return l, err
}

func (l kernelList) write(w io.Writer, now time.Time) error {
	if len(l.Kernels) == 0 {
		if _, err := fmt.Fprintf(w, "no kernels in %s; `netverify kernels add %s` fetches one\n", l.Cache, kernels.DefaultSpec); err != nil {
			return err
		}
	} else if err := writeTable(w, []string{"name", "release", "from", "size", "added", "state"}, l.rows(now)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s %s, package lists %s, in all %s in %s\n",
		plural(len(l.Kernels), "kernel"), megabytes(l.Total-l.Lists), megabytes(l.Lists), megabytes(l.Total), l.Cache)
	return err
}

func (l kernelList) rows(now time.Time) [][]string {
	var out [][]string
	for _, k := range l.Kernels {
		state, added := "ok", ""
		if k.Default {
			state += ", default"
		}
		if k.Damage != "" {
			state = "damaged: " + k.Damage
		}
		if !k.Added.IsZero() {
			added = ago(now.Sub(k.Added))
		}
		out = append(out, []string{k.Name, k.Release, k.Source, megabytes(k.Size), added, state})
	}
	return out
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"netverify/internal/plain"
	"netverify/kernels"
)

func kernelsAddCommand() *cobra.Command {
	var refresh bool
	c := &cobra.Command{
		Use:   "add SPEC...",
		Short: "Fetch or unpack kernels into the cache",
		Long: `Fetch or unpack kernels into the cache. A SPEC is

  debian:SUITE      the kernel of bullseye, bookworm, trixie, sid or a backports suite
  debian:VERSION    the newest that begins so: 6.1, 7, 6.1.0-56-cloud-amd64
  FILE.deb          linux-image-*.deb; or linux-binary-*.deb with its linux-modules-*
                    and linux-base-* beside it

What is in the cache already and whole is left as it is; what is damaged is made
anew. An interrupted fetch leaves nothing. apt-get does the fetching, with
sources and lists of its own; the system's are not touched.`,
		Example: `  netverify kernels add debian:6.1
  netverify kernels add --refresh debian:bookworm debian:sid
  netverify kernels add ./linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: kernelNames,
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := interruptible()
			defer stop()
			var problem error
			for _, spec := range args {
				if problem = errors.Join(problem, addKernel(ctx, c, spec, refresh)); ctx.Err() != nil {
					break
				}
			}
			return output(problem)
		},
	}
	c.Flags().BoolVar(&refresh, "refresh", false, "ask Debian's archive for a newer one even where a cached one answers")
	return c
}

// addKernel has one kernel in the cache, and prints its name, size and folder.
func addKernel(ctx context.Context, c *cobra.Command, spec string, refresh bool) error {
	p := newProgress(c.ErrOrStderr())
	defer p.clear()
	before, err := entryFolders()
	if err != nil {
		return err
	}
	k, err := kernels.Find(ctx, spec, kernels.Options{Refresh: refresh, Progress: p.note})
	if err != nil {
		return err
	}
	e, cached, err := entryOf(k)
	switch {
	case err != nil:
		return err
	case !cached:
		return fmt.Errorf("%s is used where it lies, and needs no cache: netverify run --kernel %[1]s", spec)
	}
	what := "added"
	now, err := os.Stat(e.Path)
	if err != nil {
		return err
	}
	if old := before[e.Name]; old != nil && os.SameFile(old, now) {
		what = "is there"
	}
	p.clear()
	_, err = fmt.Fprintf(plain.Writer(c.OutOrStdout()), "%s: %s %s (%s) in %s\n", spec, e.Name, what, megabytes(e.Size()), e.Path)
	return err
}

// entryFolders are the folders of the cache's entries, by name. An entry that is
// made anew gets another folder of that name.
func entryFolders() (map[string]os.FileInfo, error) {
	entries, err := kernels.List("")
	if err != nil {
		return nil, err
	}
	folders := map[string]os.FileInfo{}
	for _, e := range entries {
		if folders[e.Name], err = os.Stat(e.Path); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

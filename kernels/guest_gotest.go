package kernels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"netverify/scenarios"
)

// TestOutcome is how a test program ended in a guest.
type TestOutcome struct {
	Release string
	Output  string   // of both streams, in their order
	Status  int      // exit status; 128 + signal where it was killed
	Trouble []string // lines by which the kernel reported against itself meanwhile
}

// RunTest runs a static test program (CGO_ENABLED=0 go test -c) in a guest,
// with the modules of all features and what is in testdata beside folder, as
// root, and returns what it wrote and how it ended. folder is the package's;
// "" where the program reads no file of it. The error is a *GuestError where
// the guest did not end as it should; the output up to then is there.
func RunTest(ctx context.Context, k *Kernel, guest GuestOptions, program, folder string, args ...string) (TestOutcome, error) {
	out := TestOutcome{Release: k.Release}
	if _, err := readInit(program); err != nil {
		return out, err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return out, err
	}
	name := path.Join(guestTests, filepath.Base(program))
	files := []File{{Name: name, Mode: 0o755, Data: data}}
	if folder != "" {
		more, err := folderFiles(filepath.Join(folder, "testdata"), path.Join(guestTests, "testdata"))
		if err != nil {
			return out, err
		}
		files = append(files, more...)
	}
	job := &guestJob{Test: &testJob{Program: name, Dir: guestTests, Args: args, Env: []string{"HOME=/tmp", "PATH=/", "TMPDIR=/tmp"}}}
	var features []scenarios.Feature
	for _, f := range scenarios.Features {
		features = append(features, f.Feature)
	}
	var text strings.Builder
	s := &session{onOutput: func(b []byte) { text.Write(b) }}
	_, err = boot(ctx, k, s, job, features, files, guest.withDefaults())
	out.Output = text.String()
	if s.greeted {
		out.Release = s.hello.Release
	}
	if s.done != nil {
		for _, t := range s.done.Late {
			out.Trouble = append(out.Trouble, t.Line)
		}
	}
	switch {
	case err != nil:
		return out, err
	case s.exit == nil:
		return out, errors.New("the guest did not say how the program ended")
	case s.exit.Error != "":
		return out, fmt.Errorf("guest %s: start %s: %s", out.Release, program, s.exit.Error)
	}
	out.Status = s.exit.Status
	return out, nil
}

package kernels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"netverify/internal/whole"
)

// apt runs apt-get for one suite with a configuration, lists and caches of its
// own. Of the system's it uses how to reach the network (Acquire::*: proxies,
// certificates, passwords) and the keyring with Debian's keys.
type apt struct {
	suite    suite
	dir      string // below the cache
	progress func(format string, args ...any)

	scheme string // in front of a source: "http://", or "https://" without a keyring
	trust  string // option of a source, sources.list(5): the keyring, or trusted=yes
	signed bool
}

// keyrings are where the package debian-archive-keyring puts its keys.
var keyrings = []string{
	"/usr/share/keyrings/debian-archive-keyring.pgp",
	"/usr/share/keyrings/debian-archive-keyring.gpg",
}

// open makes the suite's folder and locks it.
func (a *apt) open(ctx context.Context) (unlock func(), err error) {
	for _, program := range []string{"apt-get", "apt-cache"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%s is not installed; it is what fetches from Debian's archive. "+
				"Elsewhere, give a package file (linux-image-*.deb) or an image with its modules", program)
		}
	}
	abs, err := filepath.Abs(a.dir)
	if err != nil {
		return nil, err
	}
	a.dir = abs
	cache := filepath.Dir(filepath.Dir(a.dir))
	if err := whole.Folder(cache, filepath.Join(filepath.Base(filepath.Dir(a.dir)), filepath.Base(a.dir))); err != nil {
		return nil, err
	}
	if unlock, err = lock(ctx, a.dir, "lock"); err != nil {
		return nil, err
	}
	for _, d := range []string{"lists/partial", "archives/partial", "state"} {
		if err := whole.Folder(a.dir, d); err != nil {
			unlock()
			return nil, err
		}
	}
	if a.scheme == "" {
		a.findKeyring()
	}
	return unlock, nil
}

// findKeyring decides how the archive is trusted.
func (a *apt) findKeyring() {
	if keyring := existing(keyrings...); keyring != "" {
		a.scheme, a.trust, a.signed = "http://", "signed-by="+keyring, true
		return
	}
	a.scheme, a.trust = "https://", "trusted=yes"
	a.progress("signatures of Debian's archive are not checked: there is no keyring (package debian-archive-keyring)")
}

// update fetches the lists of sources; what has not changed is not fetched again.
func (a *apt) update(ctx context.Context, sources []string) error {
	var list strings.Builder
	for _, s := range sources {
		// target=Packages: no translations, icons or file lists
		fmt.Fprintf(&list, "deb [arch=%s target=Packages %s] %s%s main\n", runtime.GOARCH, a.trust, a.scheme, s)
	}
	for name, text := range map[string]string{"sources.list": list.String(), "apt.conf": a.conf(), "status": ""} {
		if err := whole.File(filepath.Join(a.dir, name), []byte(text)); err != nil {
			return err
		}
	}
	_, err := a.run(ctx, a.dir, "apt-get", "update")
	return err
}

// conf is read after the system's configuration (apt.conf(5)), of which hooks
// and preferences are taken away.
func (a *apt) conf() string {
	return fmt.Sprintf(`#clear APT::Update;
#clear APT::Default-Release;
#clear DPkg;
Dir "/";
Dir::State %[1]q;
Dir::State::lists %[2]q;
Dir::State::status %[3]q;
Dir::Cache %[1]q;
Dir::Cache::archives %[4]q;
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist %[5]q;
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log %[1]q;
Acquire::Languages "none";
Acquire::Retries "2";
APT::Architecture %[6]q;
#clear APT::Architectures;
APT::Architectures { %[6]q; };
APT::Sandbox::User "root"; // user _apt cannot look into the cache of another
`, filepath.Join(a.dir, "state"), filepath.Join(a.dir, "lists"), filepath.Join(a.dir, "status"),
		filepath.Join(a.dir, "archives"), filepath.Join(a.dir, "sources.list"), runtime.GOARCH)
}

// run starts one of apt's programs in a folder and returns its output. It does
// not outlive this process.
func (a *apt) run(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	// Pdeathsig is sent when the thread ends that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, program, append([]string{"-q", "-c", filepath.Join(a.dir, "apt.conf")}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("%s %s: %s", program, args[0], aptProblem(problems.String(), exit.Error()))
	}
	return out.Bytes(), err
}

// aptProblem is what apt's messages say was wrong: its errors, or else its
// warnings, in one line.
func aptProblem(text, status string) string {
	for _, kind := range []string{"E: ", "W: "} {
		var lines []string
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), kind); ok {
				lines = append(lines, rest)
			}
		}
		if len(lines) > 0 {
			problem := strings.Join(lines[:min(len(lines), 3)], "; ")
			if strings.Contains(text, "NO_PUBKEY") {
				problem += " (the keyring is too old: upgrade debian-archive-keyring)"
			}
			return problem
		}
	}
	return status
}

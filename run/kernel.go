package run

import (
	"bufio"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// configPrefixes are the options that reports keep of a kernel's config: what
// the features of scenarios depend on.
var configPrefixes = []string{
	"CONFIG_MACVLAN", "CONFIG_MACVTAP", "CONFIG_IPVLAN", "CONFIG_VLAN_8021Q", "CONFIG_BRIDGE", "CONFIG_VETH",
	"CONFIG_BONDING", "CONFIG_DUMMY", "CONFIG_TUN", "CONFIG_PACKET", "CONFIG_NET_NS", "CONFIG_USER_NS", "CONFIG_HZ=",
}

// NewID makes the id of a run: the evidence of one run is known by it, wherever
// its files lie.
func NewID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// Build returns what tells kernels of one release apart: which build it is
// (uname -v).
func Build() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Version[:])
}

var kernel = sync.OnceValues(func() (string, map[string]string) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown", nil
	}
	release := unix.ByteSliceToString(u.Release[:])
	return release, config(release)
})

// Kernel returns the release of the running kernel and, where the kernel or
// its distribution publishes its config, the options that matter here.
func Kernel() (release string, config map[string]string) { return kernel() }

func config(release string) map[string]string {
	if f, err := os.Open("/proc/config.gz"); err == nil {
		defer f.Close()
		if z, err := gzip.NewReader(f); err == nil {
			return options(z)
		}
	}
	if f, err := os.Open("/boot/config-" + release); err == nil {
		defer f.Close()
		return options(f)
	}
	return nil
}

func options(r io.Reader) map[string]string {
	m := make(map[string]string)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		for _, p := range configPrefixes {
			if strings.HasPrefix(name+"=", p) {
				m[name] = value
			}
		}
	}
	return m
}

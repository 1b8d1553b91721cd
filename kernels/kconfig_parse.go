package kernels

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"netverify/internal/input"
)

// KernelConfig is a kernel's configuration: "CONFIG_X" to "y", "m", a number, or
// a string in its quotes. What is not set is not in it.
type KernelConfig map[string]string

// maxConfig bounds a configuration, decompressed: many times what an
// allmodconfig takes.
const maxConfig = 16 << 20

// ReadConfig reads a .config, /boot/config-*, or /proc/config.gz. Errors name
// the file, and the line.
func ReadConfig(file string) (KernelConfig, error) {
	f, err := input.OpenRegular(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var text io.Reader = in
	if magic, err := in.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if text, err = gzip.NewReader(in); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	c, err := ParseConfig(text)
	var bad *ConfigError
	switch {
	case errors.As(err, &bad):
		return nil, fmt.Errorf("%s:%w", file, bad)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// ConfigError is a line that is none of a configuration.
type ConfigError struct {
	Line int // from 1
	Msg  string
}

// Error returns "line: message".
func (e *ConfigError) Error() string { return fmt.Sprintf("%d: %s", e.Line, e.Msg) }

// The lines of a configuration (Documentation/kbuild/kconfig-language.rst;
// scripts/kconfig/confdata.c:conf_read_simple).
var (
	configSet   = regexp.MustCompile(`^(CONFIG_[A-Za-z0-9_]+)=(y|m|n|-?[0-9]+|0[xX][0-9a-fA-F]+|"(?:[^"\\]|\\.)*")$`)
	configUnset = regexp.MustCompile(`^# (CONFIG_[A-Za-z0-9_]+) is not set$`)
)

// ParseConfig reads a configuration. It is strict: a line that is neither a
// comment nor sets an option, and an option that is set twice, are errors, as
// what was cut or mixed up must not pass for a kernel that lacks something.
func ParseConfig(r io.Reader) (KernelConfig, error) {
	c := KernelConfig{}
	first := map[string]int{}
	limited := &io.LimitedReader{R: r, N: maxConfig + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Text()
		option, value, ok := configLine(line)
		switch {
		case !ok:
			return nil, &ConfigError{n, fmt.Sprintf("%.80q is no line of a kernel's configuration", line)}
		case option == "":
			continue
		}
		if first[option] > 0 {
			return nil, &ConfigError{n, fmt.Sprintf("%s is set twice, first in line %d", option, first[option])}
		}
		first[option] = n
		if value != "n" {
			c[option] = value
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, err
	case limited.N == 0:
		return nil, fmt.Errorf("more than %d MiB: not a kernel's configuration", maxConfig>>20)
	case len(first) == 0:
		return nil, errors.New("sets no option: not a kernel's configuration")
	}
	return c, nil
}

// configLine takes a line apart; the option is "" for a comment.
func configLine(line string) (option, value string, ok bool) {
	switch {
	case line == "", line[0] == '#' && !strings.HasPrefix(line, "# CONFIG_"):
		return "", "", true
	case line[0] == '#':
		if m := configUnset.FindStringSubmatch(line); m != nil {
			return m[1], "n", true
		}
		return "", "", true
	}
	m := configSet.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// number is the value of an option as a number; 0 if it is none.
func (c KernelConfig) number(option string) int {
	n, err := strconv.ParseInt(c[option], 0, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"netverify/internal/plain"
	"netverify/kernels"
	"netverify/report"
	"netverify/scenarios"
)

type kconfigFlags struct {
	check   string
	modules bool
	builtin bool
	json    bool
}

func kconfigCommand() *cobra.Command {
	var f kconfigFlags
	c := &cobra.Command{
		Use:   "kconfig [NAME|GLOB|FILE|DIR...]",
		Short: "Print the kernel options that scenarios need, or check a configuration for them",
		Long: `Print, as a configuration fragment, the kernel options that a guest and these
scenarios need (without a name, all built-in ones); each with the reason. Merge it
into the .config of a kernel tree:

  netverify kconfig > netverify.config
  scripts/kconfig/merge_config.sh -m .config netverify.config && make olddefconfig

With --check, say instead what a configuration lacks. Exit status 1 if anything
is missing.`,
		Example: `  netverify kconfig 'vlan/*'
  netverify kconfig --check ../linux/.config
  netverify kconfig --check /proc/config.gz 'macvlan/*'`,
		Args: func(*cobra.Command, []string) error {
			switch {
			case f.modules && f.check != "":
				return errors.New("--modules is for the fragment; --check takes =m for good unless --builtin is given")
			case f.builtin && f.check == "":
				return errors.New("--builtin is for --check; the fragment says =y unless --modules is given")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args)
			if err != nil {
				return err
			}
			return f.run(c, kernels.ConfigNeeds(plans), len(plans))
		},
	}
	c.Flags().StringVar(&f.check, "check", "", "a configuration to check: .config, /boot/config-*, /proc/config.gz")
	c.Flags().BoolVar(&f.modules, "modules", false, "write what can be a module as =m")
	c.Flags().BoolVar(&f.builtin, "builtin", false, "with --check: no modules come with the kernel, =m counts as missing")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

// option is one of `kconfig --json`.
type option struct {
	Option    string   `json:"option"`
	Value     string   `json:"value"`     // what the fragment says: "y", "m", or a number
	Guest     string   `json:"guest"`     // why every guest needs it; "" if none does
	Why       []string `json:"why"`       // why scenarios need it
	Scenarios []string `json:"scenarios"` // which
	Found     string   `json:"found"`     // with --check: what the configuration says; "n" where it is not set
	Missing   string   `json:"missing"`   // with --check: what is wrong with that; "" if nothing
}

func (f *kconfigFlags) run(c *cobra.Command, needs []kernels.ConfigNeed, plans int) error {
	var config kernels.KernelConfig
	if f.check != "" {
		var err error
		if config, err = kernels.ReadConfig(f.check); err != nil {
			return unable{err}
		}
	}
	options := f.options(needs, config)
	var err error
	switch w := c.OutOrStdout(); {
	case f.json:
		err = writeJSON(w, options)
	case f.check != "":
		err = writeCheck(plain.Writer(w), f.check, options, plans)
	default:
		err = writeFragment(plain.Writer(w), options, plans)
	}
	if err != nil {
		return output(err)
	}
	for _, o := range options {
		if o.Missing != "" {
			return status(report.ExitFail)
		}
	}
	return nil
}

// options are the needs, held against a configuration if there is one. With
// modules, CONFIG_MODULES is one of them.
func (f *kconfigFlags) options(needs []kernels.ConfigNeed, config kernels.KernelConfig) []option {
	out := []option{}
	if f.modules {
		needs = append([]kernels.ConfigNeed{{Option: "CONFIG_MODULES", Guest: "modules are loaded by init"}}, needs...)
	}
	for _, n := range needs {
		o := option{Option: n.Option, Value: n.Value(), Guest: n.Guest, Why: append([]string{}, n.Why...), Scenarios: append([]string{}, n.Scenarios...)}
		if n.Module && f.modules {
			o.Value = "m"
		}
		if config != nil {
			if o.Found = config[n.Option]; o.Found == "" {
				o.Found = "n"
			}
			o.Missing = config.Lack(n, f.builtin)
		}
		out = append(out, o)
	}
	return out
}

// reason says in one line why an option is needed and by what.
func (o option) reason(plans int) string {
	var parts []string
	if o.Guest != "" {
		parts = append(parts, "every guest: "+o.Guest)
	}
	if len(o.Why) > 0 {
		const shown = 3
		by := strings.Join(o.Scenarios[:min(shown, len(o.Scenarios))], ", ")
		switch more := len(o.Scenarios) - shown; {
		case len(o.Scenarios) == plans && plans > 1:
			by = "every scenario"
		case more > 0:
			by += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, by+": "+strings.Join(o.Why, "; "))
	}
	return strings.Join(parts, "; ")
}

func writeFragment(w io.Writer, options []option, plans int) error {
	if _, err := fmt.Fprintf(w, "# What %s and the guest that they run in need of a kernel (netverify kconfig).\n", plural(plans, "scenario")); err != nil {
		return err
	}
	for _, o := range options {
		if _, err := fmt.Fprintf(w, "\n# %s\n%s=%s\n", o.reason(plans), o.Option, o.Value); err != nil {
			return err
		}
	}
	return nil
}

func writeCheck(w io.Writer, file string, options []option, plans int) error {
	var rows [][]string
	modules := 0
	for _, o := range options {
		if o.Missing != "" {
			rows = append(rows, []string{"missing", o.Option, o.Missing + "\n-> " + o.reason(plans)})
		} else if o.Found == "m" {
			modules++
		}
	}
	if len(rows) > 0 {
		if err := writeTable(w, []string{"", "option", "found"}, rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s needed by %s, %d missing, %d there as modules\n",
		file, plural(len(options), "option"), plural(plans, "scenario"), len(rows), modules)
	return err
}

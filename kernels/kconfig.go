package kernels

import (
	"fmt"
	"slices"

	"netverify/scenarios"
)

// ConfigNeed is an option of a kernel's configuration that a guest or a scenario
// needs.
type ConfigNeed struct {
	Option    string   // "CONFIG_VLAN_8021Q"
	Least     int      // of a number, what it must be at least; 0: the option is to be on
	Usual     int      // of a number, what a fragment says: Kconfig's default
	Module    bool     // =m will do, where modules come with the kernel
	Guest     string   // why every guest needs it; "" if none does by itself
	Why       []string // why scenarios need it, a clause each
	Scenarios []string // those that do, in the order of their plans
}

// Value is what a configuration fragment says: "y", or a number.
func (n ConfigNeed) Value() string {
	if n.Least > 0 {
		return fmt.Sprint(n.Usual)
	}
	return "y"
}

// ConfigNeeds lists what a kernel needs to be a guest in which plans can run:
// options before those that depend on them, so that scripts/kconfig/
// merge_config.sh and `make olddefconfig` keep each of them. What others select
// (LLC and STP of BRIDGE, TAP of MACVTAP) comes by itself and is left out.
func ConfigNeeds(plans []*scenarios.Plan) []ConfigNeed {
	l := &needList{at: map[string]int{}}
	for _, g := range guestConfig {
		n := l.need(g.option)
		n.Least, n.Usual, n.Guest = g.least, g.usual, g.why
	}
	for _, f := range scenarios.Features {
		for _, p := range plans {
			if slices.Contains(p.Needs, f.Feature) {
				l.add(f.Config, f.Doc, p.Name)
			}
			for _, more := range featureOptions[f.Name] {
				if slices.Contains(p.Needs, f.Feature) {
					l.add(more.option, more.why, p.Name)
				}
			}
		}
	}
	return l.needs
}

// needList collects needs, each option once.
type needList struct {
	needs []ConfigNeed
	at    map[string]int
}

// need is the entry of an option.
func (l *needList) need(option string) *ConfigNeed {
	i, ok := l.at[option]
	if !ok {
		i = len(l.needs)
		l.at[option] = i
		l.needs = append(l.needs, ConfigNeed{Option: option, Module: len(optionModules(option)) > 0})
	}
	return &l.needs[i]
}

// add enters that a scenario needs an option, and all it depends on.
func (l *needList) add(option, why, scenario string) {
	for _, d := range optionDepends[option] {
		l.add(d, option+" depends on it", scenario)
	}
	n := l.need(option)
	if !slices.Contains(n.Why, why) {
		n.Why = append(n.Why, why)
	}
	if !slices.Contains(n.Scenarios, scenario) {
		n.Scenarios = append(n.Scenarios, scenario)
	}
}

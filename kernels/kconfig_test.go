package kernels

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netverify/scenarios"
)

// everything is a plan that needs all features.
func everything() []*scenarios.Plan {
	p := &scenarios.Plan{Name: "all"}
	for _, f := range scenarios.Features {
		p.Needs = append(p.Needs, f.Feature)
	}
	return []*scenarios.Plan{p}
}

func needing(name string, features ...string) *scenarios.Plan {
	p := &scenarios.Plan{Name: name}
	for _, f := range features {
		feature, ok := scenarios.FeatureNamed(f)
		if !ok {
			panic(f)
		}
		p.Needs = append(p.Needs, feature)
	}
	return p
}

func findNeed(needs []ConfigNeed, option string) (ConfigNeed, bool) {
	i := slices.IndexFunc(needs, func(n ConfigNeed) bool { return n.Option == option })
	if i < 0 {
		return ConfigNeed{}, false
	}
	return needs[i], true
}

func TestAnOptionIsNeededWithWhatItDependsOn(t *testing.T) {
	needs := ConfigNeeds([]*scenarios.Plan{
		needing("trunk", scenarios.FeatureNetns, scenarios.FeatureBridge, scenarios.FeatureBridgeVLANFiltering),
		needing("child", scenarios.FeatureNetns, scenarios.FeatureMacvlan, scenarios.FeatureMacvlanSource),
		needing("tap", scenarios.FeatureMacvtap),
	})
	tests := []struct{ option, scenarios, why string }{
		{"CONFIG_NET_NS", "trunk child", "network namespaces: every node is one"},
		{"CONFIG_MULTIUSER", "trunk child", "CONFIG_NAMESPACES depends on it"},
		{"CONFIG_VLAN_8021Q", "trunk", "CONFIG_BRIDGE_VLAN_FILTERING depends on it"},
		{"CONFIG_BRIDGE", "trunk", "bridges: every switch is one; CONFIG_BRIDGE_VLAN_FILTERING depends on it"},
		{"CONFIG_MACVLAN", "child tap", "macvlan in the modes private, vepa, bridge and passthru; " +
			"macvlan's source mode with its list of senders (since Linux 3.18); CONFIG_MACVTAP depends on it"},
		{"CONFIG_NETDEVICES", "child tap", "CONFIG_NET_CORE depends on it"},
		{"CONFIG_NET_SCHED", "tap", "the queue of a macvtap is replaced by none, which keeps the order of frames"},
	}
	for _, tt := range tests {
		n, ok := findNeed(needs, tt.option)
		if !ok || strings.Join(n.Scenarios, " ") != tt.scenarios || strings.Join(n.Why, "; ") != tt.why {
			t.Errorf("%s: %v, %+v", tt.option, ok, n)
		}
	}
	for _, without := range []string{"CONFIG_VETH", "CONFIG_IPV6", "CONFIG_BONDING"} {
		if n, ok := findNeed(needs, without); ok {
			t.Errorf("nobody asked for %+v", n)
		}
	}
	at := func(option string) int {
		return slices.IndexFunc(needs, func(n ConfigNeed) bool { return n.Option == option })
	}
	for option, depends := range optionDepends {
		for _, d := range depends {
			if at(option) >= 0 && at(d) > at(option) {
				t.Errorf("%s comes before %s, on which it depends", option, d)
			}
		}
	}
}

// A guest without a scenario needs what all guests do, and everything else is
// for the sake of some scenario. No option is there twice, none is of no feature.
func TestEveryNeedHasAReason(t *testing.T) {
	for _, n := range ConfigNeeds(nil) {
		if n.Guest == "" || len(n.Why)+len(n.Scenarios) > 0 || n.Module {
			t.Errorf("%+v", n)
		}
	}
	needs := ConfigNeeds(everything())
	seen := map[string]bool{}
	for _, n := range needs {
		if seen[n.Option] || n.Guest == "" && len(n.Why) == 0 || len(n.Why) > 0 && len(n.Scenarios) != 1 {
			t.Errorf("%+v", n)
		}
		seen[n.Option] = true
	}
	for _, f := range scenarios.Features {
		if !seen[f.Config] {
			t.Errorf("%s of feature %s is not needed", f.Config, f.Name)
		}
	}
	for option := range optionDepends {
		if !seen[option] {
			t.Errorf("%s is said to depend on something, but nothing needs it", option)
		}
	}
}

// The configuration of a real kernel that passes everything: nothing is
// missing; and of each option that is taken out of it, its name.
func TestTheConfigurationOfADebianKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches a kernel where none is cached")
	}
	k, err := findGuestKernel()
	if err != nil {
		unfetched(t, err)
	}
	c, err := ReadConfig(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	if len(c) < 2000 || c["CONFIG_DEFAULT_HOSTNAME"] != `"(none)"` {
		t.Errorf("%d options; CONFIG_DEFAULT_HOSTNAME=%s", len(c), c["CONFIG_DEFAULT_HOSTNAME"])
	}
	needs := ConfigNeeds(everything())
	for _, n := range needs {
		if lack := c.Lack(n, false); lack != "" {
			t.Errorf("%s %s", n.Option, lack)
		}
		value := c[n.Option]
		delete(c, n.Option)
		for _, other := range needs {
			if lack := c.Lack(other, false); (lack != "") != (other.Option == n.Option) {
				t.Errorf("without %s, of %s: %q", n.Option, other.Option, lack)
			}
		}
		c[n.Option] = value
	}
	vlan, _ := findNeed(needs, "CONFIG_VLAN_8021Q")
	if lack := c.Lack(vlan, true); !strings.Contains(lack, "is a module") {
		t.Errorf("without modules, of 8021q: %q", lack)
	}
}

func TestLack(t *testing.T) {
	tristate := ConfigNeed{Option: "CONFIG_A", Module: true}
	builtin := ConfigNeed{Option: "CONFIG_A"}
	number := ConfigNeed{Option: "CONFIG_A", Least: 2}
	tests := []struct {
		name, config string
		need         ConfigNeed
		builtin      bool
		want         string
	}{
		{"on", "CONFIG_A=y", builtin, true, ""},
		{"off", "# CONFIG_A is not set", builtin, false, "is not set"},
		{"off in a fragment", "CONFIG_A=n", builtin, false, "is not set"},
		{"absent", "CONFIG_B=y", builtin, false, "is not set"},
		{"another of that beginning", "CONFIG_AB=y", builtin, false, "is not set"},
		{"a module", "CONFIG_A=m\nCONFIG_MODULES=y", tristate, false, ""},
		{"a module without modules", "CONFIG_A=m\nCONFIG_MODULES=y", tristate, true, "no modules come"},
		{"a module of a kernel that loads none", "CONFIG_A=m", tristate, false, "CONFIG_MODULES is not set"},
		{"a module that is needed before modules", "CONFIG_A=m\nCONFIG_MODULES=y", builtin, false, "must be built in"},
		{"enough", "CONFIG_A=2", number, false, ""},
		{"enough, in hexadecimal", "CONFIG_A=0x20", number, false, ""},
		{"too few", "CONFIG_A=1", number, false, "is 1, must be 2 at least"},
		{"no number", "CONFIG_A=y", number, false, "is y, must be 2"},
		{"no switch", `CONFIG_A="y"`, builtin, false, `is "y", not y`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ParseConfig(strings.NewReader(tt.config))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Lack(tt.need, tt.builtin); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestConfigurationsThatAreNone(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "sets no option"},
		{"comments alone", "# a\n#\n", "sets no option"},
		{"cut in a line", "CONFIG_A=y\nCONFIG_NETDEV", `2: "CONFIG_NETDEV" is no line`},
		{"cut in a string", `CONFIG_A="half`, "1: "},
		{"a string's end in its middle", `CONFIG_A="a"b"`, "1: "},
		{"no value", "CONFIG_A=", "1: "},
		{"no name", "CONFIG_=y", "1: "},
		{"an indented line", " CONFIG_A=y", "1: "},
		{"a shell script", "set -e\n", `1: "set -e" is no line`},
		{"twice", "CONFIG_A=y\n\n# CONFIG_A is not set\n", "3: CONFIG_A is set twice, first in line 1"},
		{"a line without end", "CONFIG_A=y\n" + strings.Repeat("x", 2<<20), "too long"},
		{"no end", "CONFIG_A=y\n" + strings.Repeat("#"+strings.Repeat(" ", 1000)+"\n", maxConfig/1000), "more than 16 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if c, err := ParseConfig(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v", c, err)
			}
		})
	}
}

func TestReadConfigPlainAndCompressed(t *testing.T) {
	text := []byte("CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=-7\nCONFIG_D=\"a \\\" b\"\nCONFIG_E=0x1F\n# CONFIG_F is not set\n")
	want := KernelConfig{"CONFIG_A": "y", "CONFIG_B": "m", "CONFIG_C": "-7", "CONFIG_D": `"a \" b"`, "CONFIG_E": "0x1F"}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{".config": text, "config.gz": z.Bytes(), "config": z.Bytes()} {
		c, err := ReadConfig(write(t, name, b))
		if err != nil || fmt.Sprint(c) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	for name, b := range map[string][]byte{"cut.gz": z.Bytes()[:z.Len()-9], "head.gz": z.Bytes()[:3], "plain": []byte("x\n")} {
		file := write(t, name, b)
		if c, err := ReadConfig(file); err == nil || !strings.Contains(err.Error(), file+":") {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	var bad *ConfigError
	if _, err := ReadConfig(write(t, "bad", []byte("\nx\n"))); !errors.As(err, &bad) || bad.Line != 2 {
		t.Errorf("%v", err)
	}
}

// What is read is what was written, whatever else is refused; and no input
// makes it panic.
func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{"CONFIG_A=y\n", "# CONFIG_A is not set\nCONFIG_B=\"x\\\"\"\n", "CONFIG_A=0x1\nCONFIG_A=2", "CONFIG_A=n\r\n", "\x1f\x8b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig(strings.NewReader(text))
		if err != nil {
			return
		}
		again := "# CONFIG__ is not set\n" // c may be empty
		delete(c, "CONFIG__")
		for option, value := range c {
			again += option + "=" + value + "\n"
			if !strings.Contains(text, option+"="+value) {
				t.Errorf("%s=%s came from nowhere", option, value)
			}
		}
		back, err := ParseConfig(strings.NewReader(again))
		if err != nil || len(back) != len(c) {
			t.Fatalf("%q: %v, %v", again, back, err)
		}
		for option, value := range c {
			if back[option] != value {
				t.Errorf("%s is %q, was %q", option, back[option], value)
			}
		}
	})
}

package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"netverify/internal/golden"
)

const attributesFile = "../docs/attributes.md"

const attributesHead = `# Attributes of the kernel's interface

What rtnetlink lets one set and read of the kinds of interface that a lab has (linux/if_link.h, linux/if_bridge.h, linux/veth.h), which
key of the [scenario language](scenarios.md) it is, and a built-in scenario in which it is at work. Where the key is ` + "`attributes`" + ` the
attribute is written by this name and as a number, a MAC, or ` + "`@node:interface`" + ` for an index; every attribute of an interface that is a
number or a MAC can be written so, and read by the state key ` + "`attribute.NAME`" + `. Times of bridges are in hundredths of a second, as the kernel has them.
A key with a dot in it stands below the VLAN that it is of: ` + "`vlan_global: {10: {msti: 1}}`" + ` for ` + "`vlan_global.msti`" + `.

Made by ` + "`go test ./scenarios -run Attributes -update`" + `; do not edit.
`

var toldLine = regexp.MustCompile("(?m)^[|] `([A-Z0-9_]+)` [|][^|]*[|][^|]*[|] ([a-z0-9-]+/[a-z0-9-]+)")

// toldScenarios are those that the page names: as long as they serve they stay,
// so that a new scenario elsewhere does not change the page.
func toldScenarios() map[string]string {
	page, _ := os.ReadFile(attributesFile) // none yet: none are told
	all := map[string]string{}
	for _, m := range toldLine.FindAllStringSubmatch(string(page), -1) {
		all[m[1]] = m[2]
	}
	return all
}

// atWork finds a scenario of the library with an attribute: by its name, as a
// key, or as a state key; first of all told, if it is one.
func atWork(t *testing.T, a *Attribute, told string) string {
	t.Helper()
	words := []string{regexp.QuoteMeta(a.Name)}
	for _, k := range strings.Split(a.Key, ", ") {
		if k != "" && k != "attributes" {
			words = append(words, strings.ReplaceAll(k, ".", `:(?s:.*)\b`)+`(_map)?:`)
		}
	}
	re := regexp.MustCompile(`\b(` + strings.Join(words, "|") + `)`)
	if src, err := library.ReadFile(told + ".yaml"); err == nil && re.Match(src) {
		return told
	}
	for _, topic := range folders() {
		files, err := library.ReadDir(topic)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			src, err := library.ReadFile(path.Join(topic, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if re.Match(src) {
				return path.Join(topic, strings.TrimSuffix(f.Name(), ".yaml"))
			}
		}
	}
	return ""
}

// TestAttributesOfTheDocument writes the page, and finds attributes that have
// neither a scenario nor a reason, and keys that the language does not have.
func TestAttributesOfTheDocument(t *testing.T) {
	known := map[string]bool{"attributes": true, "sources": true}
	for _, typ := range languageTypes() {
		for _, f := range fieldsOf(typ) {
			known[f.name] = true
		}
	}
	told := toldScenarios()
	var b bytes.Buffer
	b.WriteString(attributesHead)
	of := ""
	for i := range Attributes {
		a := &Attributes[i]
		if a.Of != of {
			of = a.Of
			fmt.Fprintf(&b, "\n## Of a %s\n\n| attribute | since | key | scenario, or why there is none |\n|---|---|---|---|\n", of)
		}
		scenario := atWork(t, a, told[a.Name])
		var keys []string
		for _, k := range strings.Split(a.Key, ", ") {
			if k != "" {
				keys = append(keys, "`"+k+"`")
			}
			for _, part := range strings.Split(k, ".") {
				if part != "" && !known[part] {
					t.Errorf("%s: the language has no key %q", a.Name, part)
				}
			}
		}
		last := a.Without
		switch {
		case scenario != "" && last != "":
			last = scenario + "; " + last
		case scenario != "":
			last = scenario
		case last == "":
			t.Errorf("%s has neither a scenario nor a reason why not", a.Name)
		}
		since := ""
		if a.Since != (Version{}) {
			since = a.Since.String()
			if a.By != "" {
				since += ", `" + a.By + "`"
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.Name, since, strings.Join(keys, ", "), last)
	}
	if *golden.Update {
		if err := os.WriteFile(attributesFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(attributesFile); err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("%s is not what the table says: go generate ./scenarios (%v)", attributesFile, err)
	}
}

// enums of the headers, and what their constants have in common. What ends in
// UNSPEC, or begins with __, is no attribute.
var enums = []struct{ file, prefix, but string }{
	{"if_link.h", "IFLA_BR_", ""}, {"if_link.h", "IFLA_BRPORT_", ""}, {"if_link.h", "IFLA_MACVLAN_", ""},
	{"if_link.h", "IFLA_VLAN_", "IFLA_VLAN_QOS_"}, {"if_link.h", "IFLA_IPVLAN_", ""}, {"if_link.h", "IFLA_BOND_", "IFLA_BOND_(AD_INFO_|SLAVE_).*"},
	{"if_bridge.h", "BRIDGE_VLANDB_ENTRY_", ""}, {"if_bridge.h", "BRIDGE_VLANDB_GOPTS_", ""}, {"if_bridge.h", "BR_BOOLOPT_", "BR_BOOLOPT_MAX"},
	{"veth.h", "VETH_INFO_", ""},
}

var enumOfHeader = regexp.MustCompile(`(?s)\benum[^{};]*\{(.*?)\}`)

// constants are the names of the enums of a header with their values.
func constants(src string) map[string]int {
	all := map[string]int{}
	src = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(src, "")
	for _, m := range enumOfHeader.FindAllStringSubmatch(src, -1) {
		next := 0
		for _, line := range strings.Split(m[1], ",") {
			name, value, given := strings.Cut(strings.TrimSpace(line), "=")
			if n, err := strconv.Atoi(strings.TrimSpace(value)); given && err == nil {
				next = n
			}
			if name = strings.TrimSpace(name); name != "" {
				all[name] = next
				next++
			}
		}
	}
	return all
}

// TestAttributesAreThoseOfTheHeaders compares the table with the system's
// headers, as far as they go: the table may be younger, never poorer.
func TestAttributesAreThoseOfTheHeaders(t *testing.T) {
	const dir = "/usr/include/linux/"
	for _, e := range enums {
		src, err := os.ReadFile(dir + e.file)
		if err != nil {
			t.Skipf("the kernel's headers are not installed (Debian: linux-libc-dev): %v", err)
		}
		for name, number := range constants(string(src)) {
			if !strings.HasPrefix(name, e.prefix) || strings.HasSuffix(name, "_UNSPEC") || strings.HasSuffix(name, "_MAX") && strings.HasPrefix(name, "__") ||
				e.but != "" && regexp.MustCompile("^"+e.but).MatchString(name) && name != "IFLA_BOND_AD_INFO" {
				continue
			}
			if a, ok := AttributeNamed(name); !ok || a.Number != number {
				t.Errorf("%s of %s is %d; the table has %d (known: %v)", name, e.file, number, a.Number, ok)
			}
		}
	}
}

func TestConstantsOfAHeader(t *testing.T) {
	got := constants("enum {\n A_UNSPEC, /* x, y */\n A_B,\n A_C = 7,\n A_D,\n __A_MAX\n};")
	for name, want := range map[string]int{"A_UNSPEC": 0, "A_B": 1, "A_C": 7, "A_D": 8, "__A_MAX": 9} {
		if got[name] != want {
			t.Errorf("%s = %d, want %d", name, got[name], want)
		}
	}
}

package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// filterOf is a firewall with the rules of a drop policy.
func filterOf(accept ...scenarios.FilterMatch) *scenarios.Firewall {
	return &scenarios.Firewall{Pos: at(90), Forward: &scenarios.FilterChain{Policy: "drop", Accept: accept}}
}

// firewallPlan is a router between two hosts.
func firewallPlan(f *scenarios.Firewall) *scenarios.Plan {
	router := host("r", cable("r", "eth0", "a", "eth0", "192.0.2.1/24"), cable("r", "eth1", "b", "eth0", "198.51.100.1/24"))
	router.Forwarding, router.Firewall = true, f
	return planOf(host("a", cable("a", "eth0", "r", "eth0", "192.0.2.2/24")), router, host("b", cable("b", "eth0", "r", "eth1", "198.51.100.2/24")))
}

func TestEachPartOfARuleIsReadBack(t *testing.T) {
	net4, net6 := prefixes("192.0.2.0/24", "198.51.100.2/32"), prefixes("2001:db8::/47", "::/0")
	for _, tt := range []struct {
		name string
		rule scenarios.FilterMatch
		want string
	}{
		{"nothing", scenarios.FilterMatch{}, "accept"},
		{"in", scenarios.FilterMatch{IIF: "eth0"}, "iif eth0 accept"},
		{"out", scenarios.FilterMatch{OIF: "eth1"}, "oif eth1 accept"},
		{"both", scenarios.FilterMatch{IIF: "eth1", OIF: "eth0"}, "iif eth1 oif eth0 accept"},
		{"source", scenarios.FilterMatch{SAddr: net4[0]}, "ip saddr 192.0.2.0/24 accept"},
		{"destination", scenarios.FilterMatch{DAddr: net4[1]}, "ip daddr 198.51.100.2 accept"},
		{"IPv6", scenarios.FilterMatch{SAddr: net6[0], DAddr: net6[1]}, "ip6 saddr 2001:db8::/47 ip6 daddr ::/0 accept"},
		{"all of it", scenarios.FilterMatch{IIF: "eth0", OIF: "eth1", SAddr: net4[0], DAddr: net4[1]}, "iif eth0 oif eth1 ip saddr 192.0.2.0/24 ip daddr 198.51.100.2 accept"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := buildIf(t, scenarios.FeatureNFTablesInet, "test.yaml:90:5: set r firewall", firewallPlan(filterOf(tt.rule)))
			if l != nil {
				expect(t, l, [3]string{"r", "firewall", "forward policy drop; " + tt.want}, [3]string{"a", "firewall", "absent"})
			}
		})
	}
}

func TestSetReplacesTheWholeFirewall(t *testing.T) {
	l := buildIf(t, scenarios.FeatureNFTablesInet, "set r firewall", firewallPlan(filterOf(scenarios.FilterMatch{IIF: "eth0"})))
	if l == nil {
		return
	}
	for range 2 {
		mustSet(t, l, setNode("r", scenarios.NodeSet{Firewall: filterOf(scenarios.FilterMatch{OIF: "eth0"}, scenarios.FilterMatch{OIF: "eth1"})}))
		expect(t, l, [3]string{"r", "firewall", "forward policy drop; oif eth0 accept; oif eth1 accept"})
	}
	mustSet(t, l, setNode("r", scenarios.NodeSet{Firewall: &scenarios.Firewall{Forward: &scenarios.FilterChain{Policy: "accept"}}}))
	expect(t, l, [3]string{"r", "firewall", "forward policy accept"})
	mustSet(t, l, setNode("r", scenarios.NodeSet{Forwarding: ptr(false)}))
	expect(t, l, [3]string{"r", "firewall", "forward policy accept"})
	mustSet(t, l, setNode("r", scenarios.NodeSet{Firewall: &scenarios.Firewall{}}))
	expect(t, l, [3]string{"r", "firewall", "absent"})
}

func TestARuleForAnInterfaceThatIsGoneIsRefused(t *testing.T) {
	l := buildIf(t, scenarios.FeatureNFTablesInet, "set r firewall", firewallPlan(filterOf()))
	if l == nil {
		return
	}
	err := l.Set(setNode("r", scenarios.NodeSet{Firewall: filterOf(scenarios.FilterMatch{IIF: "eth9"})}))
	if name, _ := Errno(err); name != "ENODEV" || !strings.Contains(err.Error(), "test.yaml:90:5: set r firewall: eth9") {
		t.Error(err)
	}
	expect(t, l, [3]string{"r", "firewall", "forward policy drop"})
}

// TestWhatSomebodyElseFiltersIsNotPassedOver: a chain, and parts of a rule, that
// no scenario can ask for.
func TestWhatSomebodyElseFiltersIsNotPassedOver(t *testing.T) {
	for _, tt := range []struct {
		name  string
		hook  *nftables.ChainHook
		exprs []expr.Any
		want  string
	}{
		{"another hook", nftables.ChainHookInput, nil, "the chain filter forward"},
		{"another verdict", nftables.ChainHookForward, []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}}, "*expr.Verdict"},
		{"another expression", nftables.ChainHookForward, []expr.Any{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictAccept}}, "*expr.Counter"},
		{"no verdict", nftables.ChainHookForward, []expr.Any{&expr.Meta{Key: expr.MetaKeyIIF, Register: 1}, equal([]byte{11, 0, 0, 0})}, "without verdict"},
		{"another comparison", nftables.ChainHookForward, []expr.Any{&expr.Meta{Key: expr.MetaKeyIIF, Register: 1}, &expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{11, 0, 0, 0}}}, "*expr.Cmp"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := buildIf(t, scenarios.FeatureNFTablesInet, "set r firewall", firewallPlan(filterOf()))
			if l == nil {
				return
			}
			mustSet(t, l, setNode("r", scenarios.NodeSet{Firewall: &scenarios.Firewall{}}))
			n := l.node("r")
			err := n.withFirewall(func(c *nftables.Conn) error {
				policy := nftables.ChainPolicyAccept
				table := c.AddTable(&nftables.Table{Name: filterTable, Family: nftables.TableFamilyINet})
				chain := c.AddChain(&nftables.Chain{Name: forwardChain, Table: table, Type: nftables.ChainTypeFilter, Hooknum: tt.hook, Priority: nftables.ChainPriorityFilter, Policy: &policy})
				if tt.exprs != nil {
					c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: tt.exprs})
				}
				return c.Flush()
			})
			if err != nil {
				t.Fatal(err)
			}
			if v, ok, err := n.firewallValue(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q %v %v, want an error with %q", v, ok, err, tt.want)
			}
		})
	}
}

// TestTheFirewallLeavesNoDescriptor, and is the node's own: this namespace has
// none afterwards.
func TestTheFirewallLeavesNoDescriptor(t *testing.T) {
	l := buildIf(t, scenarios.FeatureNFTablesInet, "set r firewall", firewallPlan(filterOf()))
	if l == nil {
		return
	}
	before := openFiles(t)
	for range 5 {
		mustSet(t, l, setNode("r", scenarios.NodeSet{Firewall: filterOf(scenarios.FilterMatch{OIF: "eth0"})}))
	}
	expect(t, l, [3]string{"a", "firewall", "absent"}, [3]string{"b", "firewall", "absent"})
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func TestErrorsOfTheFilterAreErrnos(t *testing.T) {
	err := filterError(errors.Join(&kernelError{unix.EPERM, ""}, &kernelError{unix.EINVAL, ""}))
	if name, _ := Errno(err); name != "EPERM" || err.Error() != unix.EPERM.Error() {
		t.Error(err)
	}
	if err := errors.New("no errno"); filterError(err) != err || filterError(nil) != nil {
		t.Error("other errors change")
	}
}

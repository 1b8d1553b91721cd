package lab

import (
	"errors"
	"testing"

	"netverify/recording"
	"netverify/scenarios"
)

func attributeOfTest(t *testing.T, name string, value uint64) scenarios.AttributeValue {
	t.Helper()
	a, ok := scenarios.AttributeNamed(name)
	if !ok {
		t.Fatalf("no attribute %s", name)
	}
	return scenarios.AttributeValue{Attribute: a, Value: value}
}

// TestAttributesAreSetAndReadBack: on a bridge, on a port, and one that holds an
// index; what the kernel does not tell is a feature that it lacks.
func TestAttributesAreSetAndReadBack(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	index := attributeOfTest(t, "IFLA_BRPORT_BACKUP_PORT", 0)
	index.Ref = &recording.Ref{Node: "sw", Iface: "p2"}
	i := l.iface(*index.Ref)
	mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Attributes: []scenarios.AttributeValue{attributeOfTest(t, "IFLA_BRPORT_PRIORITY", 7), index}}))
	mustSet(t, l, setNode("sw", scenarios.NodeSet{Bridge: &scenarios.Bridge{Attributes: []scenarios.AttributeValue{attributeOfTest(t, "IFLA_BR_PRIORITY", 4096)}}}))
	got, err := l.iface(recording.Ref{Node: "sw", Iface: "p1"}).node.conn.links()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		index      int
		name, want string
	}{
		{l.iface(recording.Ref{Node: "sw", Iface: "p1"}).index, "IFLA_BRPORT_PRIORITY", "7"},
		{l.iface(recording.Ref{Node: "sw", Iface: "p1"}).index, "IFLA_BRPORT_BACKUP_PORT", attributeWord(scenarios.AttrU32, attr32(0, uint32(i.index)).Data)},
		{l.iface(recording.Ref{Node: "sw", Iface: bridgeName}).index, "IFLA_BR_PRIORITY", "4096"},
	} {
		a, _ := scenarios.AttributeNamed(w.name)
		if says, ok := got[w.index].attribute(&a); !ok || says != w.want {
			t.Errorf("%s is %q (%v), want %q", w.name, says, ok, w.want)
		}
	}
	unknown := attributeOfTest(t, "IFLA_BRPORT_PRIORITY", 1)
	unknown.Name, unknown.Told = "IFLA_BR_PRIORITY", true // which no port tells
	err = l.Set(setIface("sw:p1", scenarios.InterfaceSet{Attributes: []scenarios.AttributeValue{unknown}}))
	var lacking *Unsupported
	if !errors.As(err, &lacking) || lacking.Feature.Config != "CONFIG_BRIDGE" {
		t.Errorf("an attribute that is not read back: %v", err)
	}
}

func TestMasterIsSetAndTakenAway(t *testing.T) {
	l := mustBuild(t, &scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Interfaces: append(probeBridge(nil), probeCable()...)}}})
	own := "bridge"
	if name, _ := Errno(l.Set(setIface("a:bridge", scenarios.InterfaceSet{Master: &own}))); name != "ELOOP" {
		t.Errorf("a bridge in itself: %s", name)
	}
	for _, master := range []string{"bridge", ""} {
		mustSet(t, l, setIface("a:eth0", scenarios.InterfaceSet{Master: &master}))
		got, err := l.iface(recording.Ref{Node: "a", Iface: "eth0"}).node.conn.link(l.iface(recording.Ref{Node: "a", Iface: "eth0"}).index)
		if err != nil {
			t.Fatal(err)
		}
		if (got.master() != 0) != (master != "") {
			t.Errorf("master %q: the kernel has %d", master, got.master())
		}
	}
}

// TestWhatWasToFailIsTakenAway: what comes although it was to be refused must
// not be in the way of the steps that follow.
func TestWhatWasToFailIsTakenAway(t *testing.T) {
	l := mustBuild(t, &scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Interfaces: probeCable()}}})
	c := &scenarios.Create{Fails: "EINVAL", Interface: scenarios.Interface{Node: "a", Name: "br", Kind: scenarios.BridgeK}, Members: []string{"eth0"}}
	for range 2 {
		if err := l.Create(c); err != nil {
			t.Fatal(err)
		}
		if i := l.iface(recording.Ref{Node: "a", Iface: "br"}); i != nil {
			t.Error("it is still there")
		}
	}
}

func TestItselfNothingAndLoAreRefusedByTheKernel(t *testing.T) {
	l := mustBuild(t, &scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Interfaces: probeCable()}}})
	for want, link := range map[string]*recording.Ref{"ENODEV": {Node: "a", Iface: "mv"}, "EINVAL": nil} {
		c := &scenarios.Create{Fails: want, Interface: scenarios.Interface{Node: "a", Name: "mv", Kind: scenarios.Macvlan, Link: link, Macvlan: &scenarios.MacvlanSpec{}}}
		if name, _ := Errno(l.Create(c)); name != want {
			t.Errorf("on %v: %s, want %s", link, name, want)
		}
	}
	on := &scenarios.Create{Fails: "EINVAL", Interface: scenarios.Interface{Node: "a", Name: "mv", Kind: scenarios.Macvlan, Link: &recording.Ref{Node: "a", Iface: "lo"}, Macvlan: &scenarios.MacvlanSpec{}}}
	if name, _ := Errno(l.Create(on)); name != "EINVAL" {
		t.Errorf("on lo: %s", name)
	}
}

func TestTheKernelChoosesTheName(t *testing.T) {
	l := mustBuild(t, &scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Interfaces: probeCable()}}})
	link := &recording.Ref{Node: "a", Iface: "eth0"}
	make1 := func(name string) error {
		return l.Create(&scenarios.Create{Interface: scenarios.Interface{Node: "a", Name: name, KernelName: true, Kind: scenarios.Macvlan, Link: link, Macvlan: &scenarios.MacvlanSpec{}}})
	}
	if err := make1("macvlan0"); err != nil {
		t.Fatal(err)
	}
	var undone *Mismatch
	if err := make1("macvlan5"); !errors.As(err, &undone) || undone.Says != "macvlan1" {
		t.Errorf("the kernel chose another name: %v", err)
	}
}

func TestProbesOfWhatIsStoodOn(t *testing.T) {
	for _, name := range []string{scenarios.FeatureTun, scenarios.FeatureIPIP, scenarios.FeatureSIT, scenarios.FeatureVRF} {
		err := Probe(feature(name))
		var lacking *Unsupported
		if err != nil && !errors.As(err, &lacking) {
			t.Errorf("%s: the probe itself failed: %v", name, err)
		}
	}
}

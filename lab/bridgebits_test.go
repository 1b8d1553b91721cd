package lab

import (
	"errors"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/recording"
	"netverify/scenarios"
)

// TestBitsOfABridgeAreSetOneByOne: one that is asked for changes no other.
func TestBitsOfABridgeAreSetOneByOne(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	yes, no := true, false
	bit := func() string {
		values, err := l.State([]assert.StateWant{{Target: "sw:br0", Key: "no_linklocal_learn"}})
		if err != nil {
			t.Fatal(err)
		}
		return values[0].Value
	}
	for _, step := range []struct {
		asked scenarios.Bridge
		want  string
	}{
		{scenarios.Bridge{NoLinkLocalLearn: &yes}, "true"},
		{scenarios.Bridge{McastVLANSnooping: &no}, "true"}, // a bit beside it
		{scenarios.Bridge{NoLinkLocalLearn: &no}, "false"},
	} {
		mustSet(t, l, setNode("sw", scenarios.NodeSet{Bridge: &step.asked}))
		if got := bit(); got != step.want {
			t.Errorf("after %+v it is %q, want %q", step.asked, got, step.want)
		}
	}
}

// TestABitThatTheKernelDoesNotTellIsAFeatureThatItLacks: it takes any bit without
// a word, and tells those that it knows by the mask.
func TestABitThatTheKernelDoesNotTellIsAFeatureThatItLacks(t *testing.T) {
	old := &link{kind: "bridge", data: attrs{iflaBrMultiBoolopt: append(nl.Uint32Attr(0b101), nl.Uint32Attr(0b11)...)}}
	for k, want := range []struct {
		value string
		told  bool
	}{{"true", true}, {"false", true}, {"true", false}, {"false", false}} {
		if got, told := bridgeBits[k].value(old); told != want.told || told && got != want.value {
			t.Errorf("%s: %q, %v; want %q, %v", bridgeBits[k].key, got, told, want.value, want.told)
		}
	}
	i := &iface{}
	var lacking *Unsupported
	err := i.check(old, []want{{"mst_enabled", "true"}})
	if !errors.As(err, &lacking) || lacking.Feature.Name != "BR_BOOLOPT_MST_ENABLE" {
		t.Errorf("asked for a bit that is not told: %v", err)
	}
	if err := i.check(old, []want{{"mst_enabled", "false"}}); err != nil {
		t.Errorf("a bit that there is not is off: %v", err)
	}
}

// TestAnIndexThatIsTakenAwayIsNotTold: it is no attribute that the kernel lacks.
func TestAnIndexThatIsTakenAwayIsNotTold(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	set := func(v scenarios.AttributeValue) {
		mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Attributes: []scenarios.AttributeValue{v}}))
	}
	backup := attributeOfTest(t, "IFLA_BRPORT_BACKUP_PORT", 0)
	backup.Ref = &recording.Ref{Node: "sw", Iface: "p2"}
	set(backup)
	set(attributeOfTest(t, "IFLA_BRPORT_BACKUP_PORT", 0))
	got, err := l.node("sw").conn.link(l.iface(recording.Ref{Node: "sw", Iface: "p1"}).index)
	if err != nil {
		t.Fatal(err)
	}
	if says, told := got.attribute(&backup.Attribute); told {
		t.Errorf("the kernel says %s still", says)
	}
}

// TestABitThatTheKernelRefusesIsAFeatureThatItLacks: younger kernels say which.
func TestABitThatTheKernelRefusesIsAFeatureThatItLacks(t *testing.T) {
	var lacking *Unsupported
	err := unknownBit(&kernelError{unix.EINVAL, "bridge: Unknown boolean option 4"})
	if !errors.As(err, &lacking) || lacking.Feature.Name != "BR_BOOLOPT_FDB_LOCAL_VLAN_0" {
		t.Errorf("an unknown bit: %v", err)
	}
	for _, other := range []error{nil, &kernelError{unix.EINVAL, "Cannot enable"}, &kernelError{unix.EINVAL, "Unknown boolean option 40"}, &kernelError{unix.EBUSY, "Unknown boolean option 4"}} {
		if err := unknownBit(other); err != other {
			t.Errorf("%v became %v", other, err)
		}
	}
}

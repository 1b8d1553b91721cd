package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// TestWhatIsARefusal: the kernel's answer to a request, and nothing that the
// machine's limits, rights, configuration or load account for.
func TestWhatIsARefusal(t *testing.T) {
	veth, vlan := feature(scenarios.FeatureVeth), scenarios.Feature{Name: "no such feature"}
	lab := func(err error) error {
		return fmt.Errorf("step 2 (it): %w", &Error{File: "a.yaml", Pos: scenarios.Pos{Line: 3}, Op: "create", Object: "c:eth0 (macvlan on a:eth0)", Err: err})
	}
	answer := func(errno unix.Errno) error { return &kernelError{errno, "no"} }
	for _, tt := range []struct {
		name string
		err  error
		want string // errno; "": no refusal
	}{
		{"nothing", nil, ""},
		{"EINVAL", lab(answer(unix.EINVAL)), "EINVAL"},
		{"EBUSY", lab(answer(unix.EBUSY)), "EBUSY"},
		{"no memory", lab(answer(unix.ENOMEM)), ""},
		{"no buffers", lab(answer(unix.ENOBUFS)), ""},
		{"files", lab(answer(unix.EMFILE)), ""},
		{"rights", lab(answer(unix.EPERM)), ""},
		{"namespaces", lab(answer(unix.ENOSPC)), ""},
		{"a wait", lab(unix.ETIMEDOUT), ""},
		{"a time-out of netlink", lab(answer(unix.ETIMEDOUT)), ""},
		{"a signal", lab(answer(unix.EINTR)), ""},
		{"a family that is not built in", lab(answer(unix.EAFNOSUPPORT)), ""},
		{"something unknown is lacking", lab(answer(unix.EOPNOTSUPP)), ""},
		{"it can do that elsewhere", lab(&Unsupported{veth, answer(unix.EOPNOTSUPP)}), "EOPNOTSUPP"},
		{"it cannot", lab(&Unsupported{vlan, answer(unix.EOPNOTSUPP)}), ""},
		{"a limit that has a name", lab(limited(answer(unix.EINVAL), unix.EINVAL, "raise it")), ""},
		{"a file of /proc", lab(&fs.PathError{Op: "open", Path: "/proc/sys/net", Err: unix.EINVAL}), ""},
		{"the user ended it", context.Canceled, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			switch r := Refused(tt.err); {
			case r == nil && tt.want == "":
			case r == nil || r.Errno != tt.want:
				t.Errorf("%+v, want %q", r, tt.want)
			case r.What != "create c:eth0 (macvlan on a:eth0)":
				t.Errorf("what was asked: %q", r.What)
			}
		})
	}
}

// TestACarrierThatDoesNotFollow: where the kernel has acted on other carriers
// since, one that stays off is no matter of time. A macvlan that is told to be
// down by protocol keeps its carrier off (net/core/dev.c:dev_change_proto_down).
func TestACarrierThatDoesNotFollow(t *testing.T) {
	gaveUp.Store(true) // the short wait
	defer gaveUp.Store(false)
	l := mustBuild(t, macvlanPlan("bridge"))
	i := l.iface(recording.Ref{Node: "c1", Iface: "eth0"})
	w, err := watch([]*iface{i})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := i.node.conn.changeLink(i.index, 0, 0, attr8(unix.IFLA_PROTO_DOWN, 1)); err != nil {
		t.Skip("this kernel's macvlan knows no protodown: ", err)
	}
	for deadline := time.Now().Add(settleTime); ; { // until then it is as it was foreseen
		got, err := i.node.conn.link(i.index)
		if err != nil {
			t.Fatal(err)
		}
		if got.operState() != "up" {
			break
		}
		if err := w.wait(deadline); err != nil {
			t.Fatal(err)
		}
	}
	err = l.settle()
	r := Refused(err)
	if r == nil || r.Errno != "carrier" || r.What != "wait for the carrier of c1:eth0 (macvlan on host:eth0)" || !errors.Is(err, unix.ETIMEDOUT) {
		t.Errorf("%v: %+v", err, r)
	}
}

package hold

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// table is /proc/net/unix of a machine where three doors are open or bound, one
// of them by a file, and where others listen.
const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 20001 @netverify/hold/4242/ABC
0000000000000000: 00000002 00000000 00000000 0001 01 20002 @netverify/hold/4243/BOUND-ONLY
0000000000000000: 00000003 00000000 00000000 0001 03 20003 @netverify/hold/4242/ABC
0000000000000000: 00000002 00000000 00010000 0001 01 20004 netverify/hold/4244/A-FILE
0000000000000000: 00000002 00000000 00010000 0001 01 20005 /run/dbus/system_bus_socket
0000000000000000: 00000002 00000000 00010000 0001 01 20006
0000000000000000: 00000002 00000000 00010000 0001 01 20007 @netverify/hold/4245/DEF
`

func TestDoorsAreOpenAndAbstract(t *testing.T) {
	got, err := doors(strings.NewReader(table))
	if want := []string{"netverify/hold/4242/ABC", "netverify/hold/4245/DEF"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func FuzzDoors(f *testing.F) {
	f.Add(table)
	f.Fuzz(func(t *testing.T, table string) {
		names, _ := doors(strings.NewReader(table))
		for _, n := range names {
			if !strings.HasPrefix(n, namePrefix) || !strings.Contains(table, "@"+n) {
				t.Errorf("%q", n)
			}
		}
	})
}

// TestABoundDoorIsFoundOnceItIsOpen, and by what has adopted it; what it holds
// is told, and nothing is left when it is closed.
func TestABoundDoorIsFoundOnceItIsOpen(t *testing.T) {
	bound, err := Bind(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	mine := func() (found []*Run) {
		runs, _, err := Find()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			defer r.Close()
			if r.PID == os.Getpid() {
				found = append(found, r)
			}
		}
		return found
	}
	if runs := mine(); len(runs) > 0 {
		t.Errorf("found before it was open: %+v", runs)
	}
	d, err := Adopt(bound.File())
	if err != nil || d.PID() != os.Getpid() {
		t.Fatalf("adopted: PID %d, %v", d.PID(), err)
	}
	if err := d.Open(Lab{Scenario: "t/held", Outcome: "fail", Nodes: []Node{{Name: "a", Interfaces: []string{"eth0"}}}}); err != nil {
		t.Fatal(err)
	}
	if runs := mine(); len(runs) != 1 || runs[0].Scenario != "t/held" || runs[0].Outcome != "fail" || len(runs[0].Nodes) != 1 {
		t.Errorf("%+v", runs)
	}
	runs, _, err := Find() // a client that never asks for anything
	if err != nil || len(runs) == 0 {
		t.Fatal(runs, err)
	}
	if n := d.Close(); n != 0 {
		t.Errorf("%d commands were ended", n)
	}
	if runs := mine(); len(runs) > 0 {
		t.Errorf("found when it was closed: %+v", runs)
	}
}

func TestAdoptRefusesWhatIsNoDoor(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if d, err := Adopt(f); err == nil {
		t.Errorf("%+v", d)
	}
}

func TestSystemPathComesLast(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  []string
		want string
	}{
		{"of a user", []string{"A=1", "PATH=/home/u/bin:/usr/bin", "B=2"}, "A=1 B=2 PATH=/home/u/bin:/usr/bin:/usr/local/sbin:/usr/sbin:/sbin:/bin"},
		{"of root", []string{"PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"}, "PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"},
		{"none", nil, "PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"},
		{"empty", []string{"PATH="}, "PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(withSystemPath(tt.env), " "); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestMarkAloneIsNoEntry: a mark that was left in the environment changes nothing.
func TestMarkAloneIsNoEntry(t *testing.T) {
	t.Setenv(insideMark, "1")
	if IsInside() {
		t.Errorf("process %d is taken for an entry", os.Getpid())
	}
	if _, err := lookUp(filepath.Base(os.Args[0]), []string{"PATH=" + filepath.Dir(os.Args[0])}); err != nil {
		t.Error(err)
	}
}

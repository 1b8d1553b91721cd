package lab

import (
	"fmt"
	"runtime"
	"testing"

	"netverify/scenarios"
)

// grown is the lab of a parent and n children, each in a host of its own.
func grown(n int) *scenarios.Plan {
	nodes := []scenarios.Node{swtch("sw", cable("sw", "p1", "host", "eth0")), host("host", cable("host", "eth0", "sw", "p1"))}
	for i := range n {
		name := fmt.Sprintf("c%d", i)
		nodes = append(nodes, host(name, macvlan(name, "eth0", ref("host", "eth0"), "bridge")))
	}
	return planOf(nodes...)
}

// inOne is the lab of a parent and n children in its own host.
func inOne(n int) *scenarios.Plan {
	list := []scenarios.Interface{cable("host", "eth0", "sw", "p1")}
	for i := range n {
		list = append(list, macvlan("host", fmt.Sprintf("m%d", i), ref("host", "eth0"), "bridge"))
	}
	return planOf(swtch("sw", cable("sw", "p1", "host", "eth0")), host("host", list...))
}

// work is what a lab has cost so far: requests, and the bytes of their answers.
func work(l *Lab) (requests, bytes int) {
	for _, n := range l.nodes {
		requests += n.conn.asked
		bytes += n.conn.told
	}
	return requests, bytes
}

// requests are those that a lab has made so far.
func requests(l *Lab) int {
	sum, _ := work(l)
	return sum
}

// TestAHostMoreCostsSoManyRequests: to build it, and to read what a run reads
// before and after its first step. More than a few of them, in as many namespaces
// as a lab may have, and it takes seconds more.
func TestAHostMoreCostsSoManyRequests(t *testing.T) {
	const small, large, each = 20, 120, 18
	count := func(n int) (built, read int) {
		l := mustBuild(t, grown(n))
		built = requests(l)
		l.AsBuilt()
		if _, err := l.Timers(false); err != nil {
			t.Fatal(err)
		}
		if _, err := l.GiveUp(OwnQuestions); err != nil {
			t.Fatal(err)
		}
		if err := l.ForgetNeighbours(); err != nil {
			t.Fatal(err)
		}
		return built, requests(l) - built
	}
	b1, r1 := count(small)
	b2, r2 := count(large)
	// One more look at each for each time that the kernel is slow with a carrier.
	if more := (b2 - b1) / (large - small); more > each-6 {
		t.Errorf("%d requests to build a host more, want at most %d", more, each-6)
	}
	if more := (r2 - r1) / (large - small); more > 6 {
		t.Errorf("%d requests to read a host more, want at most 6", more)
	}
}

// TestFewNamespacesShareOneProcfs: by one for all, a lookup would compare the
// folders of all namespaces.
func TestFewNamespacesShareOneProcfs(t *testing.T) {
	l := mustBuild(t, grown(100))
	if l.nodes[0].proc == nil {
		t.Skip("this user may mount no proc file system")
	}
	users := map[*procfs]int{}
	for _, n := range l.nodes {
		users[n.proc]++
	}
	for p, n := range users {
		if n > procUsers || int(p.users.Load()) != n {
			t.Errorf("one is used by %d nodes and says %d, want at most %d", n, p.users.Load(), procUsers)
		}
	}
	if v, err := l.node("c99").sysctl("net.ipv6.conf.eth0.disable_ipv6"); err != nil || v != "1" {
		t.Errorf("c99 has disable_ipv6 %q, %v", v, err)
	}
	if v, err := readSysctl("/proc/sys/net/ipv4/igmp_qrv"); err != nil || v == "1" {
		t.Errorf("the machine has igmp_qrv %q, %v: a node's was set elsewhere", v, err)
	}
}

// TestManyWaitForCarriers: not all of them are listened to at the same time, and
// each is read so many times, whether they are in hosts of their own or in one.
func TestManyWaitForCarriers(t *testing.T) {
	const n = 8 * listened
	for what, plan := range map[string]*scenarios.Plan{"own hosts": grown(n), "one host": inOne(n)} {
		l := mustBuild(t, plan)
		for _, f := range l.Interfaces() {
			if f.Kind == "macvlan" && f.OperState != "up" {
				t.Errorf("%s is %s", f.Ref, f.OperState)
			}
		}
		// Some six requests more to build one, and seven for the host that it is in; two
		// or three looks of 1.2 KB at it, and at the host's lo.
		if asked, told := work(l); asked > 16*n || told > 24000*n {
			t.Errorf("%s: %d requests and %d bytes of answers for %d, want at most 16 and 24000 each", what, asked, told, n)
		}
	}
}

// TestOfManyTimersFewAreRead: beyond so many nodes only those whose timers may
// have changed, and what the scenario has set there is told.
func TestOfManyTimersFewAreRead(t *testing.T) {
	const n = askedForTimers + 40
	plan := grown(n)
	last := &plan.Nodes[len(plan.Nodes)-1]
	last.Sysctls = []scenarios.Sysctl{{Key: "net.ipv4.neigh.eth0.retrans_time_ms", Value: "200"}}
	l := mustBuild(t, plan)
	ask := func(advertised bool, want int) {
		t.Helper()
		before := requests(l)
		list, err := l.Timers(advertised)
		if err != nil {
			t.Fatal(err)
		}
		if got := requests(l) - before; got != want {
			t.Errorf("%d nodes were asked, want %d", got, want)
		}
		if len(list) != 1 || list[0].Point != last.Name+":eth0" || !list[0].Set {
			t.Errorf("told of %v, want of %s", list, last.Name)
		}
	}
	ask(false, askedForTimers+1)
	ask(true, len(plan.Nodes))
	mtu := 1400
	if err := l.Set(scenarios.Setting{Target: "c100:eth0", Iface: &scenarios.InterfaceSet{MTU: &mtu}}); err != nil {
		t.Fatal(err)
	}
	ask(false, askedForTimers+2)
}

// TestAParentGoesWithManyChildren counts the bytes that are allocated to forget
// them: for four times the children four times as many.
func TestAParentGoesWithManyChildren(t *testing.T) {
	forget := func(n int) uint64 {
		l := mustBuild(t, inOne(n))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := l.Remove(*ref("host", "eth0")); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if left := len(l.node("host").ifaces); left != 1 {
			t.Errorf("%d interfaces are left, want lo alone", left)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	const n = 100
	if few, many := forget(n), forget(4*n); many > 6*few {
		t.Errorf("%d bytes for %d children, %d for four times as many", few, n, many)
	}
}

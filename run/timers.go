package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"netverify/filter"
	"netverify/recording"
	"netverify/scenarios"
)

// readTimers notes which interfaces ask a neighbour again within the scenario:
// at the start, and after each step that may change it.
func (s *session) readTimers() error {
	list, err := s.lab.Timers(s.advertised)
	if err != nil {
		return err
	}
	s.timers = list
	if s.step == idle {
		s.rec.Timers, s.rec.TimersRead = list, true
	} else if !slices.Equal(list, s.rec.TimersAt(s.step)) {
		s.record().Timers = list
	}
	return nil
}

// heardRouter reads the timers again where an advertisement may have set them
// (net/ipv6/ndisc.c:ndisc_router_discovery, Retrans Timer).
func (s *session) heardRouter() error {
	if !s.saw(func(o *recording.Observation) bool {
		d := o.Frame.Decode()
		return d.ICMPv6 != nil && d.ICMPv6.Type == 134
	}) {
		return nil
	}
	s.advertised = true
	return s.readTimers()
}

// timerWords says in words what was read of the stacks' timers at last.
func (s *session) timerWords() string {
	again := map[string][]string{}
	var order []string
	for _, t := range s.timers {
		word := fmt.Sprintf("after %v, %d times in all", time.Duration(t.Retrans), t.Probes)
		if again[word] == nil {
			order = append(order, word)
		}
		if !slices.Contains(again[word], t.Point) {
			again[word] = append(again[word], t.Point)
		}
	}
	if order == nil {
		return "no stack asks a neighbour again within the scenario"
	}
	var parts []string
	for _, word := range order {
		points := strings.Join(again[word], ", ")
		if n := len(again[word]); n > 6 {
			points = fmt.Sprintf("%d interfaces", n)
		}
		parts = append(parts, points+": a neighbour is asked again "+word)
	}
	return strings.Join(parts, "; ")
}

// announcements are settings by which a scenario lets a stack send on its own
// account again what a lab otherwise keeps it from.
var announcements = []struct {
	leaf, off string // the key's last part, and its value with which nothing is sent
	what      string
	bound     func(value int) time.Duration
	outlines  []*filter.Outline // of what is sent
}{
	{"router_solicitations", "0", "router solicitations", func(int) time.Duration { return 5 * time.Second }, solicitations}, // RFC 4861 10: after a delay of 1 s, every 4 s
	{"router_solicitation_interval", "", "router solicitations", func(s int) time.Duration { return time.Duration(s) * 1100 * time.Millisecond }, solicitations},
	{"igmp_qrv", "1", "repeated membership reports", func(int) time.Duration { return 10 * time.Second }, reports},
	{"igmpv2_unsolicited_report_interval", "", "repeated membership reports", inMS, reports},
	{"igmpv3_unsolicited_report_interval", "", "repeated membership reports", inMS, reports},
	{"mldv1_unsolicited_report_interval", "", "repeated membership reports", inMS, reports},
	{"mldv2_unsolicited_report_interval", "", "repeated membership reports", inMS, reports},
}

func inMS(value int) time.Duration { return time.Duration(value) * time.Millisecond }

// announcing tells of what the scenario's own settings let stacks send by a
// timer that no table of the kernel shows: it is over when its time is.
func (s *session) announcing(st *scenarios.Step) []recording.Pending {
	var out []recording.Pending
	tell := func(node string, sysctls []scenarios.Sysctl) {
		for _, set := range sysctls {
			leaf := set.Key[strings.LastIndexAny(set.Key, "./")+1:]
			for _, a := range announcements {
				v, err := strconv.Atoi(strings.TrimSpace(set.Value))
				if leaf != a.leaf || set.Value == a.off || err != nil || !mind(st, a.outlines) {
					continue
				}
				if left, running := remains(a.bound(v), time.Since(time.Unix(0, s.record().Begin))); running {
					out = append(out, recording.Pending{Point: node, What: a.what, Timer: set.Key + " = " + set.Value, Bound: int64(left)})
				}
			}
		}
	}
	for i := range s.plan.Nodes {
		tell(s.plan.Nodes[i].Name, s.plan.Nodes[i].Sysctls)
	}
	for i := range s.plan.Steps[:s.step+1] {
		for _, c := range s.plan.Steps[i].Set {
			if c.Node != nil {
				tell(c.Target, c.Node.Sysctls)
			}
		}
	}
	return out
}

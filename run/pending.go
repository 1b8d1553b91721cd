package run

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"netverify/assert"
	"netverify/frame"
	"netverify/lab"
	"netverify/scenarios"
)

// patience is how long a step waits for what a stack holds by a timer, where it
// does not say for how long (`within`).
const patience = 5 * time.Second

// glance is how long it waits before it looks again whether that is over: the
// kernel tells nobody.
const glance = 5 * time.Millisecond

// readTimers notes which interfaces ask a neighbour again within the scenario:
// at the start, and after each step that may change it.
func (s *session) readTimers() error {
	list, err := s.lab.Timers()
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
	if !s.saw(func(d *frame.Decoded) bool { return d.ICMPv6 != nil && d.ICMPv6.Type == 134 }) {
		return nil
	}
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

// asksAgain tells whether a stack of the lab repeats questions by itself.
func (s *session) asksAgain() bool { return len(s.timers) > 0 }

// waitOut lets pass what the lab's stacks hold by a timer, where the step relies
// on an absence. What lasts longer than the step waits is noted: then nothing
// proves that it will not come.
func (s *session) waitOut(ctx context.Context, st *scenarios.Step) error {
	limit, absent := absences(st)
	if !absent {
		return nil
	}
	r := s.record()
	limit = max(limit, patience)
	until := map[frame.Pending]time.Time{} // by what is pending, without its bound
	waited := 0
	for moved := s.caused; ; {
		if s.caused != moved { // what came may have put something else behind the same timer
			moved = s.caused
			clear(until)
		}
		list, err := s.pending(st)
		if err != nil {
			return err
		}
		now := time.Now()
		var next time.Time
		r.Pending = r.Pending[:0]
		for _, p := range list {
			key := p.Pending
			key.Bound = 0
			if _, known := until[key]; !known {
				until[key] = now.Add(atMost(p.Bound))
			}
			over := until[key]
			if p.Period {
				over = time.Unix(0, r.Begin).Add(atMost(p.Bound))
			}
			switch {
			case (p.Shared || p.Period) && over.Before(now):
			case p.Period && over.Sub(time.Unix(0, r.Begin)) > limit: // no step meets it but by accident
			case over.Before(now) || over.Sub(time.Unix(0, r.Begin)) > limit:
				r.Pending = append(r.Pending, p.Pending)
			case over.After(next):
				next = over
			}
		}
		if next.IsZero() {
			// What a table no longer shows is about to be sent, by the timer that took
			// it out of there: a quiet window lets it come.
			if waited == 0 {
				return nil
			}
			if _, err := s.watch(); err != nil {
				return err
			}
			if err := s.rest(r); err != nil || s.caused == moved {
				return err
			}
			continue
		}
		waited++
		if ctx.Err() != nil {
			return &interrupted{"while it waited for a timer of the lab", context.Cause(ctx)}
		}
		if _, err := s.poll(earliest(next, now.Add(glance))); err != nil {
			return err
		}
		if err := s.rest(r); err != nil {
			return err
		}
	}
}

// atMost is when a timer that is set to a time has run at the latest: the
// kernel's wheel has buckets of an eighth of the time that they are ahead
// (kernel/time/timer.c, LVL_CLK_SHIFT), and of a tick at the least.
func atMost(bound int64) time.Duration {
	return time.Duration(bound) + time.Duration(bound)/8 + 4*glance
}

// pending asks for what the lab holds at the moment that the step's absences
// are to be proven against.
func (s *session) pending(st *scenarios.Step) ([]lab.Pending, error) {
	q := lab.PendingQuery{Strict: st.Strict, Fragments: s.saw(isFragment)}
	if s.asksAgain() {
		asking, err := s.lab.Asking()
		if err != nil {
			return nil, err
		}
		q.Asking = slices.ContainsFunc(asking, func(a frame.Asking) bool { return a.State == "incomplete" })
	}
	list, err := s.lab.Pending(q)
	if err != nil || !st.Strict {
		return list, err
	}
	for _, p := range slices.Concat(s.queried(), s.announcing(), s.joining(st)) {
		list = append(list, lab.Pending{Pending: p})
	}
	return list, nil
}

// saw tells whether the taps have seen such a frame in this step.
func (s *session) saw(match func(*frame.Decoded) bool) bool {
	for _, n := range s.nodes {
		for i := range n.seen {
			if o := &n.seen[i]; o.Mark != frame.Fence && match(o.Frame.Decode()) {
				return true
			}
		}
	}
	return false
}

func isFragment(d *frame.Decoded) bool {
	return d.IPv4 != nil && (d.IPv4.Fragment()) || d.IPv6 != nil && d.IPv6.Frag != nil
}

// queried are the reports that hosts give to a membership query, each after a
// random time below what the query allows (RFC 3376 5.2, RFC 3810 6.2): no table
// tells of those to a general query.
func (s *session) queried() []frame.Pending {
	var out []frame.Pending
	for _, n := range s.nodes {
		for i := range n.seen {
			o := &n.seen[i]
			d := o.Frame.Decode()
			bound, ok := responseTime(d)
			if ok && d.IGMP != nil && s.oldQuerier() {
				bound = oldResponse
			}
			if left := time.Until(time.Unix(0, o.At).Add(bound)); ok && o.Dir == frame.In && left > 0 {
				out = append(out, frame.Pending{Point: s.rec.Points[o.Point].Name(), What: "the answer to a membership query",
					Timer: "the query's maximum response time, " + bound.String(), Bound: int64(left)})
			}
		}
	}
	return out
}

// responseTime is how long the answer to a membership query may take.
func responseTime(d *frame.Decoded) (time.Duration, bool) {
	switch {
	case d.IGMP != nil && d.IGMP.Type == 0x11: // RFC 2236 2.2, RFC 3376 4.1.1
		return igmpCode(int(d.IGMP.MaxResp)) * time.Second / 10, true
	case d.ICMPv6 != nil && d.ICMPv6.Type == 130: // RFC 2710 3.4
		return max(10*time.Second, mldCode(d.ICMPv6.Body)), true
	}
	return 0, false
}

// oldResponse is how long hosts may take where a querier of IGMP version 1 was
// heard of: then they go by its time, whatever another query says
// (net/ipv4/igmp.c:igmp_heard_query, IGMP_V1_SEEN).
const oldResponse = 10 * time.Second

// oldQuerier tells whether the taps have seen a query of version 1, in any step:
// one without a response time (RFC 2236 4).
func (s *session) oldQuerier() bool {
	is := func(o *frame.Observation) bool {
		d := o.Frame.Decode()
		return d.IGMP != nil && d.IGMP.Type == 0x11 && d.IGMP.MaxResp == 0
	}
	for _, n := range s.nodes {
		for i := range n.seen {
			if is(&n.seen[i]) {
				return true
			}
		}
	}
	for i := range s.rec.Observations {
		if is(&s.rec.Observations[i]) {
			return true
		}
	}
	return false
}

// mldCode is the maximum response time in a query of MLD version 2, whose code is
// an exponent and a mantissa beyond 32767 ms (RFC 3810 5.1.3).
func mldCode(body []byte) time.Duration {
	if len(body) < 2 {
		return 0
	}
	code := int64(body[0])<<8 | int64(body[1])
	if code >= 32768 {
		code = (code&0xfff | 0x1000) << (code>>12&7 + 3)
	}
	return time.Duration(code) * time.Millisecond
}

// igmpCode reads Max Resp Code (RFC 3376 4.1.1) as a number of tenths of a
// second; 0 is IGMPv1's, which stands for ten seconds.
func igmpCode(code int) time.Duration {
	switch {
	case code == 0:
		return 100
	case code < 128:
		return time.Duration(code)
	}
	return time.Duration((code&0xf | 0x10) << (code>>4&7 + 3))
}

// giveUp ends what the step's stacks still ask and would not ask again: what
// comes of a question without an answer comes now.
func (s *session) giveUp(st *scenarios.Step) error {
	if st.Ping == nil && st.Arping == nil && st.Send == nil && st.Traceroute == nil && st.UDP == nil {
		return nil
	}
	if err := s.endQuestions(); err != nil {
		return err
	}
	return s.replies(st)
}

// endQuestions gives up what no neighbour has answered, and lets what comes of
// it come.
func (s *session) endQuestions() error {
	n, err := s.lab.GiveUp(lab.OwnQuestions)
	if err != nil || n == 0 {
		return err
	}
	r := s.record()
	r.GaveUp += n
	return s.rest(r)
}

// noteAsking notes what may be asked by a timer when the step is over.
func (s *session) noteAsking() error {
	if !s.asksAgain() {
		return nil
	}
	asking, err := s.lab.Asking()
	s.record().Asking = asking
	return err
}

// outlast waits, when all steps are over, for the questions that the kernel
// goes on asking by itself: their answers belong to the steps before.
func (s *session) outlast(ctx context.Context) error {
	if !s.asksAgain() || len(s.rec.Steps) == 0 {
		return nil
	}
	defer s.merge()
	until := time.Now().Add(patience)
	for time.Now().Before(until) {
		asking, err := s.lab.Asking()
		if err != nil || !slices.ContainsFunc(asking, func(a frame.Asking) bool { return a.State == "incomplete" }) {
			return err
		}
		if ctx.Err() != nil {
			return &interrupted{"after the last step, while a stack still asked", context.Cause(ctx)}
		}
		if _, err := s.poll(earliest(until, time.Now().Add(glance))); err != nil {
			return err
		}
	}
	asking, err := s.lab.Asking()
	s.unanswered(asking)
	return err
}

// unanswered notes that questions were still asked when the scenario was over,
// in each step since they were first.
func (s *session) unanswered(asking []frame.Asking) {
	for _, a := range asking {
		if a.State != "incomplete" {
			continue
		}
		for i := len(s.rec.Steps) - 1; i >= 0; i-- {
			r := &s.rec.Steps[i]
			if !slices.Contains(r.Asking, a) {
				break
			}
			r.Pending = append(r.Pending, frame.Pending{Point: a.Point, What: "a question for " + a.IP.String() + ", which it goes on asking",
				Timer: "retrans_time_ms and mcast_solicit of its neighbours", Bound: int64(patience)})
		}
	}
}

// cutShort ends the questions of earlier steps. Where the lab has been changed
// since, the kernel's next one might have been answered: what the steps before
// the change did not see may be missing for that.
func (s *session) cutShort() error {
	asking, err := s.lab.Asking()
	if err != nil {
		return err
	}
	if _, err := s.lab.GiveUp(lab.AllQuestions); err != nil {
		return err
	}
	for _, a := range asking {
		changed := false
		for i := len(s.rec.Steps) - 2; i >= 0 && a.State == "incomplete"; i-- {
			r, st := &s.rec.Steps[i], &s.plan.Steps[i]
			if !slices.Contains(r.Asking, a) {
				break
			}
			if changed {
				r.Pending = append(r.Pending, frame.Pending{Point: a.Point, What: fmt.Sprintf("a question for %s, which step %d ended after the lab had changed", a.IP, s.step+1),
					Timer: "retrans_time_ms and mcast_solicit of its neighbours", Bound: int64(patience)})
			}
			changed = changed || st.Set != nil || st.Create != nil || st.Remove != nil
		}
	}
	return nil
}

// absences tells whether a step expects that something does not come, and how
// long it is told to wait for that.
func absences(st *scenarios.Step) (limit time.Duration, any bool) {
	for i := range st.Expect {
		e := &st.Expect[i]
		switch {
		case e.Kind == assert.KindNever, e.Kind == assert.KindPath, e.Kind == assert.KindHops,
			e.Reply != nil && (e.Reply.None || e.Reply.Count == nil || e.Reply.Count.Max >= 0),
			e.Count != nil && e.Count.Max >= 0:
			any = true
			limit = max(limit, e.Within)
		}
	}
	if st.Wait != nil {
		limit = max(limit, st.Wait.For)
	}
	return limit, any
}

// joinTicks is how long the first report of a membership may take: it waits for
// two ticks and a random part of one more, 10 ms each at most, and for a turn of
// the timer or the work queue (net/ipv4/igmp.c:igmp_ifc_start_timer,
// net/ipv6/mcast.c:mld_ifc_start_work).
const joinTicks = 100 * time.Millisecond

// joining are the membership reports that a step's own change may bring about:
// no table tells of them.
func (s *session) joining(st *scenarios.Step) []frame.Pending {
	left := time.Until(time.Unix(0, s.sentAt).Add(joinTicks))
	if left <= 0 {
		return nil
	}
	var out []frame.Pending
	report := func(point string) {
		out = append(out, frame.Pending{Point: point, What: "the report of a membership", Timer: "two or three ticks of the kernel", Bound: int64(left)})
	}
	for _, c := range st.Set {
		if f := c.Iface; f != nil && (f.Groups != nil || f.Addresses != nil || f.Up != nil || f.MTU != nil || f.Master != nil) {
			report(c.Target) // below an MTU of 1280 there is no IPv6, and no membership
		}
		// A router is a member of the groups of all routers (net/ipv6/addrconf.c:
		// dev_forward_change), and IPv6 itself goes by a sysctl.
		if n := c.Node; n != nil && (n.Forwarding != nil || len(n.Sysctls) > 0) {
			report(c.Target)
		}
	}
	if c := st.Create; c != nil {
		report(c.Interface.Node + ":" + c.Interface.Name)
	}
	return out
}

// announcements are settings by which a scenario lets a stack send on its own
// account again what a lab otherwise keeps it from.
var announcements = []struct {
	leaf, off string // the key's last part, and its value with which nothing is sent
	what      string
	bound     func(value int) time.Duration
}{
	{"router_solicitations", "0", "router solicitations", func(int) time.Duration { return 5 * time.Second }}, // RFC 4861 10: after a delay of 1 s, every 4 s
	{"igmp_qrv", "1", "repeated membership reports", func(int) time.Duration { return 10 * time.Second }},
	{"igmpv2_unsolicited_report_interval", "", "repeated membership reports", inMS},
	{"igmpv3_unsolicited_report_interval", "", "repeated membership reports", inMS},
	{"mldv1_unsolicited_report_interval", "", "repeated membership reports", inMS},
	{"mldv2_unsolicited_report_interval", "", "repeated membership reports", inMS},
}

func inMS(value int) time.Duration { return time.Duration(value) * time.Millisecond }

// announcing tells of what the scenario's own settings let stacks send by a
// timer that no table of the kernel shows: it is over when its time is.
func (s *session) announcing() []frame.Pending {
	var out []frame.Pending
	for i := range s.plan.Nodes {
		n := &s.plan.Nodes[i]
		for _, set := range n.Sysctls {
			leaf := set.Key[strings.LastIndexAny(set.Key, "./")+1:]
			for _, a := range announcements {
				v, err := strconv.Atoi(strings.TrimSpace(set.Value))
				if leaf != a.leaf || set.Value == a.off || err != nil {
					continue
				}
				if left := a.bound(v) - time.Since(time.Unix(0, s.record().Begin)); left > 0 {
					out = append(out, frame.Pending{Point: n.Name, What: a.what, Timer: set.Key + " = " + set.Value, Bound: int64(left)})
				}
			}
		}
	}
	return out
}

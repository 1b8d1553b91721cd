package report

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"netverify/scenarios"
)

// Plan writes what a scenario was resolved to: the topology, every name and
// default filled in, and the steps with their expectations. The error is the
// writer's.
func Plan(w io.Writer, pl *scenarios.Plan, opt Options) error {
	p := &page{width: min(max(opt.Width, 80), 200)}
	p.line(clean(pl.Name))
	p.field(2, "title", pl.Title)
	if len(pl.Verifies) > 0 {
		p.field(2, "verifies", strings.Join(pl.Verifies, " "))
	}
	for _, s := range pl.Sources {
		p.field(2, "source", s.String())
	}
	for _, f := range pl.Needs {
		p.field(2, "needs", fmt.Sprintf("%s (%s)", f.Name, f.Config))
	}
	if s := pl.Since; s != nil {
		p.field(2, "since", fmt.Sprintf("%s, by %s; before it: %s", s, s.Commit, s.Reason))
	}
	if u := pl.Until; u != nil {
		p.field(2, "until", fmt.Sprintf("%s, by %s; since then: %s", u, u.Commit, u.Reason))
	}
	if pl.Pins != "" {
		p.field(2, "pins", pl.Pins)
	}
	p.line("")
	p.line("topology")
	for _, n := range pl.Nodes {
		p.node(n)
	}
	p.line("")
	p.line("steps")
	for i, s := range pl.Steps {
		p.step(i, s)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *page) node(n scenarios.Node) {
	what := "host"
	switch {
	case n.Switch:
		what = "switch"
	case n.Forwarding:
		what = "router"
	}
	p.line(fmt.Sprintf("  %s (%s)", clean(n.Name), what))
	if options := bridge(n.Bridge); len(options) > 0 {
		p.field(4, "br0", strings.Join(options, ", "))
	}
	for _, i := range n.Interfaces {
		p.field(4, clean(i.Name), link(i))
	}
	if n.LoDown {
		p.field(4, "lo", "down")
	}
	for _, s := range n.Sysctls {
		p.field(4, "sysctl", s.Key+"="+s.Value)
	}
	for _, r := range n.Routes {
		p.field(4, "route", route(r))
	}
	for _, e := range n.Neighbours {
		p.field(4, "neighbour", neighbour(e))
	}
	for _, e := range n.FDB {
		p.field(4, "fdb", fdbEntry(e))
	}
	if n.Firewall != nil {
		p.field(4, "firewall", n.Firewall.String())
	}
}

func neighbour(e scenarios.Neighbour) string {
	if e.Proxy {
		return fmt.Sprintf("%s proxy on %s", e.IP, e.Iface)
	}
	return strings.TrimSpace(fmt.Sprintf("%s at %s on %s %s", e.IP, e.MAC, e.Iface, e.State))
}

func fdbEntry(e scenarios.FDBEntry) string {
	text := fmt.Sprintf("%s behind %s %s", e.MAC, e.Port, e.State)
	if e.Sticky {
		text += " sticky"
	}
	return text
}

// link is an interface as one line.
func link(i scenarios.Interface) string {
	parts := []string{string(i.Kind)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if i.Macvlan != nil {
		mode := i.Macvlan.Mode
		if mode == "" {
			mode = "the kernel's default"
		}
		add("mode %s", mode)
		parts = append(parts, macvlanFlags(i.Macvlan)...)
	}
	if i.VLAN != nil {
		add("id %d %s", i.VLAN.ID, i.VLAN.Protocol)
	}
	if i.Ipvlan != nil {
		add("mode %s", strings.TrimSpace(i.Ipvlan.Mode+" "+i.Ipvlan.Flag))
	}
	if i.Bond != nil {
		add("mode %s of %s", i.Bond.Mode, strings.Join(i.Bond.Members, " "))
	}
	if i.Link != nil {
		add("on %s", i.Link)
	}
	if i.Cable != nil {
		add("cable to %s", i.Cable)
	}
	if i.Master != "" {
		add("port of %s", i.Master)
	}
	parts = append(parts, port(i.Port)...)
	parts = append(parts, bridge(i.Bridge)...)
	if len(i.MAC) > 0 {
		add("%s", i.MAC)
	}
	if i.MTU > 0 {
		add("mtu %d", i.MTU)
	}
	for _, a := range i.Addresses {
		add("%s", a)
	}
	if i.DAD {
		add("duplicate address detection")
	}
	if len(i.Groups) > 0 {
		add("groups %s", words(i.Groups))
	}
	if i.Down {
		add("down")
	}
	for _, k := range sortedKeys(i.Features) {
		add("%s %s", k, onOff(i.Features[k]))
	}
	return strings.Join(parts, ", ")
}

// macvlanFlags lists what a macvlan has besides its mode.
func macvlanFlags(m *scenarios.MacvlanSpec) []string {
	var out []string
	if m.NoPromisc {
		out = append(out, "nopromisc")
	}
	if m.NoDst {
		out = append(out, "nodst")
	}
	if len(m.Sources) > 0 {
		out = append(out, "sources "+words(m.Sources))
	}
	if m.BCQueueLen != nil {
		out = append(out, fmt.Sprintf("bcqueuelen %d", *m.BCQueueLen))
	}
	if m.BCLim != nil {
		out = append(out, fmt.Sprintf("bclim %d", *m.BCLim))
	}
	return out
}

// port lists the attributes of a bridge port that a scenario sets.
func port(p *scenarios.Port) []string {
	if p == nil {
		return nil
	}
	var out []string
	for _, a := range []struct {
		name  string
		value *bool
	}{
		{"hairpin", p.Hairpin}, {"isolated", p.Isolated}, {"learning", p.Learning}, {"flood", p.Flood},
		{"mcast_flood", p.McastFlood}, {"bcast_flood", p.BcastFlood}, {"locked", p.Locked}, {"guard", p.Guard},
		{"neigh_suppress", p.NeighSuppress}, {"proxy_arp", p.ProxyARP}, {"mcast_to_unicast", p.McastToUnicast},
	} {
		if a.value != nil {
			out = append(out, a.name+" "+onOff(*a.value))
		}
	}
	if p.State != nil {
		out = append(out, "state "+*p.State)
	}
	if p.Cost != nil {
		out = append(out, fmt.Sprintf("cost %d", *p.Cost))
	}
	for _, v := range p.Trunk {
		out = append(out, fmt.Sprintf("trunk %d-%d", v.From, v.To))
	}
	if p.Native != nil {
		out = append(out, fmt.Sprintf("native %d", *p.Native))
	}
	if p.Access != nil {
		out = append(out, fmt.Sprintf("access %d", *p.Access))
	}
	for _, v := range p.VLANs {
		out = append(out, fmt.Sprintf("vlan %s %s", vids(v.Range()), v.Flags))
	}
	for _, t := range p.Tunnels {
		id := "none"
		if !t.Gone {
			id = fmt.Sprint(t.ID)
		}
		out = append(out, fmt.Sprintf("vlan %s tunnel %s", vids(t.Range()), id))
	}
	out = append(out, vlanOptions("vlan", p.VLANOptions)...)
	for _, s := range p.MST {
		out = append(out, fmt.Sprintf("mst %d %s", s.MSTI, s.State))
	}
	return out
}

// vlanOptions lists options of VLANs, in the words of `bridge vlan set`.
func vlanOptions(of string, list []scenarios.VLANOption) (out []string) {
	for _, o := range list {
		out = append(out, fmt.Sprintf("%s %d %s %d", of, o.VID, o.Key, o.Value))
	}
	return out
}

// vids are VLANs as a scenario writes them: 10, or 10-20.
func vids(r scenarios.VIDRange) string {
	if r.From == r.To {
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

func route(r scenarios.Route) string {
	to := r.To.String()
	if r.To.IsValid() && r.To.Bits() == 0 {
		to = "default"
	}
	if r.Via != (netip.Addr{}) {
		to += " via " + r.Via.String()
	}
	if r.Iface != "" {
		to += " dev " + r.Iface
	}
	if r.Metric != 0 {
		to += fmt.Sprintf(" metric %d", r.Metric)
	}
	if r.OnLink {
		to += " onlink"
	}
	return to
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

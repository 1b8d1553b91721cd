package scenarios

import (
	"net/netip"
	"strings"
	"time"

	"netverify/assert"
	"netverify/recording"
)

func (x *expecter) state(doc *expectationsDoc) {
	if doc.State.node == nil {
		return
	}
	for i := range doc.State.Entries {
		e := &doc.State.Entries[i]
		kind, ok := x.stateTarget(e.Key)
		if !ok {
			continue
		}
		var wants []assert.StateWant
		var within time.Duration
		var parts []string
		for j := range e.Value.Entries {
			s := &e.Value.Entries[j]
			if s.Value.node == nil {
				continue
			}
			name, ok := x.stateKey(kind, s.Key)
			if !ok {
				continue
			}
			if rest, is := strings.CutPrefix(name, "sysctl."); is {
				if rest, ok = x.sysctlName(e.Key.S, text{s.Key.loc, rest}, x.everIn(e.Key.S)); !ok {
					continue
				}
				name = "sysctl." + rest
			}
			if i := x.live[refOf(e.Key.S)]; strings.HasPrefix(name, "fdb") && !strings.HasPrefix(name, "fdb_self.") && i != nil && i.Kind != BridgeK {
				x.at(s.Key.node, "a forwarding database is a bridge's; %s is a %s", e.Key.S, i.Kind)
				continue
			}
			if strings.HasPrefix(s.Value.Want.S, "@") {
				x.checkAt(s.Value.Want)
			}
			w := assert.StateWant{Target: e.Key.S, Key: name, Want: s.Value.Want.S, Not: s.Value.Not, Absent: s.Value.Absent}
			if (strings.HasPrefix(name, "counters.") || strings.HasPrefix(name, "vlan_stats.")) && !w.Absent {
				w.Range = x.counter(s.Value.Want)
			}
			wants = append(wants, w)
			parts = append(parts, stateText(w))
			within = max(within, s.Value.Within.D)
		}
		if len(e.Value.Entries) == 0 {
			x.missing(e.Key.node, "state of %s asks for nothing", e.Key.S)
		}
		x.add(e.Key.node, assert.Expectation{Kind: assert.KindState, Text: "state of " + e.Key.S + ": " + strings.Join(parts, ", "), State: wants, Within: within})
	}
}

// counter reads the value of a counter: a number, or a range of them.
func (x *expecter) counter(t text) *assert.Range {
	if !t.set() {
		return nil
	}
	r, ok := parseSpan(t.S)
	if !ok {
		x.at(t.node, "%q is not a number, nor a range such as 10-20 or 10-", t.S)
		return nil
	}
	if !strings.Contains(t.S, "-") {
		return nil
	}
	return &r
}

func stateText(w assert.StateWant) string {
	want := w.Want
	if w.Absent {
		want = "absent"
	}
	if w.Not {
		want = "not " + want
	}
	return w.Key + " " + want
}

func (r *resolver) stateTarget(t text) (TargetKind, bool) {
	if strings.Contains(t.S, ":") {
		ref, ok := r.splitRef(t)
		if ok && ref.Iface != "lo" && !r.known[ref] {
			r.unknownIface(t, ref)
			ok = false
		}
		return TargetInterface, ok
	}
	switch n := r.nodes[t.S]; {
	case n == nil:
		r.at(t.node, "there is no node %q%s", t.S, oneOf(t.S, r.nodeNames()))
	case n.Switch || r.bridged(n.Name):
		return TargetSwitch, true // a host's bridges are asked like a switch's
	default:
		return TargetNode, true
	}
	return 0, false
}

// bridged tells whether a host has a bridge at any time, of whatever name.
func (r *resolver) bridged(node string) bool {
	for ref, doc := range r.docs {
		if ref.Node == node && doc != nil && doc.Bridge != nil {
			return true
		}
	}
	return false
}

// stateKey checks a key and what follows a prefix, and returns the key as the
// kernel would be asked: "fdb.@c1:eth0" becomes "fdb.02:00:00:00:03:01".
func (r *resolver) stateKey(kind TargetKind, t text) (string, bool) {
	key, rest, ok := LookupStateKey(kind, t.S)
	if !ok {
		var names []string
		for _, k := range StateKeys(kind) {
			names = append(names, k.Name+k.Rest)
		}
		r.at(t.node, "there is no state %q%s", t.S, oneOf(t.S, names))
		return "", false
	}
	vlan, hasVLAN := "", false
	if key.Rest == "MAC" || key.Rest == "GROUP" {
		rest, vlan, hasVLAN = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(rest, "@") {
		rest, ok = r.standsFor(text{t.loc, rest}, key.Rest)
	} else {
		ok = r.stateRest(key, text{t.loc, rest})
	}
	if hasVLAN {
		rest += "/" + vlan
	}
	return key.Name + rest, ok
}

// standsFor resolves "@node:interface" within a key: an address must be written
// or given by the plan; a MAC that the kernel chose is left for the lab to ask.
func (r *resolver) standsFor(t text, kind string) (string, bool) {
	if !r.checkAt(t) {
		return "", false
	}
	ref, _ := recording.ParseRef(strings.TrimPrefix(t.S, "@"))
	i := r.live[ref]
	switch {
	case i == nil:
		r.at(t.node, "%s does not exist at this point", ref)
	case kind == "MAC" && i.MAC == nil:
		return t.S, true // the kernel's choice: the lab asks
	case kind == "MAC":
		return i.MAC.String(), true
	case kind == "IP" && len(i.Addresses) == 0:
		r.at(t.node, "%s has no address at this point", ref)
	case kind == "IP":
		return i.Addresses[0].Addr().String(), true
	default:
		r.at(t.node, "%q cannot stand in this key; it wants %s", t.S, kind)
	}
	return "", false
}

func (r *resolver) stateRest(key StateKey, t text) (ok bool) {
	var err error
	switch key.Rest {
	case "IP":
		_, err = netip.ParseAddr(t.S)
	case "PREFIX or default":
		if t.S != "default" {
			_, err = netip.ParsePrefix(t.S)
		}
	case "MAC":
		if key.Name == "fdb_self." {
			_, ok := r.anyMAC(t)
			return ok
		}
		_, ok := r.mac(t)
		return ok
	case "GROUP":
		_, ok := r.mdbGroup(t)
		return ok
	case "NAME":
		if key.Name == "attribute." {
			if _, known := AttributeNamed(t.S); !known {
				r.at(t.node, "there is no attribute %q%s", t.S, oneOf(t.S, attributeNames()))
				return false
			}
		}
	case "VID.NAME", "PORT.VID.NAME", "PORT.VID.COUNTER":
		return r.vlanOptionRest(key, t)
	case "GROUP MAC":
		_, ok := r.groupMAC(t)
		return ok
	}
	if err != nil {
		r.at(t.node, "%q is not the %s that must follow %q", t.S, key.Rest, key.Name)
	}
	return err == nil
}

func refOf(s string) recording.Ref {
	ref, _ := recording.ParseRef(s)
	return ref
}

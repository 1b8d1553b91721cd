package scenarios

import "netverify/scenarios/internal/yamltree"

// ReplyErrors are the words that `reply: {error: ...}` takes: what a stack may
// report to the sender of a ping instead of an answer. ICMP, ICMPv6 and the
// errno of a refused send share a word where they mean the same.
var ReplyErrors = fieldsOfReply.named("error").enum

// expectationsDoc is what must come of a step.
type expectationsDoc struct {
	loc
	Reply     *replyDoc              `yaml:"reply,omitempty" jsonschema_description:"What the sender of a ping or arping gets: none, or what the answer is like; of a udp none, or an error."`
	Hops      []hopDoc               `yaml:"hops,omitempty" jsonschema:"minItems=1" jsonschema_description:"Who answers the probes of a traceroute, one after the other, the target last."`
	Seen      some[sightDoc]         `yaml:"seen,omitempty" jsonschema_description:"Frames that are seen at a place; one or a list."`
	Never     some[absenceDoc]       `yaml:"never,omitempty" jsonschema_description:"Frames that never arrive at a place; one or a list."`
	Receivers some[receiversDoc]     `yaml:"receivers,omitempty" jsonschema_description:"Exactly those that receive a frame; one or a list."`
	Answer    some[sightDoc]         `yaml:"answer,omitempty" jsonschema_description:"Frames that are seen at a place because of what was sent; one or a list."`
	Path      []waypointDoc          `yaml:"path,omitempty" jsonschema:"minItems=1" jsonschema_description:"The way of the frame, place by place."`
	State     table[table[stateDoc]] `yaml:"state,omitempty" jsonschema_description:"Values that the kernel reports afterwards, by node or interface."`
	Storm     flag                   `yaml:"storm,omitempty" jsonschema_description:"true: the traffic of the step sustains itself, until it is cut at the limits of the step, which is the last one. false: it ends by itself before; where it does not the kernel has failed, while a storm of which nothing is said leaves the scenario inconclusive."`
	Fails     text                   `yaml:"fails,omitempty" jsonschema_description:"Name of the errno with which create, remove, set or a send of one frame must fail: EINVAL."`
}

// replyDoc is `none`, or what the reply is like.
type replyDoc struct {
	loc
	None bool
	Want replyWant
}

type replyWant struct {
	loc
	None   flag       `yaml:"none,omitempty" jsonschema_description:"No reply: as reply: none, with within beside it."`
	TTL    number     `yaml:"ttl,omitempty" jsonschema:"minimum=1,maximum=255" jsonschema_description:"TTL or hop limit with which it arrives."`
	From   some[text] `yaml:"from,omitempty" jsonschema:"minItems=1" jsonschema_description:"Who answers: an address or @node:interface; a list where several do, each of them every request. Default: the target; of a group or a broadcast address whoever is asked."`
	MAC    some[text] `yaml:"mac,omitempty" jsonschema:"minItems=1" jsonschema_description:"arping: MAC that answers, or @node:interface; a list where several do, each of them every request."`
	Error  text       `yaml:"error,omitempty" jsonschema:"enum=net-unreachable,enum=host-unreachable,enum=port-unreachable,enum=ttl-exceeded,enum=too-big,enum=prohibited,enum=net-down,enum=address-not-available,enum=not-permitted" jsonschema_description:"What the stack reports instead of an answer."`
	Count  span       `yaml:"count,omitempty" jsonschema_description:"How many answers each request gets, from each of those who are named; of all together where none is. Default: exactly one; where many are asked and none is named, one at least, and no two from one host."`
	Within duration   `yaml:"within,omitempty" jsonschema_description:"How long after the request it may come although the lab is at rest; of none, how long none may come."`
}

func (r *replyDoc) decodeUnion(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	r.node = n
	if n.Kind == yamltree.Scalar {
		r.None = n.Value == "none" && !n.Null
		if !r.None {
			d.at(n, "reply must be none, or a map such as {ttl: 64} ({} takes any answer), not %s", n.What())
		}
		return r.None
	}
	if !d.into(n, &r.Want, tag) {
		return false
	}
	if w := &r.Want; w.None.set() {
		r.None = w.None.V
		if !r.None || !w.Within.set() || w.TTL.set() || len(w.From) > 0 || len(w.MAC) > 0 || w.Error.set() || w.Count.set() {
			d.at(w.None.node, "none: true stands beside within, and nothing else does: {none: true, within: 3s}; without it write reply: none")
			return false
		}
	}
	return true
}

var fieldsOfReply = fieldsOf(typeOf[replyWant]())

// hopDoc is an address, * where nobody answers, or an error and who reports it.
type hopDoc struct {
	loc
	Silent bool
	From   text
	Error  text
}

type hopWant struct {
	From  text `yaml:"from,omitempty" jsonschema_description:"Who reports it: an address or @node:interface. Default: whoever does."`
	Error text `yaml:"error" jsonschema:"enum=net-unreachable,enum=host-unreachable,enum=port-unreachable,enum=ttl-exceeded,enum=too-big,enum=prohibited,enum=net-down,enum=address-not-available,enum=not-permitted" jsonschema_description:"What is reported, as under reply."`
}

func (h *hopDoc) decodeUnion(d *decoder, n *yamltree.Node, _ *fieldTag) bool {
	h.node = n
	tag := &fieldTag{name: "a hop"}
	if n.Kind == yamltree.Scalar {
		h.Silent = n.Value == "*" && !n.Null
		return h.Silent || d.into(n, &h.From, tag)
	}
	var w hopWant
	ok := d.into(n, &w, tag)
	h.From, h.Error = w.From, w.Error
	return ok
}

// sightDoc is frames at a place.
type sightDoc struct {
	loc
	At     some[text] `yaml:"at" jsonschema:"minItems=1" jsonschema_description:"Place: node:interface, with in or out after it where the side counts; one, or a list that all must see it."`
	Frames text       `yaml:"frames" jsonschema_description:"Display filter."`
	Count  span       `yaml:"count,omitempty" jsonschema_description:"How many frames. Default: at least one."`
	Within duration   `yaml:"within,omitempty" jsonschema_description:"How long after the stimulus it may come although the lab is at rest."`

	Ordered flag `yaml:"ordered,omitempty" jsonschema_description:"The frames, which bear the marks of those sent, come in the order in which these were sent, and none twice. Default: false."`
	Intact  text `yaml:"intact,omitempty" jsonschema:"enum=frame,enum=untagged" jsonschema_description:"The frames, which bear the marks of those sent, are byte for byte as these left the sender (frame), or are so but for the outermost VLAN tag, which either of both may have (untagged). Default: not compared."`
}

// absenceDoc is frames that stay away.
type absenceDoc struct {
	loc
	At     some[text] `yaml:"at" jsonschema:"minItems=1" jsonschema_description:"Place: node:interface, with in or out after it where the side counts; one or a list."`
	Frames text       `yaml:"frames" jsonschema_description:"Display filter. It must match something somewhere in the scenario, else it proves nothing."`
	Within duration   `yaml:"within,omitempty" jsonschema_description:"How long none may come, counted from the begin of the step: for what a stack sends by a timer. Default: until the lab is at rest."`
}

// receiversDoc are all that receive a frame.
type receiversDoc struct {
	loc
	At     some[text] `yaml:"at" jsonschema_description:"Interfaces of hosts, node:interface: each receives the frame, and no other interface of any host does. Those with the same frames stand together."`
	Frames text       `yaml:"frames" jsonschema_description:"Display filter."`
	Count  span       `yaml:"count,omitempty" jsonschema_description:"How many frames each receives. Default: one."`
}

// waypointDoc is a place, or a place and what the frame looks like there.
type waypointDoc struct {
	loc
	At     text
	Frames text
}

type waypointMap struct {
	At     text `yaml:"at" jsonschema_description:"Place: node:interface in, or out."`
	Frames text `yaml:"frames,omitempty" jsonschema_description:"Display filter: what the frame looks like there."`
}

func (w *waypointDoc) decodeUnion(d *decoder, n *yamltree.Node, _ *fieldTag) bool {
	w.node = n
	tag := &fieldTag{name: "a place of path"}
	if n.Kind == yamltree.Scalar {
		return d.into(n, &w.At, tag)
	}
	var m waypointMap
	ok := d.into(n, &m, tag)
	w.At, w.Frames = m.At, m.Frames
	return ok
}

// stateDoc is a value, null for "must not exist", {not: value}, or one of
// these with the time that it may take: {is: value, within: 500ms}.
type stateDoc struct {
	loc
	Want   text
	Not    bool
	Absent bool
	Within duration
}

type stateMap struct {
	Is     valueOrNull `yaml:"is,omitempty" jsonschema_description:"The value, or null: there is no such thing."`
	Not    valueOrNull `yaml:"not,omitempty" jsonschema_description:"Any other value; null: there is such a thing."`
	Within duration    `yaml:"within,omitempty" jsonschema_description:"How long after the step began it may take although the lab is at rest."`
}

type valueOrNull struct {
	loc
	Value text
	Null  bool
}

func (v *valueOrNull) decodeUnion(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	v.node = n
	if v.Null = n.Kind == yamltree.Scalar && n.Null; v.Null {
		return true
	}
	return d.into(n, &v.Value, tag)
}

func (s *stateDoc) decodeUnion(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	s.node = n
	if n.Kind == yamltree.Map && (n.Get("is") != nil || n.Get("not") != nil) {
		return s.decodeMap(d, n, tag)
	}
	if n.Kind == yamltree.Scalar && n.Null {
		s.Absent = true
		return true
	}
	if n.Kind != yamltree.Scalar {
		d.at(n, "%s must be a value, null (it must not exist) or {not: value}, not %s", tag.name, n.What())
		return false
	}
	return d.into(n, &s.Want, tag)
}

func (s *stateDoc) decodeMap(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	var m stateMap
	if !d.into(n, &m, tag) {
		return false
	}
	if n.Get("is") != nil && n.Get("not") != nil {
		d.at(n, "%s has is or not, not both", tag.name)
		return false
	}
	value := m.Is
	if s.Not = n.Get("not") != nil; s.Not {
		value = m.Not
	}
	s.Absent, s.Want, s.Within = value.Null, value.Value, m.Within
	return true
}

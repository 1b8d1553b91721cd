package scenarios

import (
	"fmt"
	"strings"

	"netverify/assert"
	"netverify/frame"
	"netverify/recording"
)

// receivers makes of each set of receivers what it means: the interfaces that
// it names see the frame come in, each so often, and every other interface of
// every host never does. Those of switches hand frames on, and receive none for
// themselves; what passes them is for seen, never and path.
func (x *expecter) receivers(doc *expectationsDoc) {
	named := map[string]map[recording.Ref]bool{} // by filter
	for i := range doc.Receivers {
		x.receiving(&doc.Receivers[i], named)
	}
	for i := range doc.Receivers {
		d := &doc.Receivers[i]
		key := strings.TrimSpace(d.Frames.S)
		if d.node == nil || !d.Frames.set() || named[key] == nil {
			continue
		}
		x.others(d, named[key])
		delete(named, key)
	}
}

// receiving expects the frames at the interfaces that one entry names.
func (x *expecter) receiving(doc *receiversDoc, named map[string]map[recording.Ref]bool) {
	if doc.node == nil || !doc.Frames.set() {
		return
	}
	key := strings.TrimSpace(doc.Frames.S)
	if named[key] == nil {
		named[key] = map[recording.Ref]bool{}
	}
	count := &assert.Range{Min: 1, Max: 1}
	if doc.Count.set() {
		count = doc.Count.ptr()
	}
	if count.Max == 0 {
		x.at(doc.Count.node, "an interface that is not named receives no frame: there is nothing to count")
	}
	f := x.filter(doc.Frames)
	for _, at := range doc.At {
		ref, ok := x.receiver(at)
		switch {
		case !ok:
			continue
		case named[key][ref]:
			x.at(at.node, "%s is given twice", ref)
			continue
		}
		named[key][ref] = true
		text := fmt.Sprintf("receivers: %s %s: %s", ref, timesText(count), key)
		x.add(at.node, assert.Expectation{Kind: assert.KindSeen, Text: text, At: inOf(ref), Frames: f, Count: count})
	}
}

// receiver reads the name of an interface of a host.
func (x *expecter) receiver(t text) (recording.Ref, bool) {
	if !t.set() {
		return recording.Ref{}, false
	}
	if name, _, has := strings.Cut(t.S, " "); has {
		x.at(t.node, "%q: what is received comes in, so that a receiver has no side: %s", t.S, name)
		return recording.Ref{}, false
	}
	ref, ok := x.ref(t)
	if ok && x.nodes[ref.Node].Switch {
		x.at(t.node, "%s belongs to a switch, which hands frames on: look at it with seen or never", ref)
		return ref, false
	}
	return ref, ok
}

// others expects the frames at no other interface that there is now.
func (x *expecter) others(doc *receiversDoc, named map[recording.Ref]bool) {
	f := x.filter(doc.Frames)
	for _, ref := range x.order {
		if x.live[ref] == nil || x.nodes[ref.Node].Switch || named[ref] {
			continue
		}
		text := fmt.Sprintf("receivers: not %s: %s", ref, strings.TrimSpace(doc.Frames.S))
		x.add(doc.Frames.node, assert.Expectation{Kind: assert.KindNever, Text: text, At: inOf(ref), Frames: f})
	}
}

func inOf(ref recording.Ref) assert.Place { return assert.Place{Point: ref.String(), Dir: frame.In} }

package report

import (
	"fmt"

	"netverify/assert"
)

// topoOptions are the options that are drawn, in their order, and the words
// for them where they are not usual. What is not listed is told by its key.
var topoOptions = []struct{ key, value, words string }{
	{"hairpin", "true", "hairpin"}, {"isolated", "true", "isolated"}, {"locked", "true", "locked"}, {"guard", "true", "BPDU guard"},
	{"learning", "false", "no learning"}, {"flood", "false", "no flood"}, {"mcast_flood", "false", "no mcast flood"}, {"bcast_flood", "false", "no bcast flood"},
	{"neigh_suppress", "true", "neigh suppress"}, {"proxyarp", "true", "proxy ARP"}, {"mcast_to_unicast", "true", "mcast to unicast"}, {"vlan_tunnel", "true", "VLAN tunnel"},
	{"stp", "true", "STP"}, {"multicast_snooping", "true", "snooping"}, {"vlan_filtering", "true", "VLAN filtering"},
	{"vlan_protocol", "802.1ad", "802.1ad"},
	{"nopromisc", "true", "nopromisc"}, {"nodst", "true", "nodst"},
	{"reorder_hdr", "false", "reorder_hdr off"}, {"loose_binding", "true", "loose binding"},
	{"promisc", "true", "promiscuous"}, {"allmulticast", "true", "allmulticast"},
}

// topoNumbers are the options that are drawn with their values.
var topoNumbers = []struct{ key, words string }{
	{"flag", ""}, {"default_pvid", "default PVID "}, {"ageing_time", "ageing "}, {"group_fwd_mask", "fwd mask "},
	{"forward_delay", "forward delay "}, {"hello_time", "hello "}, {"max_age", "max age "}, {"priority", "priority "},
	{"bcqueuelen", "bcqueuelen "}, {"bclim", "bclim "}, {"ingress_qos", "ingress "}, {"egress_qos", "egress "},
}

func topoStateChips(i *assert.Interface) (list []topoPiece) {
	warn := func(s string) { list = append(list, topoPiece{text: clean(s), class: "t-warn", chip: true}) }
	switch {
	case !i.Up:
		warn("down")
	case !i.Carrier:
		warn("no carrier")
	}
	if s := i.Options["port_state"]; s != "" {
		warn(s)
	}
	if i.MTU != 1500 && i.MTU != 0 && i.Kind != "loopback" {
		list = append(list, topoPiece{text: fmt.Sprintf("MTU %d", i.MTU), class: "t-chip", chip: true})
	}
	return list
}

func topoOptionChips(i *assert.Interface) (list []topoPiece) {
	chip := func(s string) {
		list = append(list, topoPiece{text: cut(clean(s), topoColumns-2), class: "t-chip", chip: true})
	}
	for _, o := range topoOptions {
		if i.Options[o.key] == o.value {
			chip(o.words)
		}
	}
	for _, o := range topoNumbers {
		v := i.Options[o.key]
		if v != "" && !(o.key == "default_pvid" && (v == "0" || v == "1")) {
			chip(o.words + v)
		}
	}
	if len(i.Offloads.On) > 0 {
		chip("offloads on")
	}
	return list
}

// shut tells whether a port carries nothing at all: its bridge filters VLANs, and
// it is in none. Of a plan it is not known: the bridge may give it one.
func (d *topoDrawing) shut(r *topoRow) bool {
	return !d.top.Planned && r.master != nil && r.master.iface.Options["vlan_filtering"] == "true" && len(r.iface.VLANs) == 0
}

// vlanChips are the VLANs of a port: filled where they leave it without a tag.
func (d *topoDrawing) vlanChips(i *assert.Interface) (list []topoPiece) {
	for _, v := range i.VLANs {
		text := fmt.Sprint(v.From)
		if v.To != v.From {
			text = fmt.Sprintf("%d-%d", v.From, v.To)
		}
		plain := v.Flags == "pvid untagged"
		if !plain && v.Flags != "tagged" {
			text += " " + clean(v.Flags)
		}
		id := v.From
		if v.From != v.To {
			id = -1 // several have no colour
		}
		list = append(list, d.vlanChip(text, id, plain))
	}
	return list
}

// vlanChip has one of eight colours, the same for a VLAN in all of a drawing.
func (d *topoDrawing) vlanChip(text string, id int, filled bool) topoPiece {
	class := "t-vlan"
	if colour, ok := d.vlans[id]; ok {
		class += fmt.Sprintf(" t-v%d", colour%8)
	}
	if filled {
		class += " t-full"
	}
	return topoPiece{text: text, class: class, chip: true}
}

package draw

import (
	"fmt"

	"netverify/assert"
	"netverify/internal/cells"
	"netverify/internal/plain"
)

// options are the options that are drawn, in their order, and the words
// for them where they are not usual. What is not listed is told by its key.
var options = []struct{ key, value, words string }{
	{"hairpin", "true", "hairpin"}, {"isolated", "true", "isolated"}, {"locked", "true", "locked"}, {"guard", "true", "BPDU guard"},
	{"learning", "false", "no learning"}, {"flood", "false", "no flood"}, {"mcast_flood", "false", "no mcast flood"}, {"bcast_flood", "false", "no bcast flood"},
	{"neigh_suppress", "true", "neigh suppress"}, {"proxyarp", "true", "proxy ARP"}, {"mcast_to_unicast", "true", "mcast to unicast"}, {"vlan_tunnel", "true", "VLAN tunnel"},
	{"stp", "true", "STP"}, {"multicast_snooping", "true", "snooping"}, {"vlan_filtering", "true", "VLAN filtering"},
	{"vlan_protocol", "802.1ad", "802.1ad"},
	{"nopromisc", "true", "nopromisc"}, {"nodst", "true", "nodst"},
	{"reorder_hdr", "false", "reorder_hdr off"}, {"loose_binding", "true", "loose binding"},
	{"promisc", "true", "promiscuous"}, {"allmulticast", "true", "allmulticast"},
}

// numbers are the options that are drawn with their values.
var numbers = []struct{ key, words string }{
	{"flag", ""}, {"default_pvid", "default PVID "}, {"ageing_time", "ageing "}, {"group_fwd_mask", "fwd mask "},
	{"forward_delay", "forward delay "}, {"hello_time", "hello "}, {"max_age", "max age "}, {"priority", "priority "},
	{"bcqueuelen", "bcqueuelen "}, {"bclim", "bclim "}, {"ingress_qos", "ingress "}, {"egress_qos", "egress "},
}

func stateChips(i *assert.Interface) (list []piece) {
	warn := func(s string) { list = append(list, piece{text: plain.Line(s), class: "t-warn", chip: true}) }
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
		list = append(list, piece{text: fmt.Sprintf("MTU %d", i.MTU), class: "t-chip", chip: true})
	}
	return list
}

func optionChips(i *assert.Interface) (list []piece) {
	chip := func(s string) {
		list = append(list, piece{text: cells.Cut(plain.Line(s), columns-2), class: "t-chip", chip: true})
	}
	for _, o := range options {
		if i.Options[o.key] == o.value {
			chip(o.words)
		}
	}
	for _, o := range numbers {
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
func (d *drawing) shut(r *row) bool {
	return !d.top.Planned && r.master != nil && r.master.iface.Options["vlan_filtering"] == "true" && len(r.iface.VLANs) == 0
}

// vlanChips are the VLANs of a port: filled where they leave it without a tag.
func (d *drawing) vlanChips(i *assert.Interface) (list []piece) {
	for _, v := range i.VLANs {
		text := fmt.Sprint(v.From)
		if v.To != v.From {
			text = fmt.Sprintf("%d-%d", v.From, v.To)
		}
		untagged := v.Flags == "pvid untagged"
		if !untagged && v.Flags != "tagged" {
			text += " " + plain.Line(v.Flags)
		}
		id := v.From
		if v.From != v.To {
			id = -1 // several have no colour
		}
		list = append(list, d.vlanChip(text, id, untagged))
	}
	return list
}

// vlanChip has one of eight colours, the same for a VLAN in all of a drawing.
func (d *drawing) vlanChip(text string, id int, filled bool) piece {
	class := "t-vlan"
	if colour, ok := d.vlans[id]; ok {
		class += fmt.Sprintf(" t-v%d", colour%8)
	}
	if filled {
		class += " t-full"
	}
	return piece{text: text, class: class, chip: true}
}

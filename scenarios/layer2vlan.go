package scenarios

import (
	"maps"
	"slices"
	"strings"

	"netverify/recording"
)

// membership is a port's in one VLAN.
type membership struct{ member, untagged, pvid bool }

// memberships are those of a port of a bridge that filters VLANs.
func (n *layer2) memberships(b *Bridge, ref recording.Ref) map[int]membership {
	if m := n.members[ref]; m != nil {
		return m
	}
	m := map[int]membership{}
	n.members[ref] = m
	i := n.live[ref]
	p := i.Port
	if p == nil {
		p = &Port{}
	}
	if !hasVLANs(p) || len(p.VLANs) > 0 && len(p.Trunk) == 0 && p.Native == nil && p.Access == nil {
		pvid := 1 // IFLA_BR_VLAN_DEFAULT_PVID
		if b.DefaultPVID != nil {
			pvid = *b.DefaultPVID
		} else if n.namesVLANs(recording.Ref{Node: i.Node, Iface: i.Master}) {
			pvid = 0 // as the lab sets it
		}
		if pvid != 0 {
			m[pvid] = membership{true, true, true}
		}
	}
	for _, r := range p.Trunk {
		for vid := r.From; vid <= r.To; vid++ {
			m[vid] = membership{member: true}
		}
	}
	for _, own := range []*int{p.Native, p.Access} {
		if own != nil {
			m[*own] = membership{true, true, true}
		}
	}
	for _, v := range p.VLANs {
		if strings.Contains(v.Flags, "pvid") {
			for vid, x := range m {
				x.pvid = false
				m[vid] = x
			}
		}
		for vid := v.VID; vid <= v.Range().To; vid++ {
			if v.Flags == "none" {
				delete(m, vid)
				continue
			}
			m[vid] = membership{true, strings.Contains(v.Flags, "untagged"), strings.Contains(v.Flags, "pvid")}
		}
	}
	return m
}

func (n *layer2) namesVLANs(bridge recording.Ref) bool {
	return slices.ContainsFunc(n.of[bridge], func(r recording.Ref) bool { return n.live[r].Port != nil && hasVLANs(n.live[r].Port) })
}

// classify is the VLAN in which a bridge takes a frame, 0 where it takes it in
// none, and the tags that are left.
func (n *layer2) classify(b *Bridge, i *Interface, tags string) (vid int, rest string) {
	members := n.memberships(b, recording.Ref{Node: i.Node, Iface: i.Name})
	if tags != "" {
		outer := []rune(tags)
		if vid = int(outer[0]); members[vid].member {
			return vid, string(outer[1:])
		}
		return 0, tags
	}
	for vid, m := range members {
		if m.pvid {
			return vid, tags
		}
	}
	return 0, tags
}

// vidOf is the VLAN in which a frame goes on from a port, 0: without a tag.
func (w *walker) vidOf(p passage) int {
	i := w.live[p.port]
	if b := w.bridges[recording.Ref{Node: i.Node, Iface: i.Master}]; b != nil && yes(b.VLANFiltering) {
		vid, _ := w.classify(b, i, p.tags)
		return vid
	}
	if p.tags == "" {
		return 0
	}
	return int([]rune(p.tags)[0])
}

// mostVIDs bounds the VLANs that are tried.
const mostVIDs = 200

// vids are the VLANs to be tried, 0 for frames without a tag. Two VLANs between
// which no range begins or ends are alike: one of them stands for both.
func (n *layer2) vids() []int {
	set := map[int]bool{0: true}
	mark := func(vid int) {
		if vid >= 1 && vid <= 4094 {
			set[vid] = true
		}
	}
	for _, i := range n.live {
		if i.VLAN != nil {
			mark(i.VLAN.ID)
		}
		if i.Port == nil {
			continue
		}
		for _, r := range i.Port.Trunk {
			mark(r.From)
			mark(r.To + 1)
		}
		for _, v := range i.Port.VLANs {
			mark(v.VID)
			mark(v.Range().To + 1)
		}
		for _, own := range []*int{i.Port.Native, i.Port.Access} {
			if own != nil {
				mark(*own)
			}
		}
	}
	list := slices.Sorted(maps.Keys(set))
	return list[:min(len(list), mostVIDs)]
}

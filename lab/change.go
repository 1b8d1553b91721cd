package lab

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// Set changes one node or interface of the living lab, reads the change back,
// and waits until carriers have settled. An error carries the kernel's errno
// and text (see Errno); what had been changed before it stays changed.
func (l *Lab) Set(s scenarios.Setting) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := recording.NodeOf(s.Target)
	if n := l.node(name); n != nil {
		n.stirred = true // an MTU takes IPv6 away, and gives it back with the kernel's timers
	}
	var err error
	switch {
	case s.Iface != nil:
		err = l.setInterface(s)
	case s.Node != nil:
		err = l.setNode(s)
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return err
		}
		return l.fail(s.Pos, s.Pos, "set", s.Target, err)
	}
	return l.settle(s.Carriers...)
}

func (l *Lab) setInterface(s scenarios.Setting) error {
	ref, _ := recording.ParseRef(s.Target)
	i, err := l.need(ref)
	if err != nil {
		return err
	}
	for _, change := range []func(*scenarios.InterfaceSet, scenarios.Pos) error{
		i.setMaster, i.setLink, i.setMacvlan, i.setVLAN, i.setPortAndWait, i.setAttributes, i.flushPort, i.changeSelf, i.setRest,
	} {
		if err := change(s.Iface, s.Pos); err != nil {
			return err
		}
	}
	return nil
}

// setLink changes MAC, MTU, promiscuity and the administrative state; up last,
// and each by a request of its own, so that an error names its cause.
func (i *iface) setLink(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	c := i.node.conn
	try := func(w want, err error) error {
		if err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" "+w.key+" "+w.asked, err)
		}
		return i.readBack(pos, s.Judged, w)
	}
	if s.MAC != nil {
		if err := try(want{"macaddress", s.MAC.String()}, c.changeLink(i.index, 0, 0, attr(unix.IFLA_ADDRESS, s.MAC))); err != nil {
			return err
		}
	}
	if s.MTU != nil {
		if err := try(want{"mtu", strconv.Itoa(*s.MTU)}, i.node.lab.aboveParent(c.changeLink(i.index, 0, 0, attr32(unix.IFLA_MTU, uint32(*s.MTU))), *s.MTU, i.spec.Link)); err != nil {
			return err
		}
	}
	if s.Promisc != nil {
		flags := uint32(b2u8(*s.Promisc)) * unix.IFF_PROMISC
		if err := try(want{"promisc", strconv.FormatBool(*s.Promisc)}, c.changeLink(i.index, unix.IFF_PROMISC, flags)); err != nil {
			return err
		}
	}
	if s.AllMulti != nil {
		flags := uint32(b2u8(*s.AllMulti)) * unix.IFF_ALLMULTI
		if err := try(want{"allmulticast", strconv.FormatBool(*s.AllMulti)}, c.changeLink(i.index, unix.IFF_ALLMULTI, flags)); err != nil {
			return err
		}
	}
	if s.Up != nil {
		return try(want{"up", strconv.FormatBool(*s.Up)}, i.setUp(*s.Up))
	}
	return nil
}

// readBack compares one or more values with what the kernel says now. Of those
// that the step judges only that the kernel knows them: where it lacks the
// feature there is nothing to judge.
func (i *iface) readBack(pos scenarios.Pos, judged []string, list ...want) error {
	got, err := i.node.conn.link(i.index)
	for _, w := range list {
		if err != nil {
			break
		}
		err = i.check(got, []want{w})
		var lacking *Unsupported
		if slices.Contains(judged, w.key) && !errors.As(err, &lacking) {
			err = nil
		}
	}
	return i.node.lab.fail(pos, i.spec.Pos, "verify", i.describe(), err)
}

func (i *iface) setMacvlan(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	m := s.Macvlan
	if m == nil {
		return nil
	}
	data, list, err := i.macvlanChange(m)
	if err == nil && len(data) > 0 {
		err = i.node.conn.changeLink(i.index, 0, 0, nest(unix.IFLA_LINKINFO,
			attr(nl.IFLA_INFO_KIND, []byte(i.spec.Kind)), nest(nl.IFLA_INFO_DATA, data...)))
	}
	if err != nil {
		keys := make([]string, len(list))
		for k, w := range list {
			keys[k] = w.key + " " + orNone(w.asked)
		}
		return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" "+strings.Join(keys, ", "), err)
	}
	if err := i.readBack(pos, s.Judged, list...); err != nil {
		return err
	}
	return i.commandSources(m, s.Judged, pos)
}

// macvlanChange returns the attributes of a change and what must be read back.
func (i *iface) macvlanChange(m *scenarios.MacvlanChange) (data []*nl.RtAttr, list []want, err error) {
	if m.Mode != "" {
		list = append(list, want{"mode", m.Mode})
		number, err := number(macvlanModes, "macvlan mode", m.Mode)
		if err != nil {
			return nil, list, err
		}
		data = append(data, attr32(nl.IFLA_MACVLAN_MODE, number))
	}
	if m.NoPromisc != nil || m.NoDst != nil {
		// The kernel replaces all flags at once.
		got, err := i.node.conn.link(i.index)
		if err != nil {
			return nil, list, err
		}
		flags := got.data.u16(nl.IFLA_MACVLAN_FLAGS)
		for _, f := range []struct {
			key string
			bit uint16
			v   *bool
		}{{"nopromisc", macvlanNoPromisc, m.NoPromisc}, {"nodst", macvlanNoDst, m.NoDst}} {
			if f.v != nil {
				flags = flags&^f.bit | uint16(b2u8(*f.v))*f.bit
				list = append(list, want{f.key, strconv.FormatBool(*f.v)})
			}
		}
		data = append(data, attr16(nl.IFLA_MACVLAN_FLAGS, flags))
	}
	if m.Sources != nil {
		words, err := i.node.lab.sourceWords(*m.Sources)
		if err != nil {
			return nil, list, err
		}
		set, err := i.node.lab.sourceSet(*m.Sources)
		if err != nil {
			return nil, list, err
		}
		data, list = append(data, set...), append(list, want{"sources", words})
	}
	return append(data, macvlanQueue(m.BCQueueLen, m.BCLim)...), append(list, queueWants(m.BCQueueLen, m.BCLim)...), nil
}

func (i *iface) setPortAndWait(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	p := s.Port
	if p == nil {
		return nil
	}
	if err := i.setPort(p, pos); err != nil {
		return err
	}
	if p.State != nil {
		if err := i.node.lab.settle(); err != nil { // a port without carrier takes no state
			return err
		}
		if err := i.setPortState(*p.State, pos); err != nil {
			return err
		}
		i.rememberPortState(*p.State)
	}
	if err := i.readBack(pos, s.Judged, portWants(p)...); err != nil {
		return err
	}
	if err := i.setPortOptions(p, pos); err != nil {
		return err
	}
	if !hasVLANs(p) {
		return nil
	}
	tables, err := i.node.conn.portVLANs()
	if err == nil {
		err = compareVLANs(tables[i.index].with(p), tables[i.index])
	}
	return i.node.lab.fail(pos, i.spec.Pos, "verify", i.describe(), err)
}

// rememberPortState keeps a state that was set by hand: settle has to know
// that the bridge's carrier does not follow this port any more.
func (i *iface) rememberPortState(state string) {
	var p scenarios.Port
	if i.spec.Port != nil {
		p = *i.spec.Port
	}
	p.State = &state
	i.spec.Port = &p
}

// setRest changes addresses, groups and offloads.
func (i *iface) setRest(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	if s.Addresses != nil {
		if err := i.setAddresses(*s.Addresses, pos); err != nil {
			return err
		}
		have, err := i.node.conn.addresses()
		if err == nil {
			if asked, says := joinPrefixes(*s.Addresses), joinPrefixes(have[i.index]); asked != says {
				err = &Mismatch{"addresses", orNone(asked), orNone(says)}
			}
		}
		if err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "verify", i.describe(), err)
		}
	}
	if s.MAddresses != nil {
		if err := i.setMAddresses(*s.MAddresses, pos); err != nil {
			return err
		}
	}
	if s.Groups != nil {
		if err := i.setGroups(*s.Groups, pos); err != nil {
			return err
		}
	}
	if len(s.Features) > 0 {
		return i.offloadsOfSet(s, pos)
	}
	return nil
}

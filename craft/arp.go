package craft

import (
	"net"
	"net/netip"

	"github.com/google/gopacket/layers"
)

var arpOpcodes = []named{{"request", 1}, {"reply", 2}, {"probe", 1}, {"announcement", 1}, {"gratuitous", 2}}

var zeroMAC = net.HardwareAddr{0, 0, 0, 0, 0, 0}

// arp adds the packet and says what the Ethernet addresses would be.
func (c *composer) arp(a *ARP) {
	c.etherType, c.noRoom = int(layers.EthernetTypeARP), true
	op, form, ok := c.code("arp.opcode", a.Opcode, arpOpcodes, 0xffff)
	if !ok && a.Opcode == "" {
		c.errorf("arp.opcode", "is missing")
	}
	senderMAC, senderIP := c.arpSender(a, form)
	targetMAC, targetIP := c.arpTarget(a, op, form, senderMAC, senderIP)

	c.impliedSrc = senderMAC
	switch {
	case op == 1 || form == "gratuitous":
		c.impliedDst = broadcastMAC
	case op == 2:
		c.impliedDst = targetMAC
	}
	c.add("arp", &layers.ARP{
		AddrType:          layers.LinkType(c.num("arp.hw_type", a.HWType, 1, 0, 0xffff)),
		Protocol:          layers.EthernetType(c.num("arp.proto_type", a.ProtoType, 0x0800, 0, 0xffff)),
		HwAddressSize:     uint8(c.num("arp.hw_size", a.HWSize, 6, 0, 255)),
		ProtAddressSize:   uint8(c.num("arp.proto_size", a.ProtoSize, 4, 0, 255)),
		Operation:         uint16(op),
		SourceHwAddress:   senderMAC,
		SourceProtAddress: senderIP.AsSlice(),
		DstHwAddress:      targetMAC,
		DstProtAddress:    targetIP.AsSlice(),
	}, false)
}

func (c *composer) arpSender(a *ARP, form string) (mac net.HardwareAddr, ip netip.Addr) {
	_, isRef := refName(a.Sender)
	if a.Sender != "" && a.SenderIP != "" && (a.SenderMAC != "" || !isRef) {
		c.errorf("arp.sender", "has no effect: sender_ip and sender_mac say it all")
	}
	switch {
	case a.SenderMAC != "":
		mac = c.mac("arp.sender_mac", a.SenderMAC)
	case isRef:
		mac = c.mac("arp.sender", a.Sender)
	case c.src != nil:
		mac = c.src
	case c.spec.Eth == nil || c.spec.Eth.Src == "":
		c.errorf("arp.sender_mac", "is missing: write it, eth.src, or @node:interface as sender")
	}
	switch {
	case a.SenderIP != "":
		ip = c.ip4("arp.sender_ip", a.SenderIP)
	case form == "probe":
		ip = netip.IPv4Unspecified()
		if a.Sender != "" && !isRef {
			c.errorf("arp.sender", "the sender address of a probe is 0.0.0.0: write sender_ip for another one")
		}
	case a.Sender != "":
		ip = c.ip4("arp.sender", a.Sender)
	default:
		c.errorf("arp.sender", "is missing")
	}
	return mac, ip
}

func (c *composer) arpTarget(a *ARP, op int, form string, senderMAC net.HardwareAddr, senderIP netip.Addr) (mac net.HardwareAddr, ip netip.Addr) {
	_, isRef := refName(a.Target)
	own := form == "announcement" || form == "gratuitous"
	if a.Target != "" && a.TargetIP != "" && !own && (a.TargetMAC != "" || op != 2 || !isRef) {
		c.errorf("arp.target", "has no effect: target_ip and target_mac say it all")
	}
	switch {
	case own && a.Target != "":
		c.errorf("arp.target", "the target of %s is the sender: write target_ip for another one", form)
	case a.TargetIP != "":
		ip = c.ip4("arp.target_ip", a.TargetIP)
	case own:
		ip = senderIP
	case a.Target != "":
		ip = c.ip4("arp.target", a.Target)
	default:
		c.errorf("arp.target", "is missing")
	}
	switch {
	case a.TargetMAC != "":
		mac = c.mac("arp.target_mac", a.TargetMAC)
	case form == "gratuitous":
		mac = senderMAC
	case op == 2 && isRef:
		mac = c.mac("arp.target", a.Target)
	case op == 2 && c.dst != nil:
		mac = c.dst
	case op == 2 && (c.spec.Eth == nil || c.spec.Eth.Dst == ""):
		c.errorf("arp.target_mac", "is missing: write it, eth.dst, or @node:interface as target")
	default:
		mac = zeroMAC
	}
	return mac, ip
}

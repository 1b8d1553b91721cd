// Package capture taps network namespaces and puts frames on their wires.
//
// A Tap is one packet socket (packet(7)) that sees every interface of the
// namespace it was opened in, those made later included, both what they
// receive and what they send. Its contract:
//
//   - A frame is as it was on the wire. The kernel takes the outer VLAN tag out
//     of the bytes into metadata (net/core/dev.c:__netif_receive_skb_core,
//     skb_vlan_untag, offload or not); the tap puts it back with its own TPID,
//     PCP, DEI and VID. VID 0 and even TCI 0 are tags. A tap that cannot learn
//     of tags (PACKET_AUXDATA) does not open.
//   - Frames come in the order in which they reached the socket, each with the
//     kernel's time, its interface and its direction.
//   - What is missing is counted: Stats tells how many frames found the buffer
//     full, Cut how many were longer than what was kept of them. A frame that
//     was cut says so itself (frame.Frame.CapLen is less than Len).
//   - Nothing is heard before Open has set all options, and nothing is missed
//     after it has returned (the socket gets its protocol only at bind(2)).
//
// A Sender is a packet socket that only sends. It has to be another than the
// tap's: a socket does not see what it has sent itself
// (net/core/dev.c:skb_loop_sk).
//
// Open and OpenSender have to be called inside the wanted namespace; what they
// return may be used from anywhere.
//
// Devices. lo carries frames with an Ethernet header of zeros, each of them
// seen twice, going out and coming in. Frames of interfaces without an
// Ethernet header (tun, ppp, ip6tnl, wireguard: sll_hatype neither
// ARPHRD_ETHER nor ARPHRD_LOOPBACK) are no frames in the sense of package
// frame: they are not delivered, but counted by Foreign.
package capture

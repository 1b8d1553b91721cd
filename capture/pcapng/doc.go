// Package pcapng writes evidence and reads it, and other people's captures.
//
// # What Write makes
//
// One section of a pcapng file (draft-ietf-opsawg-pcapng), little endian,
// that Wireshark, tshark, capinfos and tcpdump read:
//
//	SHB          hardware, os, application; the first comment announces the file as evidence of netverify
//	IDB ...      one a Point: if_name "c1:eth0", if_description (kind, MTU, ifindex), if_MACaddr, if_tsresol 9
//	EPB ...      one an Observation, in order: ns time, direction, reception type, comments
//	ISB ...      one a Point: frames seen and dropped
//	NRB ...      the record, in comments: the last thing in the file
//
// The record is everything of a frame.Recording that is not a frame (steps,
// bindings, fences, replies, state, taps, nonce, trouble, how the run ended) as
// JSON, with the report on it, if there is one. It stands
// in opt_comment options of Name Resolution Blocks that resolve no name: a
// Custom Block would need a Private Enterprise Number, which netverify does
// not have, and a comment of the Section Header Block would come before the
// frames, so that it could not vouch for them. An option holds 65535 bytes at
// most, so the JSON is split. Each comment reads
//
//	netverify-record v1 2/5 89abcdef {part of the JSON}
//
// where the eight digits are the CRC-32C of the whole JSON, and the JSON begins with the number of frames and the length and CRC-32C of
// all of the file before the first of these blocks. What a tool has filtered,
// merged or saved again therefore no longer counts as a recording, and a file cut
// off at any byte is told from a whole one (TruncatedError). All this finds
// accidents. It does not find forgery: a CRC can be computed anew by anybody.
// Whoever needs to know that a file is the one that was written has it signed
// (internal/sshsig), as a whole and beside it.
//
// # Drops
//
// One packet socket taps all interfaces of a node, and the kernel counts what
// it drops for the socket, not for the interface. isb_ifdrop of every
// interface of a node is therefore the same number, that of the whole tap; the
// ISB says so in a comment. isb_ifrecv is the number of frames of that
// interface in the file. epb_dropcount is not written: PACKET_STATISTICS does
// not tell between which two frames a frame was lost.
//
// # What Read takes
//
// pcapng of either byte order, with any time resolution and offset, several
// sections and interfaces, enhanced, simple and obsolete packet blocks,
// unknown blocks and options skipped; and classic pcap, µs and ns, of either
// byte order; all that also packed by gzip(1). Frames of libpcap's "any" device
// become Ethernet frames without a destination (see Cooked). No length in a file
// is believed before its bytes have come, and a block above 16 MiB is an
// error. What is held of a file is bounded (Budget), whatever gzip has packed
// into it: frames that several taps saw are held once, and where there is no more room
// reading stops (LimitError).
package pcapng

// Package filter is a subset of Wireshark's display-filter language over the
// field table of package frame, with the same truth: what Parse accepts is
// true of the same frames as in Wireshark 4.0 (one frame at a time, see
// package frame), and what it cannot do like Wireshark it refuses.
//
//	filter     = or
//	or         = and { ("||" | "or") and }
//	and        = not { ("&&" | "and") not }
//	not        = ("!" | "not") not | "(" filter ")" | test
//	test       = [ "any" | "all" ] operand operator operand
//	           | [ "any" | "all" ] field [ "not" ] "in" "{" element { "," element } "}"
//	           | operand                            present; with "&": not zero
//	operand    = field [ "[" slice { "," slice } "]" ] [ "&" number ] | value
//	slice      = n | n ":" length | n "-" last | ":" length | n ":"
//	element    = value [ ".." value ]
//	operator   = "==" "===" "!=" "!==" "~=" "<" "<=" ">" ">=" "contains" "matches"
//	           | eq all_eq ne any_ne all_ne any_eq lt le gt ge
//
// A field may occur several times in a frame. "==" is true if any occurrence
// is equal, "!=" if there are occurrences and none is equal (so `vlan.id !=
// 10` is false of an untagged frame, while `!(vlan.id == 10)` is true), "==="
// if there are occurrences and all are equal, "!==" and "~=" if any differs;
// all others want any. "any" and "all" say it in words.
//
// "@node:interface" stands for that interface's MAC, IPv4 or IPv6 address,
// whichever the field's type asks for; Bind puts it in, and Matcher.String is
// a filter that Wireshark takes.
//
// Of protocols other than frame and data only presence, header slices
// (ip[9] == 11), "contains" and "matches" are allowed. A single byte beginning
// with a letter is written 0xff, since Wireshark takes ff for a protocol.
//
// Refused although Wireshark takes it: arithmetic, functions, "#" (layer
// number), "@" for raw bytes, a literal in character quotes, string slices,
// slices of addresses that reach behind their end, masks other than a number,
// values that the field cannot have (vlan.id == 5000), and in "matches" what
// Go's regexp does not have: look-around, back references, possessive
// quantifiers. As in Wireshark, "matches" ignores case and works on bytes.
package filter

// Package frame holds Ethernet frames as they were on the wire, their layers, and
// the one table of fields that filters, reports and documents are made of.
//
// Contract. A Frame never changes. Decoding never fails and never panics: a
// frame that is short, cut or malformed is a value like any other; what is not
// in it is absent, and the layer that is broken says so (Layer.Malformed).
// Names, types and truth of the fields are those of Wireshark 4.0, with one
// frame seen at a time: nothing depends on the frames before it, so datagrams
// are not put together from fragments (preferences ip.defragment and
// ipv6.defragment off) and TCP sequence numbers are raw.
//
// The package is pure: no sockets, no clock, nothing of the operating system.
package frame

//go:generate go run ./internal/fielddoc -o ../docs/fields.md

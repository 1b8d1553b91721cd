// Package craft turns layers into the exact bytes of a frame.
//
// A Spec says what the frame is made of. Nothing is added that the Spec does
// not ask for: no padding, no preamble, no FCS. Lengths, checksums, ethertypes
// and address sizes are computed where the Spec leaves them out and written as
// given where it does not, right or wrong. The one exception is the tag of the
// run (frame.Tag), without which a frame could not be found again: see
// Spec.Nonce for where it goes and how to leave it out.
//
// Addresses may be written as "@node:interface". What that stands for is known
// only once the lab is built, so a Spec is checked in two stages: Validate
// finds all that is wrong with it whatever the addresses will be, and Build
// can then fail only because an interface is missing or has no address of the
// wanted family. Both run the same code; Validate runs it with stand-in
// addresses.
//
// The package is pure: it opens no socket and reads no clock, and Build gives
// the same bytes for the same arguments.
package craft

// Package foreign makes a recording of captures that others made with tcpdump,
// dumpcap or Wireshark, so that a scenario can be judged by them. It is pure:
// it is given files that were read, and a plan, which says what the places of
// the lab are called, which MACs and addresses they have, and how they hang
// together.
//
// What such captures do not tell is part of the recording (frame.Foreign), and
// package assert leaves open what would rest on it. The following is put in
// where the plan makes it certain, and nowhere else:
//
//   - the side of an interface on which a frame was seen, where the file does
//     not say: it follows from the source MAC where frames of that station can
//     pass the interface in one direction only;
//   - the step that a frame belongs to: by the tags and fences of a netverify
//     run beside which the capture was made, because only one step of the
//     scenario sends or expects anything, or because the user says so;
//   - the order of frames of one timestamp, which follows from the links.
package foreign

// Package assert judges recordings: it joins the observations of one frame
// into its journey, compares them with the expectations of a scenario, and
// gives verdicts. It is pure: no clock, no socket, no file; the same recording
// gives the same verdicts on any machine, live or read back from its evidence.
//
// Pass and Fail are conclusive. Inconclusive means that a leg of the proof is
// missing, and its reason names the leg; Skip and Error say that nothing could
// be judged, or that an expectation could not fail whatever came. An absence
// (never, reply: none, an upper bound of a count, the end of a path, and a
// positive that did not come) is believed only on these legs:
//
//   - the lab was proven to be at rest after the stimulus: a wave of fences over
//     every hop met nothing but fences (frame.StepRecord.Still);
//   - a fence of each delivery class was seen at the point itself, later than
//     every other frame of the step; or a quiet window was kept where no fence
//     can reach, and Check.Quiet says why;
//   - every tap gave account of itself and neither dropped nor cut a frame;
//   - for never, reply: none and a count of none, a control: the filter matched
//     a frame somewhere in the recording, the question was seen leaving.
//
// What was seen needs no such proof: a frame where none should be fails even a
// recording with holes.
package assert

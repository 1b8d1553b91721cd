// Package assert judges recordings: it joins the observations of one frame
// into its journey, compares them with the expectations of a scenario, and
// gives verdicts. It is pure: no clock, no socket, no file; the same recording
// gives the same verdicts on any machine, live or read back from its evidence.
//
// Pass and Fail are conclusive. Inconclusive means that a leg of the proof is
// missing, and its reason names the leg; Skip and Error say that nothing could
// be judged. An absence (never, reply: none, an upper bound of a count, and a
// positive that did not come) is believed only on these legs:
//
//   - the lab was proven to be at rest after the stimulus: a wave of fences over
//     every hop met nothing but fences (frame.StepRecord.Still);
//   - a fence of each delivery class was seen at the point itself, or a quiet
//     window was kept where no fence can reach;
//   - no tap dropped or cut a frame;
//   - for never and reply: none, a control: the filter matched a frame somewhere
//     in the recording, the question was seen leaving.
package assert

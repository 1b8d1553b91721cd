package recording

// Storm is traffic that did not end by itself, and was ended: the lab was
// taken down. What stormed is in the observations; here is what they do not
// tell.
type Storm struct {
	Step   int    // index into Recording.Steps; -1: before the first step
	Limit  string // the limit that was passed: "frames", "bytes" or "time"
	Most   int64  // the limit itself: frames, bytes, or ns
	Frames int64  // seen in the step by then; fences that came where they were awaited are left out
	Bytes  int64  // of these frames, as captured
	Took   int64  // ns from the step's begin until it was cut
}

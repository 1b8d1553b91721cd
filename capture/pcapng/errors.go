package pcapng

import "fmt"

// TruncatedError says that a file ends before it is complete: within a block,
// or, where the file announces itself as evidence of netverify, before its
// final record. What was read up to there is returned beside it.
type TruncatedError struct {
	Offset int64  // bytes that were there
	What   string // what is cut off or missing: "a packet block", "netverify's final record"
}

// Error says where the file ends and what is missing.
func (e *TruncatedError) Error() string {
	return fmt.Sprintf("file is truncated: it ends at byte %d, within or before %s", e.Offset, e.What)
}

// FormatError says that a file is not what it should be.
type FormatError struct {
	Offset int64 // of the block or record that is wrong
	Msg    string
	Err    error // cause, if any
}

// Error returns "offset N: what is wrong".
func (e *FormatError) Error() string {
	s := fmt.Sprintf("offset %d: %s", e.Offset, e.Msg)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

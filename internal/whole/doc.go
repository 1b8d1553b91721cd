// Package whole writes files that have their names only when they are whole, and
// that go where they were meant to go.
//
// What is written has no name at first (O_TMPFILE, open(2)): a process that is
// killed leaves nothing. Where the name is free the file gets it by linkat(2).
// Where it replaces another it gets a name beside that one, and rename(2) puts it
// in the other's place in one step: whoever looks sees the old file or the new
// one, each whole, and the old one stays when anything goes wrong before.
//
// The folder that the caller names is the user's choice, links in it included.
// What is below it may have been planted by anyone who can write there: every
// part is opened by itself, from the folder above it and with O_NOFOLLOW, and what
// is no folder, or no regular file where a file is to be replaced, is refused.
// (openat2(2) with RESOLVE_NO_SYMLINKS says the same in one call, and is missing
// before Linux 5.6.)
package whole

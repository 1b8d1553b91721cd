package whole

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// refused says that something stands in the place of a folder or of a file.
type refused struct {
	path   string
	kind   uint32 // of S_IFMT
	folder bool   // a folder was wanted
}

// Error says what is there, and what is not done.
func (r *refused) Error() string {
	wanted := "a regular file"
	if r.folder {
		wanted = "a folder"
	}
	if r.kind == unix.S_IFLNK {
		return fmt.Sprintf("%s is a symbolic link, which is not followed: %s is wanted there (remove the link, or name what it leads to)", r.path, wanted)
	}
	return fmt.Sprintf("%s is %s, where %s is wanted", r.path, kindInWords(r.kind), wanted)
}

func kindInWords(kind uint32) string {
	switch kind {
	case unix.S_IFREG:
		return "a regular file"
	case unix.S_IFDIR:
		return "a folder"
	case unix.S_IFIFO:
		return "a pipe"
	case unix.S_IFSOCK:
		return "a socket"
	}
	return "a device"
}

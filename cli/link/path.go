package link

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"paddock/zk"
)

// ErrBadPath is inside every error of CheckPath.
var ErrBadPath = errors.New("bad path")

type pathError struct{ text string }

func (e *pathError) Error() string        { return e.text }
func (e *pathError) Is(target error) bool { return target == ErrBadPath }

// CheckPath refuses what cannot be a path, in the words of the Java client (PathUtils.validatePath), which counts UTF-16 units.
func CheckPath(path string) error {
	switch {
	case path == "":
		return &pathError{"Path length must be > 0"}
	case path[0] != '/':
		return &pathError{"Path must start with / character"}
	case path == zk.PathRoot:
		return nil
	case path[len(path)-1] == '/':
		return &pathError{"Path must not end with / character"}
	}
	units := utf16.Encode([]rune(path))
	for i := 1; i < len(units); i++ {
		if reason := unitFault(units, i); reason != "" {
			return &pathError{fmt.Sprintf("Invalid path string %q caused by %s @%d", path, reason, i)}
		}
	}
	return nil
}

// unitFault says what is wrong with the path's unit at i, which is above 0.
func unitFault(units []uint16, i int) string {
	c, last := units[i], units[i-1]
	ends := i+1 == len(units) || units[i+1] == '/'
	switch {
	case c == 0:
		return "null character not allowed"
	case c == '/' && last == '/':
		return "empty node name specified"
	case c == '.' && last == '.' && units[i-2] == '/' && ends, c == '.' && last == '/' && ends:
		return "relative paths not allowed"
	case c <= 0x1f || c >= 0x7f && c <= 0x9f || c >= 0xd800 && c <= 0xf8ff || c >= 0xfff0:
		return "invalid character"
	}
	return ""
}

// serverPath puts the chroot in front.
func (l *Link) serverPath(path string) string {
	switch {
	case l.chroot == "":
		return path
	case path == zk.PathRoot:
		return l.chroot
	}
	return l.chroot + path
}

// clientPath cuts the chroot off. What the server says of its own subtree, /zookeeper, stays.
func (l *Link) clientPath(path string) string {
	rest, below := strings.CutPrefix(path, l.chroot)
	switch {
	case !below:
		return path
	case rest == "":
		return zk.PathRoot
	}
	return rest
}

package zk

import (
	"strings"
	"unicode/utf8"
)

// The znodes that the server makes itself and that nobody may delete (DataTree.isSpecialPath, 3.9.5).
const (
	PathRoot      = "/"
	PathZookeeper = "/zookeeper"
	PathQuota     = "/zookeeper/quota"
	PathConfig    = "/zookeeper/config"
)

// IsSpecialPath tells whether path is one of the znodes that nobody may delete.
func IsSpecialPath(path string) bool {
	return path == PathRoot || path == PathZookeeper || path == PathQuota || path == PathConfig
}

// PathFault says what is wrong with a znode path, or returns "" for a good one. The rules are those of
// PathUtils.validatePath (3.9.5), which looks at UTF-16 units: everything outside the basic plane is refused
// there as a surrogate, and bytes that are not UTF-8 as U+FFFD.
func PathFault(path string) string {
	switch {
	case path == "":
		return "path length must be > 0"
	case path[0] != '/':
		return "path must start with /"
	case len(path) == 1:
		return ""
	case path[len(path)-1] == '/':
		return "path must not end with /"
	}
	start := 1 // of the element under the cursor
	for i := 1; i < len(path); {
		c := path[i]
		if c == '/' {
			if fault := elementFault(path[start:i]); fault != "" {
				return fault
			}
			i++
			start = i
			continue
		}
		if c >= ' ' && c < 0x7f { // the usual case
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(path[i:])
		if badRune(r) {
			return "invalid character in path"
		}
		i += size
	}
	return elementFault(path[start:])
}

func elementFault(name string) string {
	switch name {
	case "":
		return "empty node name"
	case ".", "..":
		return "relative paths not allowed"
	}
	return ""
}

func badRune(r rune) bool {
	return r <= 0x1f || r >= 0x7f && r <= 0x9f || r >= 0xd800 && r <= 0xf8ff || r >= 0xfff0
}

// ParentPath cuts the last element off a path that starts with a slash. The parent of "/a" is "/".
func ParentPath(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 {
		return PathRoot
	}
	return path[:i]
}

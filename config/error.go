package config

import (
	"strconv"
	"strings"
)

// Error is a configuration that cannot be served. The server prints it as its only line and exits with code 2, as
// ZooKeeper's does.
type Error struct {
	File string // empty for arguments and -D words
	Line int    // from 1; 0 if no line is to blame
	Key  string // as the user wrote it; a property has its -D in front
	Msg  string // what was found and what was expected
	Err  error  // the cause, if the system gave one
}

// Error is the one line: "zoo.cfg:3: tickTime: found 0, expected …".
func (e *Error) Error() string {
	return place(e.File, e.Line, e.Key) + e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// place is "file:line: key: ", as much of it as is known.
func place(file string, line int, key string) string {
	var b strings.Builder
	if file != "" {
		b.WriteString(file)
		if line > 0 {
			b.WriteString(":" + strconv.Itoa(line))
		}
		b.WriteString(": ")
	}
	if key != "" {
		b.WriteString(key + ": ")
	}
	return b.String()
}

package config

import (
	"slices"
	"strings"
)

// PropsFromEnv collects the system properties that a JVM started by zkServer.sh would see, by their full names without
// the -D. They come from SERVER_JVMFLAGS, then JVMFLAGS, then the command line; the last one of a name counts. What else
// those variables hold (-Xmx1g …) is for a JVM and is left out. rest is args without the -D and -X words; everything
// after "--" stays as it is.
//
// The variables are cut at blanks and nowhere else: zkServer.sh expands them unquoted, so a JVM gets the quotes inside
// them as letters.
func PropsFromEnv(environ, args []string) (props map[string]string, rest []string) {
	props = make(map[string]string)
	if lookup(environ, "ZOO_DATADIR_AUTOCREATE_DISABLE") != "" {
		props["zookeeper.datadir.autocreate"] = "false"
	}
	for _, name := range []string{"SERVER_JVMFLAGS", "JVMFLAGS"} {
		for word := range strings.FieldsSeq(lookup(environ, name)) {
			takeProp(props, word)
		}
	}
	for i, arg := range args {
		if arg == "--" {
			return props, append(rest, args[i:]...)
		}
		if !takeProp(props, arg) && !strings.HasPrefix(arg, "-X") {
			rest = append(rest, arg)
		}
	}
	return props, rest
}

// takeProp stores a word of the form -Dname or -Dname=value, and tells whether it was one.
func takeProp(props map[string]string, word string) bool {
	name, isProp := strings.CutPrefix(word, "-D")
	if !isProp || name == "" {
		return false
	}
	name, value, _ := strings.Cut(name, "=")
	props[name] = value
	return true
}

// lookup returns the value of an environment variable; as in a shell, the last entry of a name counts.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

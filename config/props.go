package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// prop is the value of a system property and where it was set: a line of a file; a variable of the environment, which then
// stands for the file; or the command line, which has no file.
type prop struct {
	value, file string
	line        int
}

// given is what a start of the server was given besides zoo.cfg.
type given struct {
	props map[string]prop // by their full names without the -D
	rest  []string        // the arguments without the -D and -X words; what follows "--" stays as it is
	idle  []string        // words that mean something to a JVM only (-Xmx1g …), as far as they may be shown
	// remarks are about files that were read on the way.
	remarks []remark
}

// gather collects what a JVM started by zkServer.sh would have been given (zkServer.sh and zkEnv.sh, 3.9.5). Its system
// properties come from SERVER_JVMFLAGS, then JVMFLAGS, then the command line; the last one of a name counts. The two variables
// are those of the environment, as changed by zookeeper-env.sh and java.env in the folder of the configuration.
//
// The variables are cut at blanks and nowhere else: zkServer.sh expands them unquoted, so a JVM gets the quotes inside
// them as letters.
func gather(args, environ []string, read readFunc) *given {
	var plain []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, plain = args[:i], args[i:]
	}
	words := slices.DeleteFunc(slices.Clone(args), forJVM)
	g := &given{props: make(map[string]prop), rest: append(words, plain...)}
	sh := newShell(environ)
	sh.readFragments(folderOf(sh, g.rest), read)
	g.remarks = sh.remarks
	if disable := sh.vars["ZOO_DATADIR_AUTOCREATE_DISABLE"]; join(disable) != "" {
		g.props["zookeeper.datadir.autocreate"] = prop{"false", disable[0].file, disable[0].line}
	}
	if dir := sh.text("ZOO_LOG_DIR"); dir != "" {
		from := sh.vars["ZOO_LOG_DIR"][0]
		g.props["zookeeper.log.dir"] = prop{dir, from.file, from.line}
	}
	for _, variable := range []string{"SERVER_JVMFLAGS", "JVMFLAGS"} {
		for _, word := range sh.words(variable) {
			g.take(word)
		}
	}
	for _, arg := range args {
		if forJVM(arg) {
			g.take(piece{text: arg})
		}
	}
	return g
}

// forJVM tells whether a word of the command line is for a JVM.
func forJVM(word string) bool {
	return strings.HasPrefix(word, "-X") || strings.HasPrefix(word, "-D") && word != "-D"
}

// take stores a word of the form -Dname or -Dname=value as a property. Whatever else a JVM gets is idle here.
func (g *given) take(word piece) {
	name, value, _ := strings.Cut(word.text, "=")
	if property, is := strings.CutPrefix(name, "-D"); is && property != "" {
		g.props[property] = prop{value: value, file: word.file, line: word.line}
		return
	}
	g.idle = append(g.idle, name)
}

// folderOf is where zkEnv.sh looks for its fragments: ZOOCFGDIR, else the folder of the configuration; empty if there is
// neither, or if our zkEnv.sh has executed those of ZOOCFGDIR and passed on what came of them.
func folderOf(sh *shell, args []string) string {
	if dir := sh.text("ZOOCFGDIR"); dir != "" {
		if dir == sh.text("PADDOCK_SOURCED") {
			return ""
		}
		return dir
	}
	if len(args) == 1 {
		return filepath.Dir(args[0])
	}
	return ""
}

// readFragments reads the files that zkEnv.sh reads, in its order; most installations have none of them.
func (s *shell) readFragments(dir string, read readFunc) {
	if dir == "" {
		return
	}
	for _, name := range []string{"zookeeper-env.sh", "java.env"} {
		path := filepath.Join(dir, name)
		text, err := read(path)
		if err == nil {
			s.source(path, string(text))
		} else if !errors.Is(err, fs.ErrNotExist) {
			s.remarks = append(s.remarks, remark{file: path, text: place(path, 0, "") + "cannot be read: " + cause(err)})
		}
	}
}

package config

import "os"

// Word is a word in the value of a shell's variable, and where it was written: in a line of a file, or in the environment,
// which then has the variable's name for a file.
type Word struct {
	Text, File string
	Line       int
}

// Place is "file:line".
func (w Word) Place() string {
	p := place(w.File, w.Line, "")
	return p[:max(len(p)-len(": "), 0)]
}

// Variable gives the words that a shell makes of a variable, unquoted, when it has read these files, one after the other, as
// init scripts do. Files that are not there are none. Like [Examine] it reads assignments and executes nothing.
func Variable(name string, environ []string, files ...string) (words []Word) {
	sh := newShell(environ)
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			sh.source(file, string(text))
		}
	}
	for _, w := range sh.words(name) {
		words = append(words, Word{Text: w.text, File: w.file, Line: w.line})
	}
	return words
}

// Package getopt reads the options of one shell command by the rules of Apache's shell.
//
// # Job
//
// Parse splits the words of a command into options, their values and the rest, as the DefaultParser of commons-cli 1.5.0 does
// for options without long names, and refuses in the same words: scripts look at them.
//
//	-s                an option                     -v 3, -v3, -v=3    an option with a value
//	-sw               both -s and -w                -v -1              a number may begin with a dash, an option may not
//	--                the rest are no options       -                  no option either
//
// # Owner
//
// Plain functions; a Spec is only read.
//
// # Invariants
//
// The first word, the command's own name, is Args[0]. No input panics; what is not understood is an error, never dropped.
//
// # Limits
//
// No long options, no optional values, no values beyond one. A value in double quotes loses them, once, as there.
package getopt

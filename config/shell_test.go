package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sourced reads a fragment and returns the words of both variables, and what was remarked.
func sourced(environ []string, text string) (words, remarks []string) {
	s := newShell(environ)
	s.source("java.env", text)
	for _, variable := range []string{"SERVER_JVMFLAGS", "JVMFLAGS"} {
		for _, w := range s.words(variable) {
			words = append(words, w.text)
		}
	}
	return words, sorted(s.remarks)
}

func TestAssignmentsAreReadAsAShellReadsThem(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"an assignment", "JVMFLAGS=-Da=1", "-Denv=1 -Da=1"},
		{"an export with quotes", `export SERVER_JVMFLAGS="-Xmx1g -Dzookeeper.snapCount=5"`, "-Xmx1g -Dzookeeper.snapCount=5"},
		{"the environment's value is kept", `export SERVER_JVMFLAGS="-Da=1 $SERVER_JVMFLAGS"`, "-Da=1 -Denv=1"},
		{"braces", `JVMFLAGS="${SERVER_JVMFLAGS}x -Da=${JVMFLAGS}"`, "-Denv=1 -Denv=1x -Da="},
		{"variables of one's own", "DIR=/etc/zk\nJVMFLAGS=-Da=$DIR/jaas.conf", "-Denv=1 -Da=/etc/zk/jaas.conf"},
		{"single quotes are literal", `JVMFLAGS='-Da=$HOME -Db="x"'`, `-Denv=1 -Da=$HOME -Db="x"`},
		{"quotes side by side", `JVMFLAGS=-Da="b c"'d e'f`, "-Denv=1 -Da=b cd ef"},
		{"a line goes on after a backslash", "JVMFLAGS=\"-Da=1 \\\n  -Db=2\"", "-Denv=1 -Da=1 -Db=2"},
		{"also outside quotes", "JVMFLAGS=-Da=1\\\n2", "-Denv=1 -Da=12"},
		{"quotes go over lines", "JVMFLAGS='-Da=1\n-Db=2'", "-Denv=1 -Da=1 -Db=2"},
		{"escaped quotes and dollars", `JVMFLAGS="-Da=\"x\" -Db=\$y -Dc=\q"`, `-Denv=1 -Da="x" -Db=$y -Dc=\q`},
		{"an escaped blank", `JVMFLAGS=-Da=x\ y`, "-Denv=1 -Da=x y"},
		{"appending", "JVMFLAGS=-Da=1\nJVMFLAGS+=' -Db=2'\nSERVER_JVMFLAGS+=x", "-Denv=1x -Da=1 -Db=2"},
		{"comments", "# JVMFLAGS=-Da=1\n  # x\nJVMFLAGS=-Da=1 # -Db=2\nA=JVMFLAGS#x", "-Denv=1 -Da=1"},
		{"several on a line", "A=1 B=2; export JVMFLAGS=-Da=$A$B A=3", "-Denv=1 -Da=12"},
		{"export of a name", "JVMFLAGS=-Da=1\nexport JVMFLAGS SERVER_JVMFLAGS\ndeclare -x A=1", "-Denv=1 -Da=1"},
		{"a default for what is not there", `JVMFLAGS="-Da=${NONE:-1} -Db=${HERE:-2} -Dc=${EMPTY:-3} -Dd=${EMPTY-4}"`, "-Denv=1 -Da=1 -Db=here -Dc=3 -Dd="},
		{"a default that is kept", `JVMFLAGS="-Da=${NONE:=x} -Db=$NONE"`, "-Denv=1 -Da=x -Db=x"},
		{"a default set by a colon", ": ${NONE:=x} ${HERE:=y}\nJVMFLAGS=-Da=$NONE$HERE", "-Denv=1 -Da=xhere"},
		{"another value for what is there", `JVMFLAGS="-Da=${NONE:+1} -Db=${HERE:+2} -Dc=${EMPTY+3}"`, "-Denv=1 -Da= -Db=2 -Dc=3"},
		{"defaults hold variables and quotes", `JVMFLAGS="${NONE:-"-Da=$HERE -Db=1"}"`, "-Denv=1 -Da=here -Db=1"},
		{"a variable that is taken away", "unset SERVER_JVMFLAGS NONE", ""},
		{"a dollar alone", `JVMFLAGS="-Da=$ -Db=1$"`, "-Denv=1 -Da=$ -Db=1$"},
		{"an empty value", `SERVER_JVMFLAGS= JVMFLAGS=""`, ""},
		{"an empty file", "\n\n", "-Denv=1"},
		{"a return at the end of a line stays", "JVMFLAGS=-Da=1\r\n", "-Denv=1 -Da=1\r"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			environ := []string{"SERVER_JVMFLAGS=-Denv=1", "HERE=here", "EMPTY=", "HOME=/home/zk"}
			words, remarks := sourced(environ, tt.text)
			if got := strings.Join(words, " "); got != tt.want || remarks != nil {
				t.Errorf("got  %q with remarks %q\nwant %q", got, remarks, tt.want)
			}
			file := filepath.Join(t.TempDir(), "java.env")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(shell, "--norc", "-c", `set -f; . "$0"; for w in $SERVER_JVMFLAGS $JVMFLAGS; do printf '%s\n' "$w"; done`, file)
			cmd.Env = environ
			out, err := cmd.CombinedOutput()
			if judge := strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' }); err != nil || !slices.Equal(judge, words) {
				t.Errorf("got %q, but bash gives %q (%v)", words, judge, err)
			}
		})
	}
}

func TestWhatOnlyAShellCouldExecuteIsRemarkedAndLeftOut(t *testing.T) {
	for _, tt := range []struct{ name, text, want, remark string }{
		{"a command", "echo hello\nJVMFLAGS=-Da=1", "-Da=1", `java.env:1: found the command "echo", which is not executed: only assignments are read here`},
		{"a command with a variable", "A=1 java -version", "", `java.env:1: found the command "java", which is not executed: only assignments are read here`},
		{"a variable as a command", "$A x", "", `java.env:1: found the command "$A", which is not executed: only assignments are read here`},
		{"another file", ". /etc/default/zk", "", `java.env:1: found the command ".", which is not executed: only assignments are read here`},
		{"the output of a command", "JVMFLAGS=-Dgood=1\nJVMFLAGS=\"-Da=$(hostname -f) $JVMFLAGS\"\nJVMFLAGS+=' -Db=1'", "-Dgood=1 -Db=1", `java.env:2: found $(…), which only a shell could execute: the line has no effect`},
		{"nested", "JVMFLAGS=$(dirname $(which java))x; A=1", "", `java.env:1: found $(…), which only a shell could execute: the line has no effect`},
		{"the old form", "JVMFLAGS=`hostname`", "", "java.env:1: found `…`, which only a shell could execute: the line has no effect"},
		{"arguments", "JVMFLAGS=-Da=$1", "", `java.env:1: found $1, which only a shell could execute: the line has no effect`},
		{"editing a value", "A=x.y\nJVMFLAGS=-Da=${A%.*}", "", `java.env:2: found ${…}, which only a shell could execute: the line has no effect`},
		{"a condition on one line", "[ -f /x ] && JVMFLAGS=-Da=1", "", `java.env:1: found &, which only a shell could execute: the line has no effect`},
		{"a pipe", "A=1 | B=2", "", `java.env:1: found |, which only a shell could execute: the line has no effect`},
		{"a list", "JVMFLAGS=(-Da=1 -Db=2)", "", `java.env:1: found (, which only a shell could execute: the line has no effect`},
		{"a condition", "if [ -z \"$A\" ]; then\n  JVMFLAGS=-Da=1\nelse\n  if true; then JVMFLAGS=-Da=2; fi;\nfi\nJVMFLAGS+=' -Db=1'", "-Db=1", `java.env:1: is not executed, nor what follows it up to line 5: only plain assignments are read here`},
		{"a condition in one line", "if true; then JVMFLAGS=-Da=1; fi; JVMFLAGS+=-Db=1", "-Db=1", `java.env:1: is not executed, nor what follows it up to line 1: only plain assignments are read here`},
		{"a loop", "for i in 1 2; do\nJVMFLAGS=$i\ndone", "", `java.env:1: is not executed, nor what follows it up to line 3: only plain assignments are read here`},
		{"a choice", "case $A in\na) JVMFLAGS=1;;\nesac", "", `java.env:1: is not executed, nor what follows it up to line 3: only plain assignments are read here`},
		{"a block after a condition", "[ -f /x ] && {\nJVMFLAGS=-Da=1\n}\nJVMFLAGS+=-Db=1", "-Db=1", `java.env:1: is not executed, nor what follows it up to line 3: only plain assignments are read here`},
		{"a function", "f() {\nJVMFLAGS=-Da=1\n}", "", `java.env:1: is not executed, nor what follows it up to line 3: only plain assignments are read here`},
		{"a condition without an end", "\nif true; then\nJVMFLAGS=-Da=1", "", `java.env:2: is not executed, nor what follows it: only plain assignments are read here`},
		{"a quote without an end", "A=1\nJVMFLAGS=\"-Da=1\nB=2", "", `java.env:2: found a quote that is not closed, which only a shell could execute: the line has no effect`},
		{"a brace without an end", "JVMFLAGS=${A:-x\n", "", `java.env:1: found a ${ that is not closed, which only a shell could execute: the line has no effect`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			words, remarks := sourced(nil, tt.text)
			if got := strings.Join(words, " "); got != tt.want || !slices.Equal(remarks, []string{tt.remark}) {
				t.Errorf("got  %q with remarks %q\nwant %q with %q", got, remarks, tt.want, tt.remark)
			}
		})
	}
}

func TestFragmentsBesideTheConfigurationAreRead(t *testing.T) {
	disk := files(map[string]string{
		"conf/zoo.cfg":           basics,
		"conf/zookeeper-env.sh":  "ZK=zookeeper\nSERVER_JVMFLAGS=-Dzookeeper.snapCount=1000",
		"conf/java.env":          "# ours\nexport SERVER_JVMFLAGS=\"$SERVER_JVMFLAGS \\\n  -D$ZK.maxCnxns=9 -Dzookeeper.snapSizeLimitInKb=x\"\nhostname",
		"elsewhere/java.env":     "JVMFLAGS=-Dzookeeper.maxCnxns=10",
		"conf/environment":       "JVMFLAGS=-Dzookeeper.maxCnxns=11",
		"conf/zookeeper-env.txt": "JVMFLAGS=-Dzookeeper.maxCnxns=12",
	})
	r := examine(gather([]string{"conf/zoo.cfg", "-Dzookeeper.snapSizeLimitInKb=7"}, []string{"JVMFLAGS=-Dzookeeper.maxCnxns=8"}, disk), disk)
	if r.Refusals != nil {
		t.Fatal(r.Refusals)
	}
	if r.cfg.SnapCount != 1000 || r.cfg.MaxCnxns != 8 || r.cfg.SnapSizeLimitKiB != 7 {
		t.Errorf("got %+v", r.cfg)
	}
	if want := []string{`conf/java.env:4: found the command "hostname", which is not executed: only assignments are read here`}; !slices.Equal(r.Warnings, want) {
		t.Errorf("got warnings %q, want %q", r.Warnings, want)
	}
	r = examine(gather([]string{"conf/zoo.cfg"}, nil, disk), disk)
	if want := `conf/java.env:3: -Dzookeeper.snapSizeLimitInKb: found "x"`; len(r.Refusals) != 1 || !strings.HasPrefix(r.Refusals[0].Error(), want) {
		t.Errorf("got %v, want %s", r.Refusals, want)
	}
	r = examine(gather([]string{"conf/zoo.cfg"}, []string{"ZOOCFGDIR=elsewhere"}, disk), disk)
	if r.Refusals != nil || r.cfg.MaxCnxns != 10 || r.cfg.SnapCount != 100000 {
		t.Errorf("got %+v with %v", r.cfg, r.Refusals)
	}
}

func FuzzShell(f *testing.F) {
	f.Add("export SERVER_JVMFLAGS=\"-Da=${B:-'c d'} \\\n $JVMFLAGS\" # x\nif x; then y=1; fi")
	f.Add("A+=`b`; : ${C:=$(d)}\nunset A\nf() {\n}\ncase x in a) esac && { B=1; }")
	f.Add("A=\"$B${C+\"d\"}\"'e\n'\\")
	f.Fuzz(func(t *testing.T, text string) {
		s := newShell([]string{"JVMFLAGS=-Da=1 -Db"})
		s.source("java.env", text)
		lines := strings.Count(text, "\n") + 1
		for _, r := range s.remarks {
			if r.line < 1 || r.line > lines || !strings.HasPrefix(r.text, place("java.env", r.line, "")) {
				t.Errorf("%q about line %d of %d", r.text, r.line, lines)
			}
		}
		for name, value := range s.vars {
			for _, p := range value {
				if p.file == "java.env" && (p.line < 1 || p.line > lines) {
					t.Errorf("%s comes from line %d of %d", name, p.line, lines)
				}
			}
			for _, w := range s.words(name) {
				if w.text == "" || strings.ContainsAny(w.text, " \t\n") {
					t.Errorf("%s holds the word %q", name, w.text)
				}
			}
		}
	})
}

package main

import (
	"strings"
	"testing"
)

func TestNamesOfScriptsStandForVerbs(t *testing.T) {
	for _, tt := range []struct{ words, env, want string }{
		{"/usr/bin/zkServer.sh start-foreground", "ZOOCFGDIR=/conf", "server /conf/zoo.cfg"},
		{"zkServer.sh start-foreground other.cfg", "ZOOCFGDIR=/conf", "server /conf/other.cfg"},
		{"zkServer.sh start-foreground ./other.cfg", "ZOOCFGDIR=/conf", "server ./other.cfg"},
		{"zkServer.sh --config /etc/zk status", "ZOOCFGDIR=/conf ZOOCFG=z.cfg", "status /etc/zk/z.cfg"},
		{"zkServer.sh status", "ZOO_CONF_DIR=/c", "status /c/zoo.cfg"},
		{"zkServer.sh version", "", "--version"},
		{"zkCli.sh -server zk:2181 ls /", "", "cli -server zk:2181 ls /"},
		{"zkCleanup.sh -n 3", "ZOOCFGDIR=/conf", "purge --config /conf/zoo.cfg -n 3"},
		{"zkTxnLogToolkit.sh -d log.1", "", "log dump -d log.1"},
		{"zkSnapShotToolkit.sh -json s", "", "snap dump -json s"},
		{"zkSnapshotComparer.sh -l a -r b", "", "snap compare -l a -r b"},
		{"zkSnapshotRecursiveSummaryToolkit.sh s / 1", "", "snap summary s / 1"},
		{"paddock server zoo.cfg", "", ""},
		{"bash -c zkServer.sh", "", ""},
		{"", "", ""},
	} {
		env := map[string]string{}
		for pair := range strings.FieldsSeq(tt.env) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		verb, known, err := asVerb(strings.Fields(tt.words), func(name string) string { return env[name] })
		if got := strings.Join(verb, " "); err != nil || got != tt.want || known != (tt.want != "") {
			t.Errorf("%q: %q, known %v, %v; want %q", tt.words, got, known, err, tt.want)
		}
	}
	for _, words := range []string{"zkServer.sh", "zkServer.sh start", "zkServer.sh begin"} {
		if verb, _, err := asVerb(strings.Fields(words), func(string) string { return "" }); err == nil {
			t.Errorf("%q is taken for %q", words, verb)
		}
	}
}

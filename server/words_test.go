package server

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

func TestWordsAreAnsweredOnTheClientPort(t *testing.T) {
	p := newPlace(t)
	r := p.start(t)
	r.dial(client.Options{})
	stat := `Latency min/avg/max: \d+/\d+\.\d+/\d+\nReceived: \d+\nSent: \d+\nConnections: \d+\nOutstanding: \d+\n` +
		`Zxid: 0x[0-9a-f]+\nMode: standalone\nNode count: 5\n$`
	for _, c := range []struct{ word, want string }{
		// First, because the connections of other words may still be listed when their clients have seen the end.
		{"stat", `^Zookeeper version: test\nClients:\n( /127\.0\.0\.1:\d+\[\d\]\(queued=\d+,recved=\d+,sent=\d+\)\n){2}\n` + stat},
		{"ruok", `^imok$`},
		{"isro", `^rw$`},
		{"srvr", `^Zookeeper version: test\n` + stat},
		{"conf", `^clientPort=` + portOf(r) + `\nsecureClientPort=-1\ndataDir=` + p.version2() + `\ndataDirSize=\d+\n` +
			`dataLogDir=` + p.version2() + `\ndataLogSize=\d+\ntickTime=200\nmaxClientCnxns=0\n` +
			`minSessionTimeout=400\nmaxSessionTimeout=60000\nclientPortListenBacklog=-1\nserverId=0\n$`},
		{"mntr", `^zk_version\ttest\nzk_server_state\tstandalone\n`},
	} {
		if got := r.word(c.word); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%s answers\n%s\nwant\n%s", c.word, got, c.want)
		}
	}
	open := r.wire() // a client that leaves its side open is hung up on all the same
	open.write([]byte("ruok"))
	open.wantClosed("imok")
	split := r.wire()
	split.write([]byte("ru"))
	time.Sleep(20 * time.Millisecond) // so that it is likely to come in two pieces
	split.write([]byte("ok"))
	split.wantClosed("imok")
}

func portOf(r *runner) string { return strings.TrimPrefix(r.addr(), "127.0.0.1:") }

// Without a whitelist srvr alone is allowed (zookeeperAdmin.md, 4lw.commands.whitelist).
func TestWordsThatAreNotWhitelistedSaySo(t *testing.T) {
	p := newPlace(t, "4lw.commands.whitelist=srvr, mntr")
	r := p.start(t)
	for _, word := range []string{"ruok", "stat", "conf", "isro", "wchs", "dump"} {
		if got, want := r.word(word), word+" is not executed because it is not in the whitelist.\n"; got != want {
			t.Errorf("%s answers %q, want %q", word, got, want)
		}
	}
	for _, word := range []string{"srvr", "mntr"} {
		if got := r.word(word); !strings.Contains(got, "standalone") {
			t.Errorf("%s answers %q", word, got)
		}
	}
}

func (r *runner) mntr() map[string]int64 {
	r.t.Helper()
	values := map[string]int64{}
	for line := range strings.Lines(r.word("mntr")) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || !strings.HasPrefix(name, "zk_") {
			r.t.Errorf("mntr has the line %q", line)
		}
		if _, twice := values[name]; twice {
			r.t.Errorf("mntr has %s twice", name)
		}
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			values[name] = n
		}
	}
	return values
}

func TestMntrFollowsWhatHappens(t *testing.T) {
	r := newPlace(t).start(t)
	before := r.mntr()
	waitFor(t, "the connection of the word to be counted out", func() bool { return r.s.net.Stats().Connections == 0 })
	c := r.dial(client.Options{})
	const znodes, ephemerals, watches = 7, 3, 5
	for i := range znodes + ephemerals {
		mode := zk.ModePersistent
		if i >= znodes {
			mode = zk.ModeEphemeral
		}
		_, err := c.Create(fmt.Sprintf("/m%d", i), []byte("12345"), zk.OpenACL(), mode)
		check(t, err)
	}
	for i := range watches {
		_, _, err := c.GetData(fmt.Sprintf("/m%d", i), true)
		check(t, err)
	}
	after := r.mntr()
	for name, want := range map[string]int64{
		"zk_znode_count":           znodes + ephemerals,
		"zk_ephemerals_count":      ephemerals,
		"zk_watch_count":           watches,
		"zk_global_sessions":       1,
		"zk_num_alive_connections": 1,
		"zk_approximate_data_size": (znodes + ephemerals) * (3 + 5),
		"zk_packets_received":      1 + znodes + ephemerals + watches + 1, // connect first, the word last
		"zk_outstanding_requests":  0,
		"zk_commit_count":          1 + znodes + ephemerals,
	} {
		if got := after[name] - before[name]; got != want {
			t.Errorf("%s rose by %d, want %d", name, got, want)
		}
	}
	if sent := after["zk_packets_sent"] - before["zk_packets_sent"]; sent < 1+znodes+ephemerals+watches {
		t.Errorf("zk_packets_sent rose by %d only", sent)
	}
	check(t, c.Close())
	waitFor(t, "the connection to be counted out", func() bool { return r.mntr()["zk_num_alive_connections"] == 1 })
	last := r.mntr()
	for _, name := range []string{"zk_watch_count", "zk_global_sessions", "zk_ephemerals_count"} {
		if last[name] != 0 {
			t.Errorf("%s is %d after the client has gone", name, last[name])
		}
	}
}

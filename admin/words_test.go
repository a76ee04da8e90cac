package admin

import (
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sixWords = "ruok,srvr,stat,isro,mntr,conf"

// fakeServer reports what it holds, and counts what it was asked for.
type fakeServer struct {
	stats             Stats
	conns             []Conn
	conf              Conf
	snapshots, log    int64
	askedConns, sized int
}

func (f *fakeServer) Stats() Stats { return f.stats }
func (f *fakeServer) Conf() Conf   { return f.conf }

func (f *fakeServer) Conns() iter.Seq[Conn] {
	f.askedConns++
	return slices.Values(f.conns)
}

func (f *fakeServer) DirBytes() (snapshots, log int64) {
	f.sized++
	return f.snapshots, f.log
}

// capturedServer is in the state of the ZooKeeper that the captured answers come from.
func capturedServer() *fakeServer {
	return &fakeServer{
		stats: Stats{
			Serving: true, Mode: ModeStandalone,
			Version: "3.9.5-293c895a8d966a3ecb92872be4a1daf87d725da2, built on 2026-02-11 20:18 UTC",
			Latency: Summary{Count: 76, Sum: 70, Min: 0, Max: 13}, Received: 80, Sent: 79, Connections: 3, Zxid: 0x17, Nodes: 26,
			Watches: 2, Ephemerals: 1, ApproxDataBytes: 306, Sessions: 2, FilesOpen: 47, UptimeMs: 700,
			ResponseBytesLast: 92, ResponseBytesMin: 16, ResponseBytesMax: 92,
			Counters:  []Counter{{"connection_request_count", 2}, {"response_bytes", 5238}},
			Summaries: []NamedSummary{{"fsynctime", Summary{Count: 23, Sum: 2, Min: 0, Max: 2}}},
		},
		conns: []Conn{
			{Addr: netip.MustParseAddrPort("127.0.0.1:54086"), Interest: 1, Received: 74, Sent: 74},
			{Addr: netip.MustParseAddrPort("[::1]:48460"), Interest: 1, Received: 2, Sent: 2},
			{Addr: netip.MustParseAddrPort("127.0.0.1:54108"), Received: 1},
		},
		conf: Conf{
			ClientPort: 39181, SecureClientPort: -1, SnapDir: "/var/lib/zookeeper/version-2", LogDir: "/var/lib/zookeeper/version-2",
			TickMs: 2000, MaxClientCnxns: 100, MinSessionTimeoutMs: 4000, MaxSessionTimeoutMs: 40000, ClientPortListenBacklog: -1,
		},
		snapshots: 67109358, log: 67109358,
	}
}

func captured(t *testing.T, word string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "captured", word+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWordsAreAnsweredAsZooKeeperDoes(t *testing.T) {
	words := NewWords(sixWords, false)
	for _, word := range []string{"ruok", "srvr", "isro", "conf", "cons"} {
		if got, want := string(words.Answer(word, capturedServer())), captured(t, word); got != want {
			t.Errorf("%s:\n got %q\nwant %q", word, got, want)
		}
	}
	server := capturedServer()
	server.stats.Received, server.stats.Sent = 81, 80 // srvr had come between
	if got, want := string(words.Answer("stat", server)), captured(t, "stat"); got != want {
		t.Errorf("stat:\n got %q\nwant %q", got, want)
	}
}

func TestAFreshServerIsDescribedAsZooKeeperDoes(t *testing.T) {
	server := capturedServer()
	server.stats.Latency = Summary{}
	server.stats.Received, server.stats.Sent, server.stats.Connections = 2, 1, 1
	server.stats.Zxid, server.stats.Nodes = 0, 5
	if got, want := string(NewWords("", false).Answer("srvr", server)), captured(t, "srvr-fresh"); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestEveryLineOfMntrIsOneThatZooKeeperPrints(t *testing.T) {
	theirs := make(map[string]string)
	for line := range strings.Lines(captured(t, "mntr")) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		theirs[key] = value
	}
	server := capturedServer()
	server.stats.Received, server.stats.Sent = 83, 82
	files := theirs["zk_max_file_descriptor_count"]
	server.stats.FilesMax = atoi(t, files)
	seen := make(map[string]bool)
	for line := range strings.Lines(string(NewWords("mntr", false).Answer("mntr", server))) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || seen[key] {
			t.Errorf("line %q has no tab or repeats a key", line)
		}
		seen[key] = true
		if want, known := theirs[key]; !known || value != want {
			t.Errorf("%s is %q, ZooKeeper prints %q (known: %v)", key, value, want, known)
		}
	}
	// ZooKeeper's table of core keys: features L25 and L26 without those of an ensemble.
	for key := range strings.FieldsSeq(`version server_state avg_latency max_latency min_latency packets_received packets_sent
		num_alive_connections outstanding_requests znode_count watch_count ephemerals_count approximate_data_size
		open_file_descriptor_count max_file_descriptor_count uptime global_sessions local_sessions connection_drop_probability
		last_client_response_size max_client_response_size min_client_response_size outstanding_tls_handshake
		auth_failed_count non_mtls_remote_conn_count non_mtls_local_conn_count
		avg_fsynctime min_fsynctime max_fsynctime cnt_fsynctime sum_fsynctime response_bytes`) {
		if !seen["zk_"+key] {
			t.Errorf("zk_%s is missing", key)
		}
	}
}

func TestTheWhitelistDecidesWhichWordsAreAnswered(t *testing.T) {
	const refused = " is not executed because it is not in the whitelist.\n"
	for _, tt := range []struct {
		name, whitelist string
		readOnly        bool
		word, want      string
	}{
		{"an empty list allows srvr only", "", false, "ruok", "ruok" + refused},
		{"srvr is allowed whatever the list says", "ruok", false, "srvr", "Zookeeper version: "},
		{"blanks around a word do not count", " ruok , stat", false, "ruok", "imok"},
		{"a star allows everything", "*", false, "ruok", "imok"},
		{"a star inside a list allows everything", "stat, *", false, "isro", "rw"},
		{"words are lower case", "RUOK", false, "ruok", "ruok" + refused},
		{"isro is refused by the default list", "srvr", false, "isro", "isro" + refused},
		{"isro is allowed in read-only mode", "srvr", true, "isro", "rw"},
		{"a word that is not built yet is refused first", "srvr", false, "wchs", "wchs" + refused},
		{"a word that is not built yet says so when allowed", "wchs", false, "wchs", "wchs is not supported by Paddock yet.\n"},
		{"a word that nobody knows has no answer, even if listed", "what,*", false, "what", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := string(NewWords(tt.whitelist, tt.readOnly).Answer(tt.word, capturedServer()))
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryWordOfZooKeeperIsKnown(t *testing.T) {
	words := NewWords("*", false)
	known := words.Known()
	// FourLetterCommands.java, 3.9.5
	for word := range strings.FieldsSeq("conf cons crst dirs dump envi gtmk ruok stmk srst srvr stat wchc wchp wchs mntr isro hash") {
		if !known[word] {
			t.Errorf("%s is not known", word)
		}
		if len(words.Answer(word, capturedServer())) == 0 {
			t.Errorf("%s has no answer", word)
		}
	}
	if len(known) != 18 {
		t.Errorf("%d words are known, want 18", len(known))
	}
	clear(known)
	if len(words.Known()) != 18 {
		t.Error("the caller's copy is not its own")
	}
}

func TestWordsBeforeTheDataIsLoaded(t *testing.T) {
	server := capturedServer()
	server.stats.Serving = false
	words := NewWords("*", false)
	for word, want := range map[string]string{
		"ruok": "imok", "isro": "null", "srvr": notServing, "stat": notServing, "mntr": notServing, "conf": notServing,
	} {
		if got := string(words.Answer(word, server)); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	if server.sized > 0 || server.askedConns > 0 {
		t.Error("a server that does not serve was asked for sizes or connections")
	}
}

func TestAReadOnlyServerSaysSo(t *testing.T) {
	server := capturedServer()
	server.stats.Mode = ModeReadOnly
	words := NewWords("*", false)
	if got := string(words.Answer("isro", server)); got != "ro" {
		t.Errorf("isro: got %q", got)
	}
	lines := strings.Split(string(words.Answer("srvr", server)), "\n")
	if lines[1] != "READ-ONLY mode; serving only read-only clients" || !slices.Contains(lines, "Mode: read-only") {
		t.Errorf("srvr: got %q", lines)
	}
}

func TestOnlyConfAsksForSizesAndOnlyStatForConnections(t *testing.T) {
	for word := range strings.SplitSeq(sixWords, ",") {
		server := capturedServer()
		NewWords("*", false).Answer(word, server)
		if (server.sized > 0) != (word == "conf") || (server.askedConns > 0) != (word == "stat") {
			t.Errorf("%s asked %d times for sizes and %d times for connections", word, server.sized, server.askedConns)
		}
	}
}

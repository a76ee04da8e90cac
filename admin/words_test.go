package admin

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/metric"
)

// fakeServer reports what it holds, and notes what it was asked for.
type fakeServer struct {
	view           View
	conf           Conf
	snapshots, log int64
	mask           int64
	asked, reset   Parts
	sized          int
	err            error
}

func (f *fakeServer) View(_ context.Context, parts Parts) (*View, error) {
	f.asked |= parts
	return &f.view, f.err
}

func (f *fakeServer) Reset(_ context.Context, part Parts) error {
	f.reset |= part
	return f.err
}

func (f *fakeServer) Conf() Conf { return f.conf }

func (f *fakeServer) DirBytes() (snapshots, log int64) {
	f.sized++
	return f.snapshots, f.log
}

func (f *fakeServer) Environment() []Property {
	return []Property{{"zookeeper.version", "3.9.5"}, {"java.home", "<NA>"}}
}
func (f *fakeServer) SystemProperties() []Property { return []Property{{"os.name", "Linux"}} }
func (f *fakeServer) TraceMask() int64             { return f.mask }
func (f *fakeServer) SetTraceMask(mask int64)      { f.mask = mask }

// capturedServer is in the state of the ZooKeeper that the captured answers come from.
func capturedServer() *fakeServer {
	fsync := &metric.Histogram{}
	for range 22 {
		fsync.Add(0)
	}
	fsync.Add(2)
	return &fakeServer{
		mask: 306,
		view: View{
			Stats: Stats{
				Serving: true, Mode: ModeStandalone,
				Version: "3.9.5-293c895a8d966a3ecb92872be4a1daf87d725da2, built on 2026-02-11 20:18 UTC",
				Latency: metric.Summary{Count: 76, Sum: 70, Min: 0, Max: 13}, Received: 80, Sent: 79, Connections: 3, Zxid: 0x17, Nodes: 26,
				Watches: 2, Ephemerals: 1, ApproxDataBytes: 306, Sessions: 2, FilesOpen: 47, UptimeMs: 700,
				ResponseBytesLast: 92, ResponseBytesMin: 16, ResponseBytesMax: 92,
			},
			Samples: Samples{
				Numbers: map[string]float64{"connection_request_count": 2, "response_bytes": 5238},
				Series:  map[string]*metric.Histogram{"fsynctime": fsync},
			},
			Conns: []Conn{
				{Addr: netip.MustParseAddrPort("127.0.0.1:54086"), Interest: 1, Received: 74, Sent: 74},
				{Addr: netip.MustParseAddrPort("[::1]:48460"), Interest: 1, Received: 2, Sent: 2},
				{Addr: netip.MustParseAddrPort("127.0.0.1:54108"), Received: 1},
			},
		},
		conf: Conf{
			ClientPort: 39181, SecureClientPort: -1, SnapDir: "/var/lib/zookeeper/version-2", LogDir: "/var/lib/zookeeper/version-2",
			TickMs: 2000, MaxClientCnxns: 100, MinSessionTimeoutMs: 4000, MaxSessionTimeoutMs: 40000, ClientPortListenBacklog: -1,
			SessionlessMs: 10000,
		},
		snapshots: 67109358, log: 67109358,
	}
}

// answer asks for one word, with everything allowed.
func answer(word string, src Source) string {
	return string(NewWords("*", false).Answer(context.Background(), word, nil, src))
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
	for _, word := range []string{"ruok", "srvr", "isro", "conf"} {
		if got, want := answer(word, capturedServer()), captured(t, word); got != want {
			t.Errorf("%s:\n got %q\nwant %q", word, got, want)
		}
	}
	server := capturedServer()
	server.view.Stats.Received, server.view.Stats.Sent = 81, 80 // srvr had come between
	if got, want := answer("stat", server), captured(t, "stat"); got != want {
		t.Errorf("stat:\n got %q\nwant %q", got, want)
	}
}

func TestAFreshServerIsDescribedAsZooKeeperDoes(t *testing.T) {
	server := capturedServer()
	server.view.Stats.Latency = metric.Summary{}
	server.view.Stats.Received, server.view.Stats.Sent, server.view.Stats.Connections = 2, 1, 1
	server.view.Stats.Zxid, server.view.Stats.Nodes = 0, 5
	if got, want := string(NewWords("", false).Answer(context.Background(), "srvr", nil, server)), captured(t, "srvr-fresh"); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// mntrOf reads what mntr says.
func mntrOf(t *testing.T, text string) map[string]string {
	t.Helper()
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if _, twice := values[key]; !ok || twice {
			t.Errorf("line %q has no tab or repeats a key", line)
		}
		values[key] = value
	}
	return values
}

func TestMntrPrintsTheLinesThatZooKeeperPrints(t *testing.T) {
	theirs := mntrOf(t, captured(t, "mntr"))
	server := capturedServer()
	server.view.Stats.Received, server.view.Stats.Sent = 83, 82
	server.view.Stats.FilesMax = atoi(t, theirs["zk_max_file_descriptor_count"])
	ours := mntrOf(t, answer("mntr", server))
	for key := range theirs {
		if _, found := ours[key]; !found && !strings.HasSuffix(key, "_per_namespace") {
			t.Errorf("%s is missing", key)
		}
	}
	for key := range ours {
		if _, found := theirs[key]; !found {
			t.Errorf("%s is not one of ZooKeeper's", key)
		}
	}
	// What the fake server knows: the gauges, and three metrics.
	for key := range strings.FieldsSeq(`version server_state avg_latency max_latency min_latency packets_received packets_sent
		num_alive_connections outstanding_requests znode_count watch_count ephemerals_count approximate_data_size
		open_file_descriptor_count max_file_descriptor_count uptime global_sessions local_sessions connection_drop_probability
		last_client_response_size max_client_response_size min_client_response_size outstanding_tls_handshake
		auth_failed_count non_mtls_remote_conn_count non_mtls_local_conn_count
		avg_fsynctime min_fsynctime max_fsynctime cnt_fsynctime sum_fsynctime response_bytes connection_request_count`) {
		if got, want := ours["zk_"+key], theirs["zk_"+key]; got != want || want == "" {
			t.Errorf("%s is %q, ZooKeeper prints %q", key, got, want)
		}
	}
}

func TestMntrPrintsQuantilesAndKeys(t *testing.T) {
	server := capturedServer()
	reads := &metric.Histogram{}
	for n := range int64(1000) {
		reads.Add(n / 10) // 0 to 99
	}
	server.view.Samples = Samples{
		Series:       map[string]*metric.Histogram{"readlatency": reads},
		KeyedSeries:  map[string]map[string]metric.Summary{"write_per_namespace": {"app": {Count: 2, Sum: 12, Min: 5, Max: 7}}},
		KeyedNumbers: map[string]map[string]float64{"quota_count_usage_per_namespace": {"app": 3}},
	}
	ours := mntrOf(t, answer("mntr", server))
	for key, want := range map[string]string{
		"zk_p50_readlatency": "50", "zk_p95_readlatency": "95", "zk_p99_readlatency": "99", "zk_p999_readlatency": "99",
		"zk_avg_readlatency": "49.5", "zk_cnt_readlatency": "1000", "zk_max_readlatency": "99",
		"zk_avg_app_write_per_namespace": "6.0", "zk_min_app_write_per_namespace": "5", "zk_max_app_write_per_namespace": "7",
		"zk_cnt_app_write_per_namespace": "2", "zk_sum_app_write_per_namespace": "12",
		"zk_app_quota_count_usage_per_namespace": "3",
	} {
		if ours[key] != want {
			t.Errorf("%s is %q, want %q", key, ours[key], want)
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
		{"an expensive word is refused by the default list", "srvr", false, "wchc", "wchc" + refused},
		{"a word that nobody knows has no answer, even if listed", "what,*", false, "what", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := string(NewWords(tt.whitelist, tt.readOnly).Answer(context.Background(), tt.word, nil, capturedServer()))
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
	}
	if len(known) != 18 {
		t.Errorf("%d words are known, want 18", len(known))
	}
	clear(known)
	if len(words.Known()) != 18 {
		t.Error("the caller's copy is not its own")
	}
}

// Before the data is loaded, and when the server has ended, which is an error.
func TestWordsWhileNothingIsServed(t *testing.T) {
	loading := capturedServer()
	loading.view.Stats.Serving = false
	ended := capturedServer()
	ended.err = errors.New("it has ended")
	for name, server := range map[string]*fakeServer{"loading": loading, "ended": ended} {
		for word, want := range map[string]string{
			"ruok": "imok", "isro": "null", "srvr": notServing, "stat": notServing, "mntr": notServing, "conf": notServing,
			"cons": notServing, "crst": notServing, "srst": notServing, "dump": notServing, "dirs": notServing,
			"wchs": notServing, "wchc": notServing, "wchp": notServing, "gtmk": "306", "hash": strings.TrimSpace(notServing),
			"envi": "Environment:\nzookeeper.version=3.9.5\njava.home=<NA>\n",
		} {
			if got := answer(word, server); got != want {
				t.Errorf("%s, %s: got %q, want %q", name, word, got, want)
			}
		}
		if server.sized > 0 {
			t.Errorf("%s: asked for sizes", name)
		}
	}
}

func TestAReadOnlyServerSaysSo(t *testing.T) {
	server := capturedServer()
	server.view.Stats.Mode = ModeReadOnly
	if got := answer("isro", server); got != "ro" {
		t.Errorf("isro: got %q", got)
	}
	lines := strings.Split(answer("srvr", server), "\n")
	if lines[1] != "READ-ONLY mode; serving only read-only clients" || !slices.Contains(lines, "Mode: read-only") {
		t.Errorf("srvr: got %q", lines)
	}
}

func TestAWordAsksOnlyForWhatItPrints(t *testing.T) {
	words := NewWords("*", false)
	want := map[string]Parts{
		"cons": PartConns, "stat": PartConns, "dump": PartConns | PartSessions | PartEphemerals, "mntr": PartMetrics,
		"wchc": PartWatches, "wchp": PartWatches, "hash": PartDigests,
	}
	resets := map[string]Parts{"crst": PartConns, "srst": PartMetrics}
	for word := range words.Known() {
		server := capturedServer()
		words.Answer(context.Background(), word, nil, server)
		if server.asked != want[word] || server.reset != resets[word] || (server.sized > 0) != (word == "conf" || word == "dirs") {
			t.Errorf("%s asked for the parts %b, reset %b, and asked %d times for sizes", word, server.asked, server.reset, server.sized)
		}
	}
}

func TestTheTraceMaskIsSetByEightBytes(t *testing.T) {
	server := capturedServer()
	words := NewWords("*", false)
	if got := words.Answer(context.Background(), "stmk", []byte{0, 0, 0, 0, 0, 0, 1}, server); got != nil || server.mask != 306 {
		t.Errorf("seven bytes: answer %q, mask %d", got, server.mask)
	}
	got := string(words.Answer(context.Background(), "stmk", []byte{255, 255, 255, 255, 255, 255, 255, 254}, server))
	if got != "-2" || answer("gtmk", server) != "-2" {
		t.Errorf("answer %q, then %q", got, answer("gtmk", server))
	}
}

// busyServer has sessions, ephemerals, watches and digests. The texts below have the form of a ZooKeeper's in the same state.
func busyServer() *fakeServer {
	server := capturedServer()
	v := &server.view
	v.NowWallMs, v.NowMonoMs = 1_000_000_000_000, 5000
	v.Sessions = []Session{{ID: 0x10000a7ca890000, ExpiresMs: 8000}, {ID: 0x10000a7ca890001, ExpiresMs: 6000}, {ID: -5, ExpiresMs: 8000}, {ID: 7}}
	v.Ephemerals = []Owned{{0x10000a7ca890000, "/e2"}, {-5, "/x"}, {0x10000a7ca890000, "/e1"}}
	v.Watches = []Owned{{0x10000a7ca890001, "/b"}, {0x10000a7ca890000, "/b"}, {0x10000a7ca890001, "/a"}}
	v.Stats.DataWatchConns, v.Stats.DataWatchPaths, v.Stats.DataWatches = 2, 2, 3
	v.Digests = []Digest{{Zxid: 0x80, Digest: -12345, Version: 2}, {Zxid: 0x100, Digest: 9, Version: 2}}
	v.Conns = []Conn{
		{
			Addr: netip.MustParseAddrPort("127.0.0.1:5000"), Interest: 1, Queued: 1, Received: 9, Sent: 8, SessionID: 0x10000a7ca890000,
			LastOp: "GETD", EstablishedMs: 999_999_999_000, TimeoutMs: 30000, ExpiresMs: 8000, LastXid: 31, LastZxid: 0x1f, LastReplyMs: 4990,
			LastLatencyMs: 2, Latency: metric.Summary{Count: 3, Sum: 8, Min: 1, Max: 5},
		},
		{
			Addr: netip.MustParseAddrPort("127.0.0.1:5001"), Interest: 1, SessionID: 7, LastOp: "NA", TimeoutMs: 4000, ExpiresMs: 6000,
			LastXid: -1, LastZxid: -1,
		},
		{Addr: netip.MustParseAddrPort("127.0.0.1:5002"), Received: 1, EstablishedMs: 999_999_999_500},
	}
	return server
}

func TestWordsAboutSessionsAndWatches(t *testing.T) {
	date := javaDate(1_000_000_003_000)
	for word, want := range map[string]string{
		"cons": " /127.0.0.1:5000[1](queued=1,recved=9,sent=8,sid=0x10000a7ca890000,lop=GETD,est=999999999000,to=30000,lcxid=0x1f," +
			"lzxid=0x1f,lresp=4990,llat=2,minlat=1,avglat=2,maxlat=5)\n" +
			" /127.0.0.1:5001[1](queued=0,recved=0,sent=0,sid=0x7,lop=NA,est=0,to=4000,lzxid=0xffffffffffffffff,lresp=0,llat=0," +
			"minlat=0,avglat=0,maxlat=0)\n" +
			" /127.0.0.1:5002[0](queued=0,recved=1,sent=0)\n\n",
		"dump": "SessionTracker dump:\nSession Sets (2)/(4):\n1 expire at " + javaDate(1_000_000_001_000) +
			":\n\t0x10000a7ca890001\n2 expire at " + date + ":\n\t0x10000a7ca890000\n\t0xfffffffffffffffb\n" +
			"ephemeral nodes dump:\nSessions with Ephemerals (2):\n0xfffffffffffffffb:\n\t/x\n0x10000a7ca890000:\n\t/e1\n\t/e2\n" +
			"Connections dump:\nConnections Sets (3)/(3):\n1 expire at " + javaDate(1_000_000_001_000) +
			":\n\tip: /127.0.0.1:5001 sessionId: 0x7\n1 expire at " + date +
			":\n\tip: /127.0.0.1:5000 sessionId: 0x10000a7ca890000\n1 expire at " + javaDate(1_000_000_009_500) +
			":\n\tip: /127.0.0.1:5002 sessionId: 0x0\n",
		"wchs": "2 connections watching 2 paths\nTotal watches:3\n",
		"wchc": "0x10000a7ca890000\n\t/b\n0x10000a7ca890001\n\t/a\n\t/b\n\n",
		"wchp": "/a\n\t0x10000a7ca890001\n/b\n\t0x10000a7ca890000\n\t0x10000a7ca890001\n\n",
		"hash": "80: -12345\n100: 9\n",
		"dirs": "datadir_size: 67109358\nlogdir_size: 67109358\n",
		"srst": "Server stats reset.\n",
		"crst": "Connection stats reset.\n",
	} {
		if got := answer(word, busyServer()); got != want {
			t.Errorf("%s:\n got %q\nwant %q", word, got, want)
		}
	}
}

package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/admin"
	"paddock/client"
	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

// totals gives every metric as one number: that of a counter or gauge, the count of a series, the sum over the keys.
func (r *runner) totals() map[string]float64 {
	r.t.Helper()
	v, err := r.s.View(context.Background(), admin.PartTotals)
	check(r.t, err)
	all := map[string]float64{}
	maps.Copy(all, v.Samples.Numbers)
	for name, h := range v.Samples.Series {
		all[name] = float64(h.Count)
	}
	for name, keys := range v.Samples.KeyedNumbers {
		for _, n := range keys {
			all[name] += n
		}
	}
	for name, keys := range v.Samples.KeyedSeries {
		for _, s := range keys {
			all[name] += float64(s.Count)
		}
	}
	return all
}

// cause is something that happens, and the metrics that must rise by it.
type cause struct {
	name   string
	rises  string
	happen func(t *testing.T, r *runner)
}

func causes() []cause {
	return []cause{
		{"a session is opened", "connection_request_count connection_token_deficit commit_count updatelatency prep_processor_request_queued " +
			"paddock_pass_events paddock_pass_seconds", func(_ *testing.T, r *runner) { r.dial(client.Options{}) }},
		{"a write", "updatelatency propagation_latency commit_count fsynctime sync_processor_request_queued sync_processor_batch_size " +
			"sync_processor_queue_size sync_processor_queue_and_flush_time_ms sync_processor_queue_flush_time_ms outstanding_changes_queued " +
			"outstanding_changes_removed write_per_namespace bytes_received_count response_bytes paddock_sync_seconds " +
			"paddock_log_batch_bytes paddock_log_bytes_total", causeWrite},
		{"a read", "readlatency read_per_namespace bytes_received_count response_bytes prep_processor_request_queued", causeRead},
		{"watches fire", "node_created_watch_count node_changed_watch_count node_deleted_watch_count node_children_watch_count watch_bytes", causeEvents},
		{"a client goes without a word and comes back", "connection_drop_count connection_revalidate_count", causeReturn},
		{"a session expires", "stale_sessions_expired", causeExpiry},
		{"a connection makes no session", "sessionless_connections_expired", causeSessionless},
		{"a frame is too long", "paddock_frames_refused_total", causeFrame},
		{"too many connections", "connection_rejected", causeCrowd},
		{"a snapshot is taken", "snapshottime paddock_snapshot_slices_total paddock_snapshot_bytes_total", func(t *testing.T, r *runner) {
			r.wantStatus(t, http.StatusOK, "GET", "/commands/snapshot?streaming=false", nil)
		}},
		{"a snapshot comes too soon", "snapshot_rate_limited_count", func(t *testing.T, r *runner) {
			r.wantStatus(t, http.StatusTooManyRequests, "GET", "/commands/snapshot?streaming=false", nil)
		}},
		{"a restore of nonsense", "restore_error_count", func(t *testing.T, r *runner) {
			r.wantStatus(t, http.StatusInternalServerError, "POST", "/commands/restore", []byte("nonsense"))
		}},
		{"a restore comes too soon", "restore_rate_limited_count", func(t *testing.T, r *runner) {
			r.wantStatus(t, http.StatusTooManyRequests, "POST", "/commands/restore", []byte("nonsense"))
		}},
		{"a quota is full", "quota_count_limit_per_namespace quota_bytes_limit_per_namespace quota_count_usage_per_namespace " +
			"quota_bytes_usage_per_namespace quota_exceeded_error_per_namespace paddock_quota_refused_total", causeQuota},
		{"clients name an ensemble", "ensemble_auth_success ensemble_auth_fail ensemble_auth_skip", func(t *testing.T, r *runner) {
			c := r.dial(client.Options{})
			check(t, c.AddAuth("ensemble", []byte("ours")))
			check(t, c.AddAuth("ensemble", nil))
			if err := c.AddAuth("ensemble", []byte("theirs")); err == nil || client.Code(err) == zk.ErrAuthFailed {
				t.Errorf("a wrong name: %v, expected the connection to end without an answer", err)
			}
		}},
		{"the server stands still", "jvm_pause_time_ms paddock_stood_still_total", causePause},
		{"time passes", "paddock_lag_seconds", func(t *testing.T, r *runner) {
			was := r.totals()["paddock_lag_seconds"]
			waitFor(t, "a tick", func() bool { return r.totals()["paddock_lag_seconds"] > was })
		}},
	}
}

// elsewhere are the metrics whose cause is made in another test, or is a state of the machine.
func elsewhere() map[string]string {
	return map[string]string{
		"digest_mismatches_count": "TestADigestThatDiffersIsCounted", "snapshot_error_count": "a disk that is full",
		"dbinittime": "below", "startup_snap_load_time": "below", "startup_txns_load_time": "below", "startup_txns_loaded": "below",
		"restore_time": "TestARestoredStateOutlivesACrash", "large_requests_rejected": "apply", "stale_requests": "apply",
		"stale_requests_dropped": "apply", "stale_replies": "apply", "throttled_ops": "apply", "request_throttle_wait_count": "apply",
		"request_throttle_queue_time_ms": "apply", "paddock_log_segments_total": "wal", "paddock_log_slow_syncs_total": "wal", "paddock_log_stalls_total": "wal",
		"unsuccessful_handshake": "loop", "tls_handshake_exceeded": "loop",
		"paddock_log_spare_errors_total": "wal", "paddock_log_pending_transactions": "a gauge", "paddock_connections_parked": "a gauge",
		"paddock_connections_not_reading_total": "apply and loop", "paddock_accept_errors_total": "loop", "paddock_memory_bytes": "below",
	}
}

func TestEveryMetricRisesForItsCause(t *testing.T) {
	p := newPlace(t, adminLines("admin.rateLimiterIntervalInMS=3600000", "enforceQuota=true",
		"authProvider.1=org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider", "ensembleAuthName=ours", fmt.Sprintf("maxClientCnxns=%d", crowdMax))...)
	p.props = map[string]string{"zookeeper.nio.sessionlessCnxnTimeout": "3000"} // in which a busy machine can greet a client
	r := p.start(t)
	covered := elsewhere()
	for _, c := range causes() {
		before := r.totals()
		c.happen(t, r)
		for name := range strings.FieldsSeq(c.rises) {
			covered[name] = c.name
			waitFor(t, c.name+" to move "+name, func() bool { return r.totals()[name] > before[name] })
		}
	}
	values := r.totals()
	for name := range strings.FieldsSeq("dbinittime startup_snap_load_time startup_txns_load_time startup_txns_loaded") {
		if values[name] != 1 {
			t.Errorf("%s was taken %v times", name, values[name])
		}
	}
	for _, m := range admin.Metrics() {
		_, has := values[m.Name]
		switch isGauge := m.Kind == admin.Gauge && !strings.HasPrefix(m.Name, "paddock_"); {
		case isGauge: // those of Stats have their own tests
		case m.Idle != "" && values[m.Name] != 0:
			t.Errorf("%s is said to be idle, because %s, and is %v", m.Name, m.Idle, values[m.Name])
		case m.Idle == "" && covered[m.Name] == "":
			t.Errorf("nothing shows that %s moves", m.Name)
		case m.Idle == "" && !has && m.Kind != admin.KeyedSeries && m.Kind != admin.KeyedCounter:
			t.Errorf("%s is not measured", m.Name)
		}
	}
	for name := range values {
		if !slices.ContainsFunc(admin.Metrics(), func(m admin.Metric) bool { return m.Name == name }) {
			t.Errorf("%s is measured and has no row in the table", name)
		}
	}
	v, err := r.s.View(context.Background(), admin.PartTotals)
	check(t, err)
	for kind, bytes := range v.Samples.KeyedNumbers["paddock_memory_bytes"] {
		if bytes <= 0 && kind != "requests_in_flight" && kind != "log_queue" {
			t.Errorf("memory of %s is %v", kind, bytes)
		}
	}
}

func (r *runner) wantStatus(t *testing.T, want int, method, path string, body []byte) {
	t.Helper()
	if status, text, _ := r.http(method, path, superAuth, body); status != want {
		t.Errorf("%s %s: status %d %s", method, path, status, text)
	}
}

func causeWrite(t *testing.T, r *runner) {
	_, err := r.dial(client.Options{}).Create("/written", []byte("data"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
}

func causeRead(t *testing.T, r *runner) {
	_, _, err := r.dial(client.Options{}).GetData("/written", false)
	check(t, err)
}

func causeEvents(t *testing.T, r *runner) {
	c := r.dial(client.Options{})
	_, err := c.Exists("/watched", true)
	wantCode(t, err, zk.ErrNoNode)
	_, _, err = c.GetChildren2("/", true)
	check(t, err)
	_, err = c.Create("/watched", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	for range 2 {
		_, _, err = c.GetData("/watched", true)
		check(t, err)
		if _, err = c.SetData("/watched", nil, -1); err != nil {
			break
		}
	}
	_, _, err = c.GetData("/watched", true)
	check(t, err)
	check(t, c.Delete("/watched", -1))
}

func causeReturn(_ *testing.T, r *runner) {
	c := r.dial(client.Options{})
	session := c.Session()
	c.Disconnect()
	r.dial(client.Options{Resume: &session}).Disconnect()
}

func causeExpiry(_ *testing.T, r *runner) {
	r.dial(client.Options{SessionTimeout: time.Millisecond}).Disconnect() // the least that there is
}

func causeSessionless(t *testing.T, r *runner) {
	c, err := net.Dial("tcp", r.addr())
	check(t, err)
	check(t, c.SetReadDeadline(time.Now().Add(patience)))
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("a connection without a session was not closed: %v", err)
	}
	check(t, c.Close())
}

func causeFrame(t *testing.T, r *runner) {
	w := r.wire()
	w.write([]byte{0x7f, 0xff, 0xff, 0xff})
	w.wantClosed("")
}

// crowdMax is how many connections a client may have where a crowd is made.
const crowdMax = 20

func causeCrowd(t *testing.T, r *runner) {
	was := r.totals()["connection_rejected"]
	var all []net.Conn
	for range crowdMax + 1 { // at once, before those that came first are closed for want of a session
		c, err := net.Dial("tcp", r.addr())
		check(t, err)
		all = append(all, c)
	}
	waitFor(t, "a connection to be refused", func() bool { return r.totals()["connection_rejected"] > was })
	for _, c := range all {
		check(t, c.Close())
	}
	waitFor(t, "room", func() bool { return r.s.net.Stats().Connections < 10 })
}

func causeQuota(t *testing.T, r *runner) {
	c := r.dial(client.Options{})
	for _, path := range []string{"/full", "/zookeeper/quota/full"} {
		_, err := c.Create(path, nil, zk.OpenACL(), zk.ModePersistent)
		check(t, err)
	}
	for name, text := range map[string]string{
		"zookeeper_limits": "count=1,bytes=5=;byteHardLimit=5;countHardLimit=1", "zookeeper_stats": "count=0,bytes=0",
	} {
		_, err := c.Create("/zookeeper/quota/full/"+name, []byte(text), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
	}
	_, err := c.SetData("/full", []byte("12345"), -1)
	check(t, err)
	_, err = c.Create("/full/more", nil, zk.OpenACL(), zk.ModePersistent)
	wantCode(t, err, zk.ErrQuotaExceeded)
}

func causePause(t *testing.T, r *runner) {
	check(t, r.s.ask(context.Background(), func() { time.Sleep(3 * standstillMin) }))
}

// What is scraped has the names and types of the table, and nothing else but what the runtime has to say.
func TestWhatIsScrapedIsWhatTheTableSays(t *testing.T) {
	r := newPlace(t, "metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider",
		"metricsProvider.httpHost=127.0.0.1", "metricsProvider.httpPort=0").start(t)
	causeWrite(t, r)
	causeRead(t, r)
	got, err := (&http.Client{Timeout: patience}).Get("http://" + r.s.MetricsAddr().String() + "/metrics")
	check(t, err)
	defer func() { _ = got.Body.Close() }() // it is read to its end
	text, err := io.ReadAll(got.Body)
	check(t, err)
	types := map[string]string{}
	for line := range strings.Lines(string(text)) {
		var name, typ string
		if n, _ := fmt.Sscanf(line, "# TYPE %s %s", &name, &typ); n == 2 {
			types[name] = typ
		}
	}
	for _, m := range admin.Metrics() {
		keyed := m.Kind == admin.KeyedCounter || m.Kind == admin.KeyedGauge || m.Kind == admin.KeyedSeries
		if types[m.Name] != m.Kind.String() && (!keyed || types[m.Name] != "") {
			t.Errorf("%s is a %q, want a %q", m.Name, types[m.Name], m.Kind)
		}
		delete(types, m.Name)
	}
	for name := range types {
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			t.Errorf("%s is exported and has no row in the table", name)
		}
	}
	for _, method := range []string{"TRACE", "POST"} {
		q, err := http.NewRequest(method, "http://"+r.s.MetricsAddr().String()+"/metrics", nil)
		check(t, err)
		answer, err := http.DefaultClient.Do(q)
		check(t, err)
		if check(t, answer.Body.Close()); answer.StatusCode < 400 {
			t.Errorf("%s gets %s", method, answer.Status)
		}
	}
}

// A snapshot with a znode that the log knows nothing of: the log's digests are not those of the tree that it makes.
func TestADigestThatDiffersIsCounted(t *testing.T) {
	p := newPlace(t)
	r := p.start(t)
	causeWrite(t, r)
	r.stop()
	other := tree.New()
	if _, err := other.Create("/foreign", nil, zk.OpenACL(), 0, -1, 0, 1); err != zk.ErrOK {
		t.Fatal(err)
	}
	w := snap.Begin(snap.Config{FS: disk.OS{}, Dir: p.version2(), Log: slog.New(slog.DiscardHandler), Now: time.Now}, other, nil, 0)
	for w.Step(0) {
		time.Sleep(time.Millisecond)
	}
	if result := <-w.Done(); result.Err != nil {
		t.Fatal(result.Err)
	}
	log := &witness{t: t}
	log.expectErrors()
	s, err := New(p.config(t), "test", slog.New(log))
	check(t, err)
	if s.series.digestMismatches != 1 || !log.heard("digests are not matching") {
		t.Errorf("counted %d", s.series.digestMismatches)
	}
	check(t, s.Discard())
}

// The history of digests goes on over a restart: the replay makes it as the commits did.
func TestDigestsOutliveARestart(t *testing.T) {
	p := newPlace(t)
	r := p.start(t)
	c := r.dial(client.Options{})
	for range 300 {
		_, err := c.SetData("/", nil, -1)
		check(t, err)
	}
	before := r.word("hash")
	if n := strings.Count(before, "\n"); n != 2 || !strings.HasPrefix(before, "80: ") || !strings.Contains(before, "\n100: ") {
		t.Errorf("hash says %q", before)
	}
	r.stop()
	if after := p.start(t).word("hash"); after != before {
		t.Errorf("hash says %q after a restart, and %q before", after, before)
	}
}

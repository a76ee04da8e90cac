package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

const superLine = "DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=" // of super:secret

// adminLines turn the admin server on, on a port of the system's choice.
func adminLines(more ...string) []string {
	return append([]string{
		"admin.enableServer=true", "admin.serverAddress=127.0.0.1", "admin.serverPort=0", "admin.rateLimiterIntervalInMS=0", superLine,
	}, more...)
}

func (r *runner) http(method, path, auth string, body []byte) (status int, text []byte, header http.Header) {
	r.t.Helper()
	q, err := http.NewRequest(method, "http://"+r.s.AdminAddr().String()+path, bytes.NewReader(body))
	check(r.t, err)
	if auth != "" {
		q.Header.Set("Authorization", auth)
	}
	got, err := (&http.Client{Timeout: patience}).Do(q)
	check(r.t, err)
	defer func() { _ = got.Body.Close() }() // it is read to its end
	text, err = io.ReadAll(got.Body)
	check(r.t, err)
	return got.StatusCode, text, got.Header
}

const superAuth = "digest super:secret"

// endless makes steps as long as it is told to.
func endless(more func() bool) func() iter.Seq[struct{}] {
	return func() iter.Seq[struct{}] {
		return func(yield func(struct{}) bool) {
			for more() && yield(struct{}{}) {
			}
		}
	}
}

// scrape reads the exporter: the values of metrics without labels, by name.
func (r *runner) scrape() map[string]float64 {
	r.t.Helper()
	got, err := (&http.Client{Timeout: patience}).Get("http://" + r.s.MetricsAddr().String() + "/metrics")
	check(r.t, err)
	defer func() { _ = got.Body.Close() }() // it is read to its end
	text, err := io.ReadAll(got.Body)
	check(r.t, err)
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil && !strings.HasPrefix(name, "#") {
			values[name] = n
		}
	}
	return values
}

// A long look at the processor's state is taken in slices: clients are served in between. This one ends only when a write has
// been answered meanwhile.
func TestALongLookDoesNotHoldUpTheClients(t *testing.T) { inBothModes(t, aLongLook) }

func aLongLook(t *testing.T, newPlace placer) {
	r := newPlace(t).start(t)
	c := r.dial(client.Options{})
	var written atomic.Bool
	looked := make(chan error, 1)
	steps := 0
	go func() {
		looked <- r.s.walk(context.Background(), endless(func() bool {
			steps++
			return !written.Load()
		}))
	}()
	_, err := c.Create("/meanwhile", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	if r.word("ruok") != "imok" {
		t.Error("no answer to ruok during the walk")
	}
	written.Store(true)
	check(t, <-looked)
	if steps < walkSteps {
		t.Errorf("only %d steps were taken", steps)
	}
}

// A walk ends with the patience of whoever asked, and with the server.
func TestALookThatNobodyWaitsForEnds(t *testing.T) {
	r := newPlace(t).start(t)
	r.word("ruok") // it serves
	ctx, cancel := context.WithCancel(context.Background())
	looked := make(chan error, 2)
	go func() { looked <- r.s.walk(ctx, endless(func() bool { return true })) }()
	go func() { looked <- r.s.walk(context.Background(), endless(func() bool { return true })) }()
	waitFor(t, "both walks to be known", func() bool {
		var n int
		check(t, r.s.ask(context.Background(), func() { n = len(r.s.walks) }))
		return n == 2
	})
	cancel()
	waitFor(t, "one walk to end", func() bool {
		var n int
		check(t, r.s.ask(context.Background(), func() { n = len(r.s.walks) }))
		return n == 1 || len(looked) == 0 // the other one may be in front
	})
	r.stop()
	for range 2 {
		if err := <-looked; !errors.Is(err, context.Canceled) && !errors.Is(err, errEnded) {
			t.Errorf("a walk ended with %v", err)
		}
	}
	if err := r.s.ask(context.Background(), func() {}); !errors.Is(err, errEnded) {
		t.Errorf("a question after the end gets %v", err)
	}
}

func TestWordsListManyWatchesAndEphemerals(t *testing.T) {
	r := newPlace(t).start(t)
	c := r.dial(client.Options{})
	const n = 3 * walkSteps
	for i := range n {
		_, err := c.Exists(fmt.Sprintf("/w%d", i), true)
		wantCode(t, err, zk.ErrNoNode)
		_, err = c.Create(fmt.Sprintf("/e%d", i), nil, zk.OpenACL(), zk.ModeEphemeral)
		check(t, err)
	}
	for word, prefix := range map[string]string{"wchc": "\t/w", "wchp": "/w", "dump": "\t/e"} {
		if got := strings.Count(r.word(word), prefix); got != n {
			t.Errorf("%s lists %d, want %d", word, got, n)
		}
	}
	if got, want := r.word("wchs"), fmt.Sprintf("1 connections watching %d paths\nTotal watches:%d\n", n, n); got != want {
		t.Errorf("wchs says %q", got)
	}
}

func TestSrstMakesWordsBeginAnewAndPrometheusGoOn(t *testing.T) {
	p := newPlace(t, "metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider",
		"metricsProvider.httpHost=127.0.0.1", "metricsProvider.httpPort=0")
	r := p.start(t)
	c := r.dial(client.Options{})
	_, err := c.Create("/a", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	if got := r.word("srst"); got != "Server stats reset.\n" {
		t.Errorf("srst says %q", got)
	}
	if got := r.word("srvr"); !strings.Contains(got, "Latency min/avg/max: 0/0.0/0\nReceived: 1\nSent: 1\n") {
		t.Errorf("srvr says %q", got)
	}
	m := r.mntr()
	for _, name := range []string{"zk_commit_count", "zk_cnt_updatelatency", "zk_max_fsynctime", "zk_sum_fsynctime", "zk_connection_request_count"} {
		if m[name] != 0 {
			t.Errorf("%s is %d after srst", name, m[name])
		}
	}
	if got := r.scrape()["commit_count"]; got != 2 {
		t.Errorf("Prometheus sees commit_count fall to %v", got)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		var text []byte
		waitFor(t, path+" to say that all is well", func() (well bool) { // a processor that gets no time looks stuck
			var status int
			status, text, _ = r.http("GET", path, "", nil)
			return status == http.StatusOK
		})
		if string(text) != "{\n  \"status\" : \"ok\",\n  \"error\" : null\n}" {
			t.Errorf("%s: %s", path, text)
		}
	}
	// A processor that does not get on is found out.
	release := make(chan struct{})
	stuck := make(chan struct{})
	go func() {
		_ = r.s.ask(context.Background(), func() {
			close(stuck)
			<-release
		})
	}()
	<-stuck
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text, _ := r.http("GET", path, "", nil); status != http.StatusServiceUnavailable || !bytes.Contains(text, []byte("stuck")) {
			t.Errorf("%s of a stuck server: %d %s", path, status, text)
		}
	}
	close(release)
	// A folder that cannot be written is no place for a log. Root may write anywhere, so the folder goes.
	moved := hideLog(r)
	if status, text, _ := r.http("GET", "/readyz", "", nil); status != http.StatusServiceUnavailable || !bytes.Contains(text, []byte("folder")) {
		t.Errorf("/readyz without a log folder: %d %s", status, text)
	}
	moved()
}

// hideLog takes the log's folder away and gives what brings it back.
func hideLog(r *runner) func() {
	r.t.Helper()
	check(r.t, os.Rename(r.s.logDir, r.s.logDir+".away"))
	return func() { check(r.t, os.Rename(r.s.logDir+".away", r.s.logDir)) }
}

func TestATakenAdminPortStopsOnlyWhoAskedForIt(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { _ = taken.Close() }() // nobody connects
	port := taken.Addr().(*net.TCPAddr).Port

	cfg := newPlace(t, adminLines(fmt.Sprintf("admin.serverPort=%d", port))...).config(t)
	log := &witness{t: t}
	var wanted *AdminServerError
	if _, err := New(cfg, "test", slog.New(log)); !errors.As(err, &wanted) {
		t.Errorf("a port that was asked for: %v", err)
	}
	cfg = newPlace(t, adminLines(fmt.Sprintf("admin.serverPort=%d", port))...).config(t)
	cfg.Admin.PortSet = false
	s, err := New(cfg, "test", slog.New(log))
	check(t, err)
	if s.AdminAddr() != nil {
		t.Error("two programs have one port")
	}
	check(t, s.Discard())
}

// alone is what a server finds in a directory with nothing but a snapshot.
func alone(t *testing.T, zxid string, snapshot []byte) state {
	t.Helper()
	p := newPlace(t)
	check(t, os.MkdirAll(p.version2(), 0o755))
	check(t, os.WriteFile(filepath.Join(p.version2(), "snapshot."+zxid), snapshot, 0o600))
	return p.peek(t)
}

// A snapshot that is taken under load is exactly the tree at its zxid: each of its znodes says which write it is of, and none
// between the first and the last is missing.
func TestASnapshotTakenUnderLoadIsAState(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	ctx, stop := context.WithCancel(context.Background())
	writing := make(chan error, 1)
	go func() {
		for i := 0; ctx.Err() == nil; i++ { // a chain: a state has all up to some number, and the counter says that number
			_, err := c.Multi(client.Part{Op: zk.OpCreate, Path: fmt.Sprintf("/n%06d", i), ACL: zk.OpenACL()})
			if err != nil {
				writing <- err
				return
			}
		}
		writing <- nil
	}()
	for range 3 {
		status, body, header := r.http("GET", "/commands/snapshot", superAuth, nil)
		if status != http.StatusOK {
			t.Fatalf("status %d: %s", status, body)
		}
		st := alone(t, strings.TrimPrefix(header.Get("last_zxid"), "0x"), body)
		count := 0
		for path := range st.znodes {
			if strings.HasPrefix(path, "/n") {
				count++
			}
		}
		if want := st.zxid - 1; int64(count) != want { // the session is the first transaction
			t.Errorf("%d znodes at zxid %d", count, st.zxid)
		}
		for i := range count {
			if _, found := st.znodes[fmt.Sprintf("/n%06d", i)]; !found {
				t.Fatalf("%d of the znodes, and the one of number %d is missing", count, i)
			}
		}
	}
	stop()
	check(t, <-writing)
}

func TestARestoredStateOutlivesACrash(t *testing.T) {
	p := newPlace(t, adminLines()...)
	r := p.start(t)
	c := r.dial(client.Options{SessionTimeout: longSession})
	_, err := c.Create("/kept", []byte("old"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	_, err = c.Create("/mine", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	status, copied, _ := r.http("GET", "/commands/snapshot", superAuth, nil)
	if status != http.StatusOK {
		t.Fatalf("snapshot: %d %s", status, copied)
	}
	_, err = c.SetData("/kept", []byte("new"), -1)
	check(t, err)
	_, err = c.Create("/lost", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	late := r.dial(client.Options{})
	before := c.LastZxid()

	for name, bad := range map[string][]byte{
		"cut short": copied[:len(copied)-10], "with a flipped bit": flipped(copied, len(copied)/2), "no snapshot": []byte("x"),
	} {
		if status, text, _ := r.http("POST", "/commands/restore", superAuth, bad); status != http.StatusInternalServerError {
			t.Errorf("%s: status %d %s", name, status, text)
		}
	}
	if _, err := c.Exists("/lost", false); err != nil {
		t.Fatalf("a refused restore has changed something: %v", err)
	}
	status, text, _ := r.http("POST", "/commands/restore", superAuth, copied)
	var answer struct {
		LastZxid int64 `json:"last_zxid"`
	}
	if check(t, json.Unmarshal(text, &answer)); status != http.StatusOK || answer.LastZxid <= before {
		t.Fatalf("status %d %s, zxid was %d", status, text, before)
	}
	<-c.Done() // everybody is sent away
	<-late.Done()

	session := c.Session()
	again := r.dial(client.Options{Resume: &session, LastZxidSeen: before})
	wantKept := func(c *client.Client) {
		t.Helper()
		data, _, err := c.GetData("/kept", false)
		if check(t, err); string(data) != "old" {
			t.Errorf("/kept is %q", data)
		}
		if _, err := c.Exists("/lost", false); client.Code(err) != zk.ErrNoNode {
			t.Errorf("/lost: %v", err)
		}
		if _, err := c.Exists("/mine", false); err != nil {
			t.Errorf("the ephemeral of a session that came back: %v", err)
		}
	}
	wantKept(again)
	_, err = again.Create("/after", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)

	crashed := p.copy(t) // what a kill -9 would leave
	r2 := crashed.start(t)
	c2 := r2.dial(client.Options{Resume: &session, LastZxidSeen: again.LastZxid()})
	wantKept(c2)
	if _, err := c2.Exists("/after", false); err != nil {
		t.Errorf("a write after the restore: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(p.version2(), "paddock.*ing*"))
	if check(t, err); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// A client that sends its header byte by byte holds one connection for a bounded time, and nobody else up.
func TestSlowHTTPClientsHoldNobodyUp(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	for range 50 {
		c, err := net.Dial("tcp", r.s.AdminAddr().String())
		check(t, err)
		defer func() { _ = c.Close() }() // it never gets an answer
		_, err = io.WriteString(c, "GET /commands/ruok HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		check(t, err)
	}
	if status, text, _ := r.http("GET", "/commands/ruok", "", nil); status != http.StatusOK {
		t.Errorf("status %d %s", status, text)
	}
	huge, err := net.Dial("tcp", r.s.AdminAddr().String())
	check(t, err)
	defer func() { _ = huge.Close() }()
	check(t, huge.SetDeadline(time.Now().Add(patience)))
	_, _ = io.WriteString(huge, "GET /commands/ruok HTTP/1.1\r\nHost: x\r\nX-Huge: "+strings.Repeat("x", 1<<20)+"\r\n\r\n") // it may be cut off
	reply, _ := io.ReadAll(huge)
	if !bytes.HasPrefix(reply, []byte("HTTP/1.1 431")) && len(reply) > 0 {
		t.Errorf("a header of a mebibyte gets %q", reply[:min(len(reply), 60)])
	}
}

// A restore comes between writes that are on their way to the disk and a snapshot that is being written.
func TestARestoreUnderLoad(t *testing.T) { inBothModes(t, restoreUnderLoad) }

func restoreUnderLoad(t *testing.T, newPlace placer) {
	p := newPlace(t, adminLines("snapCount=50")...)
	r := p.start(t)
	first := r.dial(client.Options{})
	_, err := first.Create("/kept", []byte("x"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	status, copied, _ := r.http("GET", "/commands/snapshot", superAuth, nil)
	if status != http.StatusOK {
		t.Fatalf("snapshot: %d", status)
	}
	for round := range 3 {
		const writers = 4
		ended := make(chan error, writers)
		for w := range writers {
			c := r.dial(client.Options{})
			go func() {
				for i := 0; ; i++ {
					if _, err := c.Create(fmt.Sprintf("/r%d-w%d-%d", round, w, i), nil, zk.OpenACL(), zk.ModePersistent); err != nil {
						ended <- err
						return
					}
				}
			}()
		}
		before := r.totals()["commit_count"]
		waitFor(t, "writes", func() bool { return r.totals()["commit_count"] > before+100 })
		if status, text, _ := r.http("POST", "/commands/restore", superAuth, copied); status != http.StatusOK {
			t.Fatalf("restore: %d %s", status, text)
		}
		for range writers {
			if err := <-ended; err == nil {
				t.Error("a writer ended without an error")
			}
		}
		children, _, err := r.dial(client.Options{}).GetChildren2("/", false)
		if check(t, err); len(children) != 2 { // and /zookeeper
			t.Fatalf("round %d: the children of the root are %v", round, children)
		}
	}
	r.stop()
	if st := p.peek(t); len(st.znodes) != 5 || st.zxid>>32 != 3 {
		t.Errorf("after a restart there are %d znodes at zxid 0x%x", len(st.znodes), st.zxid)
	}
}

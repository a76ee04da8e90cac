package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paddock/metric"
)

// fakeCopier says what it is told to say.
type fakeCopier struct {
	authErr, err error
	content      string
	restored     string
	counted      []Outcome
}

func (f *fakeCopier) Authorize(context.Context, string, string) error { return f.authErr }

func (f *fakeCopier) Snapshot(_ context.Context, content bool) (Copy, error) {
	c := Copy{Zxid: 0x1f, Bytes: int64(len(f.content))}
	if content {
		c.Content = io.NopCloser(strings.NewReader(f.content))
	}
	return c, f.err
}

func (f *fakeCopier) Restore(_ context.Context, from io.Reader) (int64, error) {
	text, err := io.ReadAll(from)
	f.restored = string(text)
	return 0x100000000, errors.Join(err, f.err)
}

func (f *fakeCopier) Count(what Outcome) { f.counted = append(f.counted, what) }

// desk is a handler behind a real HTTP server.
type desk struct {
	t      *testing.T
	server *httptest.Server
	src    *fakeServer
	copier *fakeCopier
	now    time.Time
}

func newDesk(t *testing.T, change func(*HandlerConfig)) *desk {
	d := &desk{t: t, src: busyServer(), copier: &fakeCopier{content: "a snapshot"}, now: time.Unix(1000, 0)}
	cfg := HandlerConfig{
		CommandURL: "/commands", SnapshotEnabled: true, RestoreEnabled: true, CopiesWhole: true, RateMs: 300_000,
		Now: func() time.Time { return d.now }, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&cfg)
	}
	d.server = httptest.NewServer(NewHandler(cfg, d.src, d.copier))
	t.Cleanup(d.server.Close)
	return d
}

func (d *desk) ask(method, path, body string) (int, string) {
	d.t.Helper()
	r, err := http.NewRequest(method, d.server.URL+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "digest a:b")
	got, err := d.server.Client().Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }() // it is read to its end
	text, err := io.ReadAll(got.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

func TestCommandsAnswerUnderEachOfTheirNames(t *testing.T) {
	d := newDesk(t, nil)
	for _, c := range commands() {
		if c.answer == nil {
			continue // snapshot and restore
		}
		for _, name := range c.names {
			status, text := d.ask("GET", "/commands/"+name, "")
			var answer map[string]any
			if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK || answer["command"] != c.names[0] {
				t.Errorf("%s: %d %s %v", name, status, text, err)
			}
			if status, _ := d.ask("POST", "/commands/"+name, ""); status != http.StatusMethodNotAllowed {
				t.Errorf("POST %s: %d", name, status)
			}
		}
	}
}

func TestAnswersAreLaidOutAsJackson(t *testing.T) {
	d := newDesk(t, nil)
	for path, want := range map[string]string{
		"ruok": "{\n  \"command\" : \"ruok\",\n  \"error\" : null\n}",
		"hash": "{\n  \"digests\" : [ {\n    \"zxid\" : 128,\n    \"digest\" : -12345,\n    \"digest_version\" : 2\n  }, {\n    \"zxid\" : 256,\n" +
			"    \"digest\" : 9,\n    \"digest_version\" : 2\n  } ],\n  \"command\" : \"hash\",\n  \"error\" : null\n}",
		"dump": "{\n  \"expiry_time_to_session_ids\" : {\n    \"6000\" : [ 72058314695442433 ],\n    \"8000\" : [ -5, 72058314695442432 ]\n  },\n" +
			"  \"session_id_to_ephemeral_paths\" : {\n    \"-5\" : [ \"/x\" ],\n    \"72058314695442432\" : [ \"/e1\", \"/e2\" ]\n  },\n" +
			"  \"command\" : \"dump\",\n  \"error\" : null\n}",
		"wchp": "{\n  \"path_to_session_ids\" : {\n    \"/a\" : [ 72058314695442433 ],\n    \"/b\" : [ 72058314695442432, 72058314695442433 ]\n  },\n" +
			"  \"command\" : \"watches_by_path\",\n  \"error\" : null\n}",
		"stmk": "{\n  \"error\" : \"setTraceMask requires long traceMask argument\",\n  \"command\" : \"set_trace_mask\"\n}",
		"what": "{\n  \"command\" : \"what\",\n  \"error\" : \"Unknown command: what\"\n}",
	} {
		if _, got := d.ask("GET", "/commands/"+path, ""); got != want {
			t.Errorf("%s:\n got %s\nwant %s", path, got, want)
		}
	}
}

func TestTextsAreJSONWhateverTheyHold(t *testing.T) {
	for _, text := range []string{"plain", "quote \" and \\", "line\nend\r\ttab", "\x00\x01\x1f", "Zürich 東京 \U0001F40E", "bad \xff\xfe bytes", "</script>"} {
		var back string
		if err := json.Unmarshal(appendText(nil, text), &back); err != nil || back != strings.ToValidUTF8(text, "\uFFFD") &&
			back != strings.Map(func(r rune) rune { return r }, text) {
			t.Errorf("%q comes back as %q (%v)", text, back, err)
		}
	}
}

func FuzzTextsAreJSON(f *testing.F) {
	f.Add("a \"b\" \\ \x00 \xff \u2028")
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid(appendText(nil, text)) {
			t.Errorf("%q becomes %s", text, appendText(nil, text))
		}
	})
}

func TestCommandsWhileNothingIsServed(t *testing.T) {
	d := newDesk(t, nil)
	d.src.view.Stats.Serving = false
	const sorry = `"error" : "This ZooKeeper instance is not currently serving requests"`
	for _, name := range []string{"ruok", "srvr", "dump", "snapshot"} {
		if status, text := d.ask("GET", "/commands/"+name, ""); status != http.StatusOK || !strings.Contains(text, sorry) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	for _, name := range []string{"envi", "gtmk", "sysp", "zabstate"} {
		if _, text := d.ask("GET", "/commands/"+name, ""); !strings.Contains(text, `"error" : null`) {
			t.Errorf("%s: %s", name, text)
		}
	}
	if status, _ := d.ask("GET", "/healthz", ""); status != http.StatusOK {
		t.Errorf("a server that loads is not healthy: %d", status)
	}
	if status, _ := d.ask("GET", "/readyz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("a server that loads is ready: %d", status)
	}
}

func TestAServerWhoseDiskHangsIsNotReady(t *testing.T) {
	d := newDesk(t, nil)
	d.src.view.Stats.LogWritable, d.src.view.Stats.LogWaitMs = true, stalledMs+1
	if status, text := d.ask("GET", "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, "disk") {
		t.Errorf("%d %s", status, text)
	}
	d.src.view.Stats.LogWaitMs = 5
	if status, text := d.ask("GET", "/readyz", ""); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
}

func TestRefusalsOfCopies(t *testing.T) {
	for name, tt := range map[string]struct {
		config       func(*HandlerConfig)
		method, path string
		body         string
		copier       fakeCopier
		want         int
		counted      []Outcome
	}{
		"snapshot is switched off":  {func(c *HandlerConfig) { c.SnapshotEnabled = false }, "GET", "snapshot", "", fakeCopier{}, 503, nil},
		"restore is switched off":   {func(c *HandlerConfig) { c.RestoreEnabled = false }, "POST", "restore", "x", fakeCopier{}, 503, nil},
		"snapshots lack their zxid": {func(c *HandlerConfig) { c.CopiesWhole = false }, "GET", "snapshot", "", fakeCopier{}, 500, nil},
		"restores need the zxid":    {func(c *HandlerConfig) { c.CopiesWhole = false }, "POST", "restore", "x", fakeCopier{}, 500, nil},
		"restore of nothing":        {nil, "POST", "restore", "", fakeCopier{}, 400, nil},
		"nobody":                    {nil, "GET", "snap", "", fakeCopier{authErr: ErrNotAuthenticated}, 401, nil},
		"somebody else":             {nil, "POST", "rest", "x", fakeCopier{authErr: ErrNotAuthorized}, 403, nil},
		"a check that fails":        {nil, "GET", "snapshot", "", fakeCopier{authErr: errors.New("x")}, 500, nil},
		"a snapshot that fails":     {nil, "GET", "snapshot", "", fakeCopier{err: errors.New("x")}, 500, []Outcome{SnapshotFailed}},
		"a restore that fails":      {nil, "POST", "restore", "x", fakeCopier{err: errors.New("x")}, 500, []Outcome{RestoreFailed}},
		"POST of snapshot":          {nil, "POST", "snapshot", "x", fakeCopier{}, 405, nil},
		"GET of restore":            {nil, "GET", "restore", "", fakeCopier{}, 405, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, tt.config)
			*d.copier = tt.copier
			status, text := d.ask(tt.method, "/commands/"+tt.path, tt.body)
			if status != tt.want || strings.Contains(text, `"error" : null`) || len(d.copier.counted) != len(tt.counted) {
				t.Errorf("%d %s, counted %v", status, text, d.copier.counted)
			}
		})
	}
}

func TestCopiesGoThroughAndAreLimited(t *testing.T) {
	d := newDesk(t, nil)
	if status, text := d.ask("GET", "/commands/snapshot", ""); status != http.StatusOK || text != "a snapshot" {
		t.Errorf("snapshot: %d %q", status, text)
	}
	if status, _ := d.ask("GET", "/commands/snapshot", ""); status != http.StatusTooManyRequests {
		t.Errorf("a second snapshot at the same moment: %d", status)
	}
	body := strings.Repeat("bytes of a snapshot ", 100_000)
	if status, text := d.ask("POST", "/commands/restore", body); status != http.StatusOK || !strings.Contains(text, `"last_zxid" : 4294967296`) || d.copier.restored != body {
		t.Errorf("restore: %d %s", status, text)
	}
	d.now = d.now.Add(301 * time.Millisecond)
	if status, _ := d.ask("GET", "/commands/snapshot?streaming=false", ""); status != http.StatusOK {
		t.Errorf("a snapshot after 0.3 s: %d", status) // ZooKeeper reads the milliseconds as microseconds there
	}
	if status, _ := d.ask("POST", "/commands/restore", body); status != http.StatusTooManyRequests {
		t.Errorf("a restore after 0.3 s: %d", status)
	}
	d.now = d.now.Add(5 * time.Minute)
	if status, _ := d.ask("POST", "/commands/restore", body); status != http.StatusOK {
		t.Errorf("a restore after 5 min: %d", status)
	}
}

func TestTheCommandsMayLieElsewhere(t *testing.T) {
	d := newDesk(t, func(c *HandlerConfig) { c.CommandURL = "/zk/admin/" })
	for path, want := range map[string]int{"/zk/admin/ruok": 200, "/zk/admin": 200, "/zk/admin/": 200, "/commands/ruok": 404, "/": 404, "/healthz": 200} {
		if status, _ := d.ask("GET", path, ""); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if _, text := d.ask("GET", "/zk/admin", ""); !strings.Contains(text, `<a href="/zk/admin/ruok">ruok</a>`) {
		t.Errorf("the index says %s", text)
	}
}

// Quantiles look at the last ten minutes, counts at all.
func TestQuantilesAreOfTheLastTenMinutes(t *testing.T) {
	src := busyServer()
	now := time.Unix(0, 0)
	e := NewExporter(src, false, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	scrape := func() string {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return w.Body.String()
	}
	fsync := src.view.Samples.Series["fsynctime"]
	if got := scrape(); !strings.Contains(got, "fsynctime{quantile=\"0.5\"} 0\n") || !strings.Contains(got, "fsynctime_count 23\n") {
		t.Error("at first:", got)
	}
	for range 6 {
		now = now.Add(2 * time.Minute)
		copied := *fsync // what was given out must not change
		fsync = &copied
		fsync.Add(50)
		src.view.Samples.Series = map[string]*metric.Histogram{"fsynctime": fsync}
		scrape()
	}
	if got := scrape(); !strings.Contains(got, "fsynctime{quantile=\"0.5\"} 50\n") || !strings.Contains(got, "fsynctime_count 29\n") {
		t.Error("after twelve minutes:", got)
	}
	now = now.Add(time.Hour)
	scrape()
	if got := scrape(); !strings.Contains(got, "fsynctime{quantile=\"0.5\"} NaN\n") {
		t.Error("after a quiet hour:", got)
	}
}

func TestAnExporterWithoutAServerSaysNothing(t *testing.T) {
	src := busyServer()
	src.view.Stats.Serving = false
	e := NewExporter(src, false, time.Now, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK || bytes.Contains(w.Body.Bytes(), []byte("znode_count")) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestKeysThatAreNoTextStayApart(t *testing.T) {
	a, b := printable("x\xff"), printable("x\xfe")
	if c := printable(`"x\xff"`); c == a {
		t.Errorf("what looks quoted is taken for %q", a)
	}
	if a == b || printable("Zürich") != "Zürich" || printable("/others") != "/others" {
		t.Errorf("%q, %q", a, b)
	}
}

package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paddock/zk"
)

// fakeData is the length of the only znode's data.
const fakeData = 3*dataFirst + 5

// fake is a server with one znode, which alice may read.
type fake struct {
	measure   Measure
	pieces    []int // where pieces of data were asked for
	changesAt int   // from there on the data is another; 0: never
}

func (f *fake) Identify(from netip.Addr, secrets []string) ([]zk.ID, error) {
	ids := []zk.ID{{Scheme: "ip", ID: from.String()}}
	for _, s := range secrets {
		ids = append(ids, zk.ID{Scheme: "digest", ID: s})
	}
	return ids, nil
}

func (f *fake) Measure(context.Context) (*Measure, error) { m := f.measure; return &m, nil }

func (f *fake) Znode(_ context.Context, who []zk.ID, path string, from, most int) (Znode, error) {
	if path != "/</script>" {
		return Znode{}, ErrNoNode
	}
	if !slices.Contains(who, zk.ID{Scheme: "digest", ID: "alice:sécret"}) {
		return Znode{}, ErrNoAuth
	}
	f.pieces = append(f.pieces, from)
	stat := zk.Stat{Czxid: 1 << 60, EphemeralOwner: -1, DataLength: fakeData, Version: 7}
	if f.changesAt > 0 && from >= f.changesAt {
		stat.Mzxid = 1
	}
	data := strings.Repeat("<b>", fakeData)[from:min(from+most, fakeData)]
	return Znode{
		Readable: true, Data: []byte(data), Kind: zk.KindTTL, TTLMs: 5000, Stat: stat,
		ACL: []zk.ACL{{Perms: zk.PermRead | zk.PermAdmin, ID: zk.ID{Scheme: "digest", ID: "alice:x"}}},
	}, nil
}

func (f *fake) Children(_ context.Context, _ []zk.ID, _ string, q ChildrenQuery) (Children, error) {
	return Children{Names: []string{q.Prefix + "<", q.After}, Total: q.Limit, More: true}, nil
}

func (f *fake) Watchers(context.Context, []zk.ID, string, int) (Watchers, error) {
	return Watchers{Sessions: []int64{-2}, Total: 7}, nil
}

func (f *fake) Sessions(context.Context, int) (Sessions, error) {
	return Sessions{Sessions: []Session{{ID: 255}}, SessionCount: 3, ConnsCount: 4}, nil
}

func (f *fake) Held(_ context.Context, _ []zk.ID, id int64, _ int) (Held, error) {
	if id != 0x1ff {
		return Held{}, ErrNoSession
	}
	return Held{Session: Session{ID: id, Ephemerals: 2}, Ephemerals: []string{"/a"}}, nil
}

func made(cfg Config) *Console {
	cfg.Now, cfg.Log = time.Now, slog.New(slog.DiscardHandler)
	return New(cfg, &fake{})
}

// asked sends a request as the page does, from this machine unless change says otherwise.
func asked(h http.Handler, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	here := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	r := httptest.NewRequestWithContext(context.WithValue(context.Background(), http.LocalAddrContextKey, here), http.MethodGet, path, nil)
	r.Host, r.RemoteAddr = "127.0.0.1:8080", "127.0.0.1:50000"
	r.Header.Set(asker, "1")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryAnswerForbidsWhatAPageCouldBeMadeToDo(t *testing.T) {
	c := made(Config{})
	for _, path := range []string{"/", "/console/main.js", "/console/data/server", "/console/data/znode?path=/none", "/console/none"} {
		h := asked(c, path, nil).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; ", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-",
		} {
			if !strings.HasPrefix(h.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s lets others in: %v", path, h)
		}
	}
}

func TestWhoMayNotAskIsToldWhy(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }
	local, open := Config{LocalOnly: true, Own: []string{"me"}}, Config{Hosts: []string{"zk1.example.com", "zk2.example.com:8443"}, Own: []string{"me"}}
	alias := Config{LocalOnly: true, Hosts: []string{"alias.example"}}
	for _, c := range []struct {
		name   string
		cfg    Config
		path   string
		change func(*http.Request)
		status int
		says   string
	}{
		{"a browser on this machine", local, "/", nil, 200, "<!doctype html>"},
		{"its page's question", local, "/console/data/server", nil, 200, `"version"`},
		{"localhost", local, "/", host("localhost:8080"), 200, "<!doctype html>"},
		{"IPv6", local, "/", host("[::1]:8080"), 200, "<!doctype html>"},
		{"somebody elsewhere", local, "/", func(r *http.Request) { r.RemoteAddr = "10.1.2.3:5000" }, 403, "admin.console=read"},
		{"somebody behind a proxy", local, "/", set("X-Forwarded-For", "10.1.2.3"), 403, "admin.console=read"},
		{"somebody behind a proxy that follows RFC 7239", local, "/", set("Forwarded", "for=10.1.2.3"), 403, "through a proxy"},
		{"somebody behind a proxy that says little", local, "/", set("X-Forwarded-Proto", "https"), 403, "through a proxy"},
		{"somebody behind a proxy that keeps the name", local, "/", host("zk.example.com"), 403, "under the name localhost"},
		{"somebody behind a proxy that keeps the address", local, "/", host("10.0.0.1"), 403, "under the name localhost"},
		{"somebody behind nginx as it comes", local, "/", func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 1, 0 }, 403, "through a proxy"},
		{"a page that a silent proxy shows", local, "/console/data/server", set(pageField, "zk.example.com"), 403, "through a proxy"},
		{"a page that is shown here", local, "/console/data/server", set(pageField, "127.0.0.1:8080"), 200, `"version"`},
		{"a page through a tunnel of ssh", local, "/console/data/server", func(r *http.Request) {
			r.Host = "localhost:9000"
			r.Header.Set(pageField, "localhost:9000")
		}, 200, `"version"`},
		{"a page behind a proxy, where that is wanted", open, "/console/data/server", set(pageField, "zk.example.com"), 200, `"version"`},
		{"the machine's name, which a proxy may have too", local, "/", host("me:8080"), 403, "under the name localhost"},
		{"the machine's name, where others may come", open, "/", host("me:8080"), 200, "<!doctype html>"},
		{"a name of this machine that is configured", alias, "/", host("alias.example:8080"), 200, "<!doctype html>"},
		{"a name with its port", open, "/", host("zk2.example.com:8443"), 200, "<!doctype html>"},
		{"a name with another port", open, "/", host("zk2.example.com:8080"), 421, "admin.console.hosts"},
		{"this machine by its outer address", local, "/", func(r *http.Request) {
			outer := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 8080}
			*r = *r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, outer))
		}, 403, "admin.console=read"},
		{"somebody elsewhere, where that is wanted", open, "/", func(r *http.Request) { r.RemoteAddr = "10.1.2.3:5000" }, 200, "<!doctype html>"},
		{"a name that was made to point here", open, "/console/data/server", host("evil.example:8080"), 421, "admin.console.hosts"},
		{"a name like ours", open, "/", host("zk1.example.com.evil.example"), 421, "admin.console.hosts"},
		{"a name that is ours", open, "/", host("ZK1.example.com.:8080"), 200, "<!doctype html>"},
		{"no name", open, "/", host(""), 421, "admin.console.hosts"},
		{"a script of another site", open, "/console/data/server", func(r *http.Request) { r.Header.Del(asker) }, 403, "own page"},
		{"another site that has found a way", open, "/console/data/server", set("Sec-Fetch-Site", "cross-site"), 403, "own page"},
		{"a neighbour", open, "/console/data/server", set("Sec-Fetch-Site", "same-site"), 403, "own page"},
		{"a write", open, "/console/data/znode?path=/", func(r *http.Request) { r.Method = http.MethodPost }, 405, "GET, HEAD"},
		{"an edit", open, "/console/edit/data", func(r *http.Request) { r.Method = http.MethodPost }, 403, "admin.console=write"},
		{"an edit where it may not be", Config{ReadsBecause: "Certificates."}, "/console/edit/data", func(r *http.Request) { r.Method = http.MethodPost }, 403, "only reads. Certificates."},
		{"half a method", open, "/console/data/server", func(r *http.Request) { r.Method = "E" }, 405, "GET, HEAD"},
		{"what other sites ask before they ask", open, "/console/data/server", func(r *http.Request) { r.Method = http.MethodOptions }, 405, "GET, HEAD"},
		{"a file that there is not", open, "/console/../console.go", nil, 307, ""},
		{"another file that there is not", open, "/console/doc.go", nil, 404, ""},
	} {
		w := asked(made(c.cfg), c.path, c.change)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %.100q, want %d %q", c.name, w.Code, w.Body, c.status, c.says)
		}
	}
}

func TestOtherPathsAreNotTheConsoles(t *testing.T) {
	other := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	h := made(Config{}).In(other)
	for path, status := range map[string]int{
		"/": 200, "/console/": 404, "/console/style.css": 200, "/commands": 418, "/commands/stat": 418, "/consoles": 418, "/healthz": 418, "/x/": 418,
	} {
		if got := asked(h, path, nil).Code; got != status {
			t.Errorf("%s: %d, want %d", path, got, status)
		}
	}
	if !Claims("/console") || Claims("/commands") {
		t.Error("Claims is wrong of /console or /commands")
	}
}

func TestAnswersHoldWhatWasAsked(t *testing.T) {
	c := made(Config{Version: "3.9.5-paddock"})
	alice := func(r *http.Request) {
		r.Header.Add(identityField, base64.StdEncoding.EncodeToString([]byte("alice:sécret")))
	}
	odd := "/console/data/znode?path=%2F%3C%2Fscript%3E"
	for _, q := range []struct {
		path   string
		change func(*http.Request)
		status int
		says   string // a regular expression
	}{
		{"/console/data/znode?path=/none", nil, 404, `{"error":"no such znode"}`},
		{"/console/data/znode?path=none", nil, 400, `the path \\"none\\": path must start with /`},
		{"/console/data/znode", nil, 400, "path length"},
		{odd, nil, 403, `{"error":"these identities may not see it"}`},
		{odd, alice, 200, `"czxid":"0x1000000000000000".*"owner":"0xffffffffffffffff"`},
		{odd, alice, 200, `{"acl":\[{"id":"alice:x","perms":"ra","scheme":"digest"}\],"aclCount":1,"data":"PGI\+`},
		{odd, alice, 200, `"kind":"ttl","null":false,"path":"/\\u003c/script\\u003e"`},
		{odd, func(r *http.Request) { r.Header.Set(identityField, "alice:secret") }, 400, "base64"},
		{odd, func(r *http.Request) {
			for range secretsMax + 1 {
				alice(r)
			}
		}, 400, "at most"},
		{"/console/data/children?path=/&prefix=p&after=a", nil, 200, `{"names":\["p\\u003c","a"\],"total":500,"more":true}`},
		{"/console/data/watchers?path=/", nil, 200, `{"sessions":\["0xfffffffffffffffe"\],"total":7}`},
		{"/console/data/sessions", nil, 200, `"id":"0xff".*"strangers":\[\]`},
		{"/console/data/session?id=0x1ff", nil, 200, `"paths":\["/a"\].*"watches":\[\]`},
		{"/console/data/session?id=1ff", nil, 200, `"ephemerals":2`},
		{"/console/data/session?id=0x1", nil, 404, "no such session"},
		{"/console/data/session?id=zz", nil, 400, "hexadecimal"},
		{"/console/data/history?after=x", nil, 400, "must be a number"},
		{"/console/data/whoami", alice, 200, `{"identities":\["world:anyone","ip:127.0.0.1","digest:alice"\]}`},
		{"/console/data/server", nil, 200, `{"serving":false,"version":"3.9.5-paddock"}`},
	} {
		w := asked(c, q.path, q.change)
		if w.Code != q.status || !regexp.MustCompile(q.says).MatchString(w.Body.String()) {
			t.Errorf("%s: %d %.300s, want %d %s", q.path, w.Code, w.Body, q.status, q.says)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: no JSON: %.300s", q.path, w.Body)
		}
	}
}

const fakePath = "?path=%2F%3C%2Fscript%3E"

func asAlice(r *http.Request) {
	r.Header.Set(identityField, base64.StdEncoding.EncodeToString([]byte("alice:sécret")))
}

func TestAtFirstTheBeginningOfLongDataComes(t *testing.T) {
	var z struct{ Data []byte }
	if err := json.Unmarshal(asked(made(Config{}), dataPath+"znode"+fakePath, asAlice).Body.Bytes(), &z); err != nil || len(z.Data) != dataFirst {
		t.Errorf("%d bytes, %v", len(z.Data), err)
	}
}

func TestAWholeValueIsSentPieceByPiece(t *testing.T) {
	src := &fake{}
	c := New(Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, src)
	w := asked(c, dataPath+"value"+fakePath, asAlice)
	if w.Code != http.StatusOK || w.Body.String() != strings.Repeat("<b>", fakeData)[:fakeData] || w.Header().Get(versionField) != "7" {
		t.Errorf("%d: %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	if w.Header().Get("Content-Type") != "application/octet-stream" || w.Header().Get("Content-Length") != strconv.Itoa(fakeData) {
		t.Errorf("the file has %v", w.Header())
	}
	if !slices.Equal(src.pieces, []int{0, dataFirst, 2 * dataFirst, 3 * dataFirst}) {
		t.Errorf("asked for %v", src.pieces)
	}
	for path, status := range map[string]int{"?path=/none": 404, "?path=none": 400} {
		if got := asked(c, dataPath+"value"+path, nil); got.Code != status || !json.Valid(got.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	if got := asked(c, dataPath+"value"+fakePath, nil); got.Code != http.StatusForbidden {
		t.Errorf("for nobody: %d", got.Code)
	}
}

func TestAValueThatChangesWhileItIsSentEndsEarly(t *testing.T) {
	c := New(Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, &fake{changesAt: dataFirst + 1})
	w := asked(c, dataPath+"value"+fakePath, asAlice)
	if w.Body.Len() != 2*dataFirst || w.Header().Get("Content-Length") != strconv.Itoa(fakeData) {
		t.Errorf("%d bytes of %v", w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

func TestALongACLIsShownInPart(t *testing.T) {
	many, long := make([]zk.ACL, listedMax+1), []zk.ACL{{ID: zk.ID{ID: "short"}}, {ID: zk.ID{ID: strings.Repeat("x", listedBytes)}}}
	if a, b := len(entriesShown(many)), len(entriesShown(long)); a != listedMax || b != 1 {
		t.Errorf("%d and %d entries", a, b)
	}
}

func TestOneQuestionAtATimeReachesTheServer(t *testing.T) {
	c := made(Config{})
	c.turn <- struct{}{} // somebody's question is on its way
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.inTurn(c.server)(ctx, request{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-c.turn
	if _, err := c.inTurn(c.server)(t.Context(), request{}); err != nil || len(c.turn) != 0 {
		t.Errorf("got %v, and %d still have the turn", err, len(c.turn))
	}
}

func TestAFileThatTheBrowserHasIsNotSentAgain(t *testing.T) {
	c := made(Config{})
	first := asked(c, "/console/main.js", nil)
	again := asked(c, "/console/main.js", func(r *http.Request) { r.Header.Set("If-None-Match", first.Header().Get("ETag")) })
	if first.Code != 200 || first.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("%d, then %d with %d bytes", first.Code, again.Code, again.Body.Len())
	}
}

// The page's sources: nothing writes HTML, runs text, or asks elsewhere; what a file imports is there.
func TestTheSourcesDoNothingDangerous(t *testing.T) {
	all := files()
	if len(all) < 8 {
		t.Fatalf("only %d files", len(all))
	}
	banned := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|srcdoc|javascript:|localStorage|sessionStorage|document\.cookie|style=|\son[a-z]+=|https?://`)
	imports := regexp.MustCompile(`from '\./([^']+)'|(?:src|href)="/console/([^"]+)"`)
	for name, f := range all {
		text := strings.ReplaceAll(string(f.content), "http://www.w3.org/2000/svg", "") // the name of a format
		if found := banned.FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			if _, there := all[m[1]+m[2]]; !there {
				t.Errorf("%s wants %s, which there is not", name, m[1]+m[2])
			}
		}
		if f.mime == "" {
			t.Errorf("%s has no type", name)
		}
	}
}

// A server that answers to Measure only from the third time on: it loads its data.
type loading struct {
	fake

	asked int
	done  context.CancelFunc
}

func (l *loading) Measure(context.Context) (*Measure, error) {
	if l.asked++; l.asked < 3 {
		return nil, errors.New("not yet")
	}
	if l.asked == 5 {
		l.done()
	}
	return &Measure{Requests: int64(l.asked)}, nil
}

func TestMeasuringBeginsWhenTheServerServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := New(Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, &loading{done: cancel})
		begin := time.Now()
		c.Run(ctx)
		if points, _ := c.history.after(0); len(points) != 2 || points[1].AtMs-points[0].AtMs != sampleEvery.Milliseconds() {
			t.Errorf("got %+v", points)
		}
		if took := time.Since(begin); took != 2*retryEvery+2*sampleEvery {
			t.Errorf("it ended after %v", took)
		}
		if m := c.history.newest(); m == nil || m.Requests != 5 {
			t.Errorf("the newest is %+v", m)
		}
	})
}

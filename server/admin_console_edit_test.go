package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/audit"
	"paddock/client"
	"paddock/codec"
	"paddock/config"
	"paddock/console"
	"paddock/zk"
)

// wish is what the console's page sends.
type wish map[string]any

// token asks for what an edit must bring.
func (r *runner) token() string {
	r.t.Helper()
	_, about := r.consoleGet("server", "")
	token, _ := about["token"].(string)
	return token
}

// edit sends an edit as the page does, as a user (user:password) or as nobody, and gives the status and the last line of the answer.
func (r *runner) edit(what, user string, q wish) (int, map[string]any) {
	r.t.Helper()
	return r.editWith(what, user, q, nil)
}

func (r *runner) editWith(what, user string, q wish, spoil func(*http.Request)) (int, map[string]any) {
	r.t.Helper()
	body, err := json.Marshal(q)
	check(r.t, err)
	h, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://"+r.s.AdminAddr().String()+"/console/edit/"+what, bytes.NewReader(body))
	check(r.t, err)
	h.Header.Set("X-Paddock-Console", "1")
	h.Header.Set("X-Paddock-Token", r.token())
	h.Header.Set("Origin", "http://"+h.Host)
	h.Header.Set("Content-Type", "application/json")
	if user != "" {
		h.Header.Set("X-Paddock-Identity", base64.StdEncoding.EncodeToString([]byte(user)))
	}
	if spoil != nil {
		spoil(h)
	}
	got, err := (&http.Client{Timeout: patience}).Do(h)
	check(r.t, err)
	defer func() { _ = got.Body.Close() }() // it is read to its end
	text, err := io.ReadAll(got.Body)
	check(r.t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	answer := map[string]any{}
	if json.Unmarshal([]byte(lines[len(lines)-1]), &answer) != nil {
		answer["error"] = string(text)
	}
	return got.StatusCode, answer
}

// wantEdit checks the status of an edit, and the error if it has one.
func (r *runner) wantEdit(status int, says, what, user string, q wish) map[string]any {
	r.t.Helper()
	got, answer := r.edit(what, user, q)
	if message, _ := answer["error"].(string); got != status || !strings.Contains(message, says) || (says == "") != (message == "") {
		r.t.Errorf("%s %v as %q: %d %v, want %d %q", what, q["path"], user, got, answer, status, says)
	}
	return answer
}

func anyone() []wish { return []wish{{"scheme": "world", "id": "anyone", "perms": "cdrwa"}} }

func editable(t *testing.T, lines ...string) *runner {
	t.Helper()
	return newPlace(t, adminLines(append(lines, "admin.console=write", "extendedTypesEnabled=true")...)...).start(t)
}

const bob = "bob:secret"

func TestTheConsoleMakesZnodesOfEveryKindThatNeedsNoSession(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	for mode, want := range map[string]string{
		"persistent": "/persistent", "persistent_sequential": "/persistent_sequential0000000", "container": "/container", "ttl": "/ttl",
		"ttl_sequential": "/ttl_sequential0000000",
	} {
		answer := r.wantEdit(http.StatusOK, "", "create", bob, wish{"path": "/" + mode, "mode": mode, "ttlMs": 60000, "data": []byte(mode), "acl": anyone()})
		path, _ := answer["path"].(string)
		data, _, err := c.GetData(path, false)
		check(t, err)
		if !strings.HasPrefix(path, want) || string(data) != mode {
			t.Errorf("%s: %s holds %q", mode, path, data)
		}
		_, z := r.consoleGet("znode", "", "path", path)
		if kind := strings.TrimSuffix(mode, "_sequential"); z["kind"] != kind {
			t.Errorf("%s is %v", mode, z["kind"])
		}
	}
	r.wantEdit(http.StatusBadRequest, "would end with the edit", "create", bob, wish{"path": "/e", "mode": "ephemeral", "acl": anyone()})
	r.wantEdit(http.StatusBadRequest, "time to live", "create", bob, wish{"path": "/e", "mode": "ttl", "acl": anyone()})
	r.wantEdit(http.StatusConflict, "already", "create", bob, wish{"path": "/ttl", "mode": "persistent", "acl": anyone()})
	r.wantEdit(http.StatusConflict, "no parent", "create", bob, wish{"path": "/no/parent", "mode": "persistent", "acl": anyone()})
	r.wantEdit(http.StatusBadRequest, "path", "create", bob, wish{"path": "relative", "mode": "persistent", "acl": anyone()})
	r.wantEdit(http.StatusBadRequest, "needs an entry", "create", bob, wish{"path": "/e", "mode": "persistent"})
}

func TestAChangeThatWasNotSeenIsNotOverwritten(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	create(t, c, "/a", []byte("old"), zk.OpenACL())
	_, err := c.SetData("/a", []byte("other"), -1) // while somebody looks at version 0
	check(t, err)
	const lost = "somebody has changed it since you looked"
	r.wantEdit(http.StatusConflict, lost, "data", bob, wish{"path": "/a", "data": []byte("mine"), "version": 0})
	r.wantEdit(http.StatusConflict, lost, "delete", bob, wish{"path": "/a", "version": 0})
	r.wantEdit(http.StatusConflict, lost, "acl", bob, wish{"path": "/a", "acl": anyone(), "version": 7})
	for _, q := range []wish{{"path": "/a", "data": []byte("mine")}, {"path": "/a", "data": []byte("mine"), "version": -1}} {
		r.wantEdit(http.StatusBadRequest, "version that was seen", "data", bob, q)
	}
	if data, _, err := c.GetData("/a", false); err != nil || string(data) != "other" {
		t.Fatalf("%q, %v", data, err)
	}
	r.wantEdit(http.StatusOK, "", "data", bob, wish{"path": "/a", "data": []byte("mine"), "version": 1})
	if data, stat, err := c.GetData("/a", false); err != nil || string(data) != "mine" || stat.Version != 2 {
		t.Errorf("%q, %+v, %v", data, stat, err)
	}
	r.wantEdit(http.StatusOK, "", "delete", bob, wish{"path": "/a", "version": 2})
	r.wantEdit(http.StatusConflict, "no such znode", "delete", bob, wish{"path": "/a", "version": 2})
}

// An edit is a client's write: others' watches fire, the log has it after a restart, and no session stays behind.
func TestEditsAreWritesLikeAnyOther(t *testing.T) {
	p := newPlace(t, adminLines("admin.console=write")...)
	r := p.start(t)
	events := make(chan client.Event, 1)
	c := r.dial(client.Options{OnEvent: func(e client.Event) { events <- e }})
	create(t, c, "/a", nil, zk.OpenACL())
	_, _, err := c.GetData("/a", true)
	check(t, err)
	r.wantEdit(http.StatusOK, "", "data", bob, wish{"path": "/a", "data": []byte("new"), "version": 0})
	if e := <-events; e.Path != "/a" || e.Type != zk.EventNodeDataChanged {
		t.Errorf("the watch said %+v", e)
	}
	waitFor(t, "the edit's session to end", func() bool {
		_, all := r.consoleGet("sessions", "")
		return all["sessionCount"] == 1.0 && all["connCount"] == 1.0
	})
	c.Disconnect()
	r.stop()
	if got := p.peek(t).znodes["/a"]; got.data != "new" || got.stat.Version != 1 {
		t.Errorf("after a restart: %+v", got)
	}
}

func TestEditsNeedAnIdentityAndItsRights(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	create(t, c, "/hers", []byte("old"), alices)
	create(t, c, "/here", nil, []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "ip", ID: "127.0.0.1"}}})
	q := wish{"path": "/hers", "data": []byte("new"), "version": 0}
	r.wantEdit(http.StatusForbidden, "enter an identity first", "data", "", q)
	r.wantEdit(http.StatusForbidden, "may not do it", "data", bob, q)
	r.wantEdit(http.StatusForbidden, "may not do it", "create", bob, wish{"path": "/hers/x", "mode": "persistent", "acl": anyone()})
	r.wantEdit(http.StatusForbidden, "may not do it", "acl", bob, wish{"path": "/hers", "acl": anyone(), "version": 0})
	r.wantEdit(http.StatusOK, "", "data", "alice:secret", q)
	r.wantEdit(http.StatusOK, "", "data", "super:secret", wish{"path": "/hers", "data": []byte("super"), "version": 1})
	r.wantEdit(http.StatusOK, "", "data", bob, wish{"path": "/here", "data": []byte("new"), "version": 0}) // by his address
	// The scheme auth stands for who has entered what.
	r.wantEdit(http.StatusOK, "", "create", "alice:secret", wish{"path": "/own", "mode": "persistent", "acl": []wish{{"scheme": "auth", "id": "", "perms": "cdrwa"}}})
	if acl, _, err := c.GetACL("/own"); err == nil || len(acl) > 0 { // nobody else may see it
		t.Errorf("%v %v", acl, err)
	}
	if status, z := r.consoleGet("znode", "alice:secret", "path", "/own"); status != http.StatusOK || !strings.Contains(fmt.Sprint(z["acl"]), "alice:x") {
		t.Errorf("%d %v", status, z)
	}
}

// The page never sees a digest. What it does not touch must not become what it has seen.
func TestAnEntryThatIsKeptKeepsItsDigest(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	create(t, c, "/hers", nil, alices)
	kept := []wish{{"scheme": "digest", "id": "alice:x", "perms": "ra", "kept": 0}, {"scheme": "world", "id": "anyone", "perms": "r"}}
	r.wantEdit(http.StatusOK, "", "acl", "alice:secret", wish{"path": "/hers", "acl": kept, "version": 0})
	var got []zk.ACL
	check(t, r.s.ask(t.Context(), func() {
		tr := r.s.proc.Tree()
		got = slices.Clone(tr.ACLList(tr.ACLRef(tr.Lookup("/hers"))))
	}))
	want := []zk.ACL{{Perms: zk.PermRead | zk.PermAdmin, ID: alices[0].ID}, {Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	r.wantEdit(http.StatusConflict, "since you looked", "acl", "alice:secret", wish{"path": "/hers", "acl": kept, "version": 0})
	kept[0]["kept"] = 5
	r.wantEdit(http.StatusConflict, "since you looked", "acl", "alice:secret", wish{"path": "/hers", "acl": kept, "version": 1})
	r.wantEdit(http.StatusBadRequest, "does not take this ACL", "acl", "alice:secret", wish{"path": "/hers", "acl": []wish{{"scheme": "no", "id": "x", "perms": "r"}}, "version": 1})
}

// A digest that is kept must be one that its keeper could read: written to a znode of his own, it would tell him.
func TestNobodyKeepsADigestThatHeMayNotRead(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	create(t, c, "/hers", nil, alices)
	kept := console.ACLEntry{ACL: zk.ACL{Perms: zk.PermRead}, Kept: 0}
	own := console.ACLEntry{ACL: zk.ACL{Perms: zk.PermAll, ID: zk.ID{Scheme: "auth"}}, Kept: -1}
	by := console.Author{From: netip.MustParseAddrPort("127.0.0.1:1"), Secrets: []string{bob}}
	for _, e := range []console.Edit{
		{Op: zk.OpCreate, Path: "/hers", Mode: zk.ModePersistentSequential, ACL: []console.ACLEntry{kept, own}},
		{Op: zk.OpSetACL, Path: "/hers", ACL: []console.ACLEntry{kept, own}},
	} {
		if path, err := (inside{r.s}).Edit(t.Context(), by, &e); !errors.Is(err, console.RefusedError(zk.ErrNoAuth)) {
			t.Errorf("%v: %s, %v", e.Op, path, err)
		}
	}
	if names, _, err := c.GetChildren2("/", false); err != nil || slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "hers0") }) {
		t.Errorf("there are %v, %v", names, err)
	}
}

// hasty is a context that ends as soon as a guest has been let in.
type hasty struct {
	context.Context

	looks int
	over  chan struct{}
}

func (h *hasty) Done() <-chan struct{} {
	if h.looks++; h.looks == 1 {
		return nil
	}
	return h.over
}

func (h *hasty) Err() error { return context.Canceled }

// Who has gone before his session was there leaves none behind.
func TestAGuestWhoLeavesAtOnceIsForgotten(t *testing.T) {
	r := editable(t, "minSessionTimeout=600000", "maxSessionTimeout=600000") // far longer than the wait below
	over := make(chan struct{})
	close(over)
	for range 10 {
		if g, err := r.s.visit(&hasty{Context: t.Context(), over: over}, netip.MustParseAddrPort("127.0.0.1:1"), []string{bob}); err == nil {
			g.leave() // chance has given him what he waited for
		}
	}
	waitFor(t, "the sessions to end", func() bool {
		_, all := r.consoleGet("sessions", "")
		return all["sessionCount"] == 0.0 && all["connCount"] == 0.0
	})
}

func TestASubtreeIsDeletedChildrenFirst(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	grow(t, c, "/big", 3, 300)
	counted := r.wantEdit(http.StatusOK, "", "below", bob, wish{"path": "/big"})
	if counted["znodes"] != 904.0 || counted["dataBytes"] != 4.0*903 || counted["more"] != false {
		t.Errorf("counted %v", counted)
	}
	answer := r.wantEdit(http.StatusOK, "", "deletebelow", bob, wish{"path": "/big"})
	if answer["deleted"] != 904.0 || answer["done"] != true {
		t.Errorf("%v", answer)
	}
	_, _, err := c.GetData("/big", false)
	wantCode(t, err, zk.ErrNoNode)
	for _, path := range []string{"/", "/zookeeper", "/zookeeper/quota"} {
		r.wantEdit(http.StatusBadRequest, "the server's own", "deletebelow", bob, wish{"path": path})
	}
	r.wantEdit(http.StatusNotFound, "no such znode", "deletebelow", bob, wish{"path": "/big"})
}

// grow makes a subtree: a top without data, some parents, and in each of them some children.
func grow(t *testing.T, c *client.Client, top string, parents, children int) {
	t.Helper()
	create(t, c, top, nil, zk.OpenACL())
	for i := range parents {
		parent := fmt.Sprintf("%s/p%d", top, i)
		create(t, c, parent, []byte("data"), zk.OpenACL())
		for n := range children {
			q := codec.CreateRequest{Path: fmt.Sprintf("%s/c%d", parent, n), Data: []byte("data"), ACL: zk.OpenACL()}
			check(t, c.SendCreate(zk.OpCreate, &q, 0, func(*client.Reply) {}))
		}
	}
	check(t, c.Sync("/"))
}

// What may not be listed, or not be deleted, ends a deletion: the rest stays, and how much is gone is told.
func TestADeletionEndsAtWhatIsForbidden(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	grow(t, c, "/big", 2, 5)
	read := []zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
	_, err := c.SetACL("/big/p1", alices, -1)
	check(t, err)
	_, answer := r.edit("deletebelow", bob, wish{"path": "/big"})
	if text, _ := answer["error"].(string); !strings.Contains(text, `may not see it: "/big/p1"`) {
		t.Errorf("what may not be listed: %v", answer)
	}
	grow(t, c, "/open", 1, 5)
	_, err = c.SetACL("/open/p0", read, -1)
	check(t, err)
	r.wantEdit(http.StatusForbidden, `may not do it: "/open/p0/`, "deletebelow", bob, wish{"path": "/open"})
	if names, _, err := c.GetChildren2("/open/p0", false); err != nil || len(names) != 5 {
		t.Errorf("%v are left, %v", names, err)
	}
}

// Who goes stops what he has begun, behind the burst that is on its way.
func TestADeletionStopsOnDemand(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	grow(t, c, "/big", 2, 2*belowStep)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	by := console.Author{From: netip.MustParseAddrPort("127.0.0.1:1"), Secrets: []string{bob}}
	err := inside{r.s}.DeleteBelow(ctx, by, "/big", func(int) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	left := r.wantEdit(http.StatusOK, "", "below", bob, wish{"path": "/big"})
	if left["znodes"] != 3.0+3*belowStep {
		t.Errorf("left: %v", left)
	}
	waitFor(t, "the deletion's session to end", func() bool {
		_, all := r.consoleGet("sessions", "")
		return all["sessionCount"] == 1.0
	})
	if !r.log.heard("/big and all below result=failure") {
		t.Error("the log does not know of it")
	}
}

func TestEveryEditIsAuditedAndLoggedWithoutSecrets(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	p := newPlace(t, adminLines("admin.console=write")...)
	r := p.startIn(t, Env{Audit: func(e *audit.Event) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s", e.User, e.IP, e.Operation, e.Znode, e.Result))
	}})
	r.wantEdit(http.StatusOK, "", "create", bob, wish{"path": "/a", "mode": "persistent", "data": []byte("treasure"), "acl": anyone()})
	r.wantEdit(http.StatusConflict, "already", "create", bob, wish{"path": "/a", "mode": "persistent", "acl": anyone()})
	r.wantEdit(http.StatusOK, "", "deletebelow", bob, wish{"path": "/a"})
	mu.Lock()
	defer mu.Unlock()
	want := []string{"bob,127.0.0.1 127.0.0.1 create /a success", "bob,127.0.0.1 127.0.0.1 create /a failure", "bob,127.0.0.1 127.0.0.1 delete /a success"}
	if !slices.Equal(lines, want) {
		t.Errorf("the audit log has %q", lines)
	}
	for _, text := range []string{"operation=create znode=/a result=success", "operation=create znode=/a result=failure", "operation=delete"} {
		if !r.log.heard(text) {
			t.Errorf("the server's log lacks %q", text)
		}
	}
	if r.log.heard("bob:secret") || r.log.heard("treasure") || r.log.heard(base64.StdEncoding.EncodeToString([]byte(bob))) {
		t.Error("the log has what was entered")
	}
}

func TestEditsFromElsewhereAreRefused(t *testing.T) {
	r := editable(t)
	c := r.dial(client.Options{})
	create(t, c, "/a", nil, zk.OpenACL())
	set := func(name, value string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set(name, value) }
	}
	for name, spoil := range map[string]func(*http.Request){
		"no token":                   set("X-Paddock-Token", ""),
		"another token":              set("X-Paddock-Token", "AAAA"),
		"another site":               set("Origin", "http://evil.example"),
		"a page without an origin":   set("Origin", "null"),
		"no origin":                  set("Origin", ""),
		"a neighbour":                set("Sec-Fetch-Site", "same-site"),
		"a form":                     set("Content-Type", "application/x-www-form-urlencoded"),
		"plain text":                 set("Content-Type", "text/plain"),
		"no header of ours":          set("X-Paddock-Console", ""),
		"a name that is made for it": func(q *http.Request) { q.Host = "evil.example"; q.Header.Set("Origin", "http://evil.example") },
		"GET":                        func(q *http.Request) { q.Method = http.MethodGet },
		"no JSON":                    func(q *http.Request) { q.Body, q.ContentLength = io.NopCloser(strings.NewReader("{")), 1 },
		"what is not known":          func(q *http.Request) { q.Body, q.ContentLength = io.NopCloser(strings.NewReader(`{"x":1}`)), 7 },
	} {
		if status, answer := r.editWith("delete", bob, wish{"path": "/a", "version": 0}, spoil); status < 400 || status >= 500 {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	_, _, err := c.GetData("/a", false)
	check(t, err) // it is still there
}

func TestAConsoleThatReadsDoesNotEdit(t *testing.T) {
	for _, line := range []string{"", "admin.console=read"} {
		r := newPlace(t, adminLines(line)...).start(t)
		r.wantEdit(http.StatusForbidden, "admin.console=write", "create", bob, wish{"path": "/a", "mode": "persistent", "acl": anyone()})
		if r.token() != "" {
			t.Errorf("%q: there is a token", line)
		}
	}
}

func TestEditsKeepTheBoundsOfRequests(t *testing.T) {
	p := newPlace(t, adminLines("admin.console=write")...)
	p.props = map[string]string{"jute.maxbuffer": "100000"}
	r := p.start(t)
	q := wish{"path": "/a", "mode": "persistent", "data": make([]byte, 100001), "acl": anyone()}
	r.wantEdit(http.StatusRequestEntityTooLarge, "larger than a request may be", "create", bob, q)
	q["data"] = make([]byte, 99000)
	r.wantEdit(http.StatusOK, "", "create", bob, q)
}

// What was sent may still be written: the user is told to look, and not that it has failed.
func TestAnEditThatTakesTooLongIsNotCalledAFailure(t *testing.T) {
	r := editable(t)
	asking, release, asked := make(chan struct{}), make(chan struct{}), make(chan error)
	g, err := r.s.visit(t.Context(), netip.MustParseAddrPort("127.0.0.1:1"), []string{bob})
	check(t, err)
	defer g.leave()
	go func() { asked <- r.s.ask(t.Context(), func() { close(asking); <-release }) }() // the server is busy
	<-asking
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = g.call(ctx, zk.OpDelete, codec.AppendPathVersion(nil, "/a", 0))
	if !errors.Is(known(err), console.RefusedError(zk.ErrSessionExpired)) {
		t.Errorf("%v became %v", err, known(err))
	}
	close(release)
	check(t, <-asked)
}

func TestEditsNeedTheIdentityThatClientsMustProve(t *testing.T) {
	r := editable(t, "enforce.auth.enabled=true", "enforce.auth.schemes=digest")
	r.wantEdit(http.StatusForbidden, "enter an identity", "create", "", wish{"path": "/a", "mode": "persistent", "acl": anyone()})
	r.wantEdit(http.StatusOK, "", "create", bob, wish{"path": "/a", "mode": "persistent", "acl": anyone()})
}

func TestAServerThatDoesNotServeSaysSoToWhoEdits(t *testing.T) {
	r := editable(t)
	r.stop()
	e := console.Edit{Op: zk.OpDelete, Path: "/a"}
	if _, err := (inside{r.s}).Edit(t.Context(), console.Author{From: netip.MustParseAddrPort("127.0.0.1:1")}, &e); err == nil || !strings.Contains(err.Error(), "does not serve") {
		t.Errorf("got %v", err)
	}
}

func TestWhereEveryClientShowsACertificateTheConsoleDoesNotEdit(t *testing.T) {
	for auth, refuses := range map[string]bool{"need": true, "": true, "None": false, "want": false} {
		var told bytes.Buffer
		cfg := &config.Config{ClientPort: -1}
		cfg.TLS.ClientAuth, cfg.Admin.Address = auth, "127.0.0.1"
		s := &Server{cfg: cfg, log: slog.New(slog.NewTextHandler(&told, nil))}
		e, why := s.editor()
		if told := strings.Contains(told.String(), "the console only reads"); told != refuses || (e == nil) != refuses || strings.Contains(why, "certificate") != refuses {
			t.Errorf("ssl.clientAuth=%s: %v, %q, and warned: %v", auth, e, why, told)
		}
		told.Reset()
		cfg.ClientPort = 2181
		if e, why := s.editor(); e == nil || why != "" || told.Len() > 0 {
			t.Errorf("beside a port for everybody: %v, %q, %s", e, why, &told)
		}
	}
}

func TestEditingInTheClearIsWarnedOf(t *testing.T) {
	const warning = "open to other machines in the clear"
	if r := editable(t); r.log.heard(warning) {
		t.Error("there is a warning, though it is for this machine only")
	}
	if r := editable(t, "admin.serverAddress=0.0.0.0"); !r.log.heard(warning) {
		t.Error("there is no warning")
	}
}

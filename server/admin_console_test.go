package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/console"
	"paddock/zk"
)

// consoleGet asks the console as its page does, as a user (user:password) or as nobody, and gives status and answer.
func (r *runner) consoleGet(what, user string, params ...string) (int, map[string]any) {
	r.t.Helper()
	query := url.Values{}
	for i := 0; i < len(params); i += 2 {
		query.Set(params[i], params[i+1])
	}
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://"+r.s.AdminAddr().String()+"/console/data/"+what+"?"+query.Encode(), nil)
	check(r.t, err)
	q.Header.Set("X-Paddock-Console", "1")
	if user != "" {
		q.Header.Set("X-Paddock-Identity", base64.StdEncoding.EncodeToString([]byte(user)))
	}
	got, err := (&http.Client{Timeout: patience}).Do(q)
	check(r.t, err)
	defer func() { _ = got.Body.Close() }() // it is read to its end
	var body map[string]any
	check(r.t, json.NewDecoder(got.Body).Decode(&body))
	return got.StatusCode, body
}

// names are the names of a page of children.
func names(body map[string]any, field string) (all []string) {
	list, _ := body[field].([]any)
	for _, one := range list {
		all = append(all, fmt.Sprint(one))
	}
	return all
}

var alices = []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="}}} // alice:secret

func TestTheConsolePagesThroughManyChildren(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	create(t, c, "/many", nil, zk.OpenACL())
	var want []string
	for i := range 2345 {
		name := fmt.Sprintf("n%d", i*7919%2345)
		want = append(want, name)
		check(t, c.SendCreate(zk.OpCreate, &codec.CreateRequest{Path: "/many/" + name, ACL: zk.OpenACL()}, 0, func(*client.Reply) {}))
	}
	check(t, c.Sync("/"))
	slices.Sort(want)

	var got []string
	for after, more := "", true; more; {
		status, page := r.consoleGet("children", "", "path", "/many", "after", after)
		part := names(page, "names")
		if status != http.StatusOK || page["total"] != 2345.0 || len(part) == 0 || len(part) > 500 {
			t.Fatalf("%d: %d names, %v in all", status, len(part), page["total"])
		}
		got, after, more = append(got, part...), part[len(part)-1], page["more"] == true
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d names came page by page, not the %d that there are", len(got), len(want))
	}
	_, page := r.consoleGet("children", "", "path", "/many", "prefix", "n234")
	if part := names(page, "names"); !slices.Equal(part, []string{"n234", "n2340", "n2341", "n2342", "n2343", "n2344"}) || page["more"] != false {
		t.Errorf("by prefix: %v, more: %v", part, page["more"])
	}
}

func TestAPageOfLongNamesIsShort(t *testing.T) {
	first := firstNames{q: console.ChildrenQuery{Limit: 3, Bytes: 10}}
	var all, got []string
	for i := range 50 {
		all = append(all, strings.Repeat(string(rune('a'+i*7%50)), i%13+1))
	}
	for pages := 0; pages == 0 || first.more; pages++ {
		first = firstNames{q: first.q}
		if len(got) > 0 {
			first.q.After = got[len(got)-1]
		}
		for _, name := range all {
			first.offer([]byte(name))
			if len(first.names) > 2*first.q.Limit || first.bytes > 2*first.q.Bytes+13 {
				t.Fatalf("%q are kept", first.names)
			}
		}
		page := first.page()
		if n := len(strings.Join(page.Names, "")); len(page.Names) > 3 || len(page.Names) > 1 && n > 10 || len(page.Names) == 0 {
			t.Fatalf("a page of %q", page.Names)
		}
		got = append(got, page.Names...)
	}
	slices.Sort(all)
	if !slices.Equal(got, all) {
		t.Errorf("page by page came %q, want %q", got, all)
	}
}

func TestAListOfLongPathsIsShort(t *testing.T) {
	list := paths{limit: 10}
	for list.room() {
		list.add(strings.Repeat("x", pathBytesMax/4))
	}
	if len(list.all) != 4 {
		t.Errorf("%d paths", len(list.all))
	}
}

// A proxy on this machine would make everybody one of this machine.
func TestAProxyDoesNotOpenTheConsoleOfThisMachine(t *testing.T) {
	status := func(r *runner, outer string, proxy *httputil.ReverseProxy) int {
		front := httptest.NewServer(proxy)
		defer front.Close()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/console/data/znode?path=/", nil)
		check(t, err)
		q.Host = outer
		q.Header.Set("X-Paddock-Console", "1")
		q.Header.Set("X-Paddock-Page", outer)
		got, err := (&http.Client{Timeout: patience}).Do(q)
		check(t, err)
		check(t, got.Body.Close())
		return got.StatusCode
	}
	proxies := func(r *runner) map[string]*httputil.ReverseProxy {
		to, err := url.Parse("http://" + r.s.AdminAddr().String())
		check(t, err)
		return map[string]*httputil.ReverseProxy{
			"that says so":         {Rewrite: func(q *httputil.ProxyRequest) { q.SetURL(to); q.SetXForwarded(); q.Out.Host = to.Host }},
			"that keeps the name":  {Rewrite: func(q *httputil.ProxyRequest) { q.SetURL(to); q.Out.Host = q.In.Host }},
			"that hides the name":  {Rewrite: func(q *httputil.ProxyRequest) { q.SetURL(to); q.Out.Host = to.Host }},
			"as people write them": {Rewrite: func(q *httputil.ProxyRequest) { q.SetURL(to); q.SetXForwarded(); q.Out.Host = q.In.Host }},
		}
	}
	closed := newPlace(t, adminLines()...).start(t)
	for kind, proxy := range proxies(closed) {
		if got := status(closed, "zk.example.com", proxy); got != http.StatusForbidden {
			t.Errorf("behind a proxy %s: %d", kind, got)
		}
	}
	open := newPlace(t, adminLines("admin.console=read", "admin.console.hosts=zk.example.com")...).start(t)
	for kind, proxy := range proxies(open) {
		if got := status(open, "zk.example.com", proxy); got != http.StatusOK {
			t.Errorf("where it may be: behind a proxy %s: %d", kind, got)
		}
	}
	if got := status(open, "evil.example", proxies(open)["as people write them"]); got != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %d", got)
	}
}

func TestAWholeValueComesThroughTheConsoleAsItIs(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	value := make([]byte, 900_001)
	for i := range value {
		value[i] = byte(i % 251)
	}
	create(t, c, "/large", value, zk.OpenACL())
	create(t, c, "/null", nil, zk.OpenACL())
	create(t, c, "/hers", []byte("secret"), zk.OpenACL())
	_, err := c.SetACL("/hers", alices, -1)
	check(t, err)
	get := func(path string) (*http.Response, string) {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.s.AdminAddr().String()+"/console/data/value?path="+path, nil)
		check(t, err)
		q.Header.Set("X-Paddock-Console", "1")
		got, err := (&http.Client{Timeout: patience}).Do(q)
		check(t, err)
		defer func() { _ = got.Body.Close() }() // it is read to its end
		body, err := io.ReadAll(got.Body)
		check(t, err)
		return got, string(body)
	}
	if got, body := get("/large"); got.StatusCode != http.StatusOK || body != string(value) || got.Header.Get("X-Paddock-Version") != "0" {
		t.Errorf("%s: %d bytes, version %s", got.Status, len(body), got.Header.Get("X-Paddock-Version"))
	}
	if got, body := get("/null"); got.StatusCode != http.StatusOK || body != "" {
		t.Errorf("%s: %q", got.Status, body)
	}
	if got, body := get("/hers"); got.StatusCode != http.StatusForbidden || strings.Contains(body, "secret") {
		t.Errorf("%s: %q", got.Status, body)
	}
}

func TestTheConsoleShowsWhatTheIdentityMaySee(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	create(t, c, "/hers", []byte("secret"), zk.OpenACL())
	_, err := c.Create("/hers/eph", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	_, err = c.Create("/open", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	_, _, err = c.GetData("/hers/eph", true)
	check(t, err)
	_, err = c.SetACL("/hers", alices, -1)
	check(t, err)
	id := fmt.Sprintf("%#x", uint64(c.Session().ID))

	for _, user := range []string{"", "alice:wrong", "bob:secret"} {
		for _, what := range []string{"znode", "children", "watchers"} {
			if status, body := r.consoleGet(what, user, "path", "/hers"); status != http.StatusForbidden || body["error"] != "these identities may not see it" {
				t.Errorf("%s as %q: %d %v", what, user, status, body)
			}
		}
		_, held := r.consoleGet("session", user, "id", id)
		if got := names(held, "paths"); !slices.Equal(got, []string{"/open"}) || held["ephemerals"] != 2.0 || len(names(held, "watches")) != 0 || held["watchCount"] != 1.0 {
			t.Errorf("what the session holds, as %q: %v", user, held)
		}
	}
	for _, user := range []string{"alice:secret", "super:secret"} {
		status, z := r.consoleGet("znode", user, "path", "/hers")
		if status != http.StatusOK || z["data"] != base64.StdEncoding.EncodeToString([]byte("secret")) {
			t.Errorf("as %s: %d %v", user, status, z)
		}
		if acl := fmt.Sprint(z["acl"]); !strings.Contains(acl, "alice:x") || strings.Contains(acl, "aYXl") {
			t.Errorf("as %s: the ACL is %s", user, acl)
		}
		_, held := r.consoleGet("session", user, "id", id)
		if got := names(held, "paths"); !slices.Equal(got, []string{"/hers/eph", "/open"}) || !slices.Equal(names(held, "watches"), []string{"/hers/eph"}) {
			t.Errorf("what the session holds, as %s: %v", user, held)
		}
		if _, found := r.consoleGet("watchers", user, "path", "/hers/eph"); !slices.Equal(names(found, "sessions"), []string{id}) {
			t.Errorf("who watches, as %s: %v", user, found)
		}
	}
	if status, _ := r.consoleGet("znode", "", "path", "/none"); status != http.StatusNotFound {
		t.Errorf("no znode: %d", status)
	}
}

// Somebody with the permission admin alone may see the ACL, as in getACL, and neither data nor Stat.
func TestTheConsoleShowsTheACLToWhoMayChangeIt(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	create(t, c, "/admin", []byte("secret"), []zk.ACL{{Perms: zk.PermAdmin, ID: zk.ID{Scheme: "world", ID: "anyone"}}})
	status, z := r.consoleGet("znode", "", "path", "/admin")
	if status != http.StatusOK || z["readable"] != false || z["data"] != nil || z["stat"] != nil || len(z["acl"].([]any)) != 1 {
		t.Errorf("%d %v", status, z)
	}
}

func TestTheConsoleTellsKindsOfZnodesApart(t *testing.T) {
	r := newPlace(t, adminLines("extendedTypesEnabled=true")...).start(t)
	c := r.dial(client.Options{})
	for kind, how := range map[string]struct {
		op    zk.Op
		mode  zk.CreateMode
		ttlMs int64
	}{
		"persistent": {zk.OpCreate, zk.ModePersistent, 0}, "ephemeral": {zk.OpCreate, zk.ModeEphemeral, 0},
		"container": {zk.OpCreateContainer, zk.ModeContainer, 0}, "ttl": {zk.OpCreateTTL, zk.ModePersistentTTL, 100000},
	} {
		q := codec.CreateRequest{Path: "/" + kind, ACL: zk.OpenACL(), Mode: how.mode, TTLMs: how.ttlMs}
		check(t, c.SendCreate(how.op, &q, 0, func(*client.Reply) {}))
		check(t, c.Sync("/"))
		_, z := r.consoleGet("znode", "", "path", "/"+kind)
		if z["kind"] != kind || z["null"] != true || z["ttlMs"] != float64(how.ttlMs) {
			t.Errorf("%s: %v", kind, z)
		}
		stat, _ := z["stat"].(map[string]any)
		if owned := stat["owner"] != "0x0"; owned != (kind == "ephemeral") {
			t.Errorf("%s: owner %v", kind, stat["owner"])
		}
	}
}

func TestTheConsoleListsSessionsWithTheirConnections(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	stays, goes := r.dial(client.Options{}), r.dial(client.Options{})
	goes.Disconnect()
	var all map[string]any
	waitUntil(t, func() bool {
		_, all = r.consoleGet("sessions", "")
		return all["connCount"] == 1.0
	})
	connected := map[any]bool{}
	for _, one := range all["sessions"].([]any) {
		s := one.(map[string]any)
		connected[s["id"]] = s["conn"] != nil
	}
	want := map[any]bool{fmt.Sprintf("%#x", uint64(stays.Session().ID)): true, fmt.Sprintf("%#x", uint64(goes.Session().ID)): false}
	if fmt.Sprint(connected) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", connected, want)
	}
	if status, _ := r.consoleGet("session", "", "id", "0x77"); status != http.StatusNotFound {
		t.Errorf("a session that there is not: %d", status)
	}
}

func TestTheConsoleAsksForTheIdentityThatClientsMustProve(t *testing.T) {
	r := newPlace(t, adminLines("enforce.auth.enabled=true", "enforce.auth.schemes=digest")...).start(t)
	for _, what := range []string{"znode", "children"} {
		if status, _ := r.consoleGet(what, "", "path", "/"); status != http.StatusForbidden {
			t.Errorf("%s as nobody: %d", what, status)
		}
		if status, body := r.consoleGet(what, "anybody:secret", "path", "/"); status != http.StatusOK {
			t.Errorf("%s with an identity: %d %v", what, status, body)
		}
	}
}

func TestTheConsoleMeasuresWhileItServes(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	create(t, c, "/a", []byte("12345"), zk.OpenACL())
	m, err := inside{r.s}.Measure(t.Context())
	check(t, err)
	if m.Requests < 2 || m.Transactions < 2 || m.Connections != 1 || m.Sessions != 1 || m.Znodes < 5 || m.WriteMs.Count < 1 || m.SyncUs.Count < 1 ||
		m.BatchTxns.Count < 1 || m.HeapBytes <= 0 || m.BytesIn <= 0 || m.BytesOut <= 0 || m.LastZxid < 2 {
		t.Errorf("got %+v", m)
	}
	r.stop()
	if _, err := (inside{r.s}).Measure(t.Context()); err == nil {
		t.Error("a server that has ended is measured")
	}
}

func TestTheConsoleCanBeTurnedOff(t *testing.T) {
	r := newPlace(t, adminLines("admin.console=off")...).start(t)
	for path, want := range map[string]int{"/": 404, "/console/main.js": 404, "/commands/ruok": 200} {
		if status, _, _ := r.http(http.MethodGet, path, "", nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestCommandsThatTakeTheConsolesPlaceKeepIt(t *testing.T) {
	p := newPlace(t, adminLines("admin.commandURL=/console")...)
	r := p.start(t)
	if status, body, _ := r.http(http.MethodGet, "/console/ruok", "", nil); status != http.StatusOK || !strings.Contains(string(body), "ruok") {
		t.Errorf("%d %s", status, body)
	}
}

// create makes a persistent znode.
func create(t *testing.T, c *client.Client, path string, data []byte, acl []zk.ACL) {
	t.Helper()
	_, err := c.Create(path, data, acl, zk.ModePersistent)
	check(t, err)
}

// waitUntil waits for something that comes by itself.
func waitUntil(t *testing.T, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !come(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it has not come")
		}
	}
}

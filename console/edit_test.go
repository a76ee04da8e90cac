package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"paddock/zk"
)

// writer is an Editor that keeps what it is told, and answers with err.
type writer struct {
	fake

	by   Author
	did  []Edit
	err  error
	wait chan struct{} // if set, an edit goes on when it is closed
	in   chan struct{} // gets one of each edit that has begun
}

func (w *writer) Edit(_ context.Context, by Author, e *Edit) (string, error) {
	if w.wait != nil {
		w.in <- struct{}{}
		<-w.wait
		return e.Path, nil
	}
	w.by, w.did = by, append(w.did, *e)
	return e.Path, w.err
}

func (w *writer) Below(context.Context, Author, string) (Below, error) {
	return Below{Znodes: 3, More: true}, w.err
}

func (w *writer) DeleteBelow(ctx context.Context, _ Author, _ string, gone func(int)) error {
	gone(2)
	if w.err == nil {
		gone(1)
	}
	return errors.Join(w.err, ctx.Err())
}

// edited sends an edit as the page does.
func edited(c *Console, what, body string) *httptest.ResponseRecorder {
	return editedBy(c, "alice:secret", what, body)
}

func editedBy(c *Console, secret, what, body string) *httptest.ResponseRecorder {
	return asked(c, editPath+what, func(r *http.Request) {
		r.Method, r.Body = http.MethodPost, io.NopCloser(strings.NewReader(body))
		r.Header.Set("Origin", "http://"+r.Host)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(tokenField, "the token")
		r.Header.Set(identityField, base64.StdEncoding.EncodeToString([]byte(secret)))
	})
}

func TestAnEditIsHandedOnAsItWasWanted(t *testing.T) {
	w := &writer{}
	c := made(Config{Editor: w, Token: "the token"})
	for _, q := range []struct {
		what, body string
		want       Edit
	}{
		{
			"create", `{"path":"/a/","mode":"ttl_sequential","ttlMs":5,"data":"aGk=","acl":[{"scheme":"ip","id":"::1","perms":"ra"}]}`,
			Edit{
				Op: zk.OpCreate, Path: "/a/", Mode: zk.ModePersistentSequentialTTL, TTLMs: 5, Data: []byte("hi"),
				ACL: []ACLEntry{{ACL: zk.ACL{Perms: zk.PermRead | zk.PermAdmin, ID: zk.ID{Scheme: "ip", ID: "::1"}}, Kept: -1}},
			},
		},
		{"data", `{"path":"/a","data":"","version":0}`, Edit{Op: zk.OpSetData, Path: "/a", Data: []byte{}}},
		{"delete", `{"path":"/a","version":7}`, Edit{Op: zk.OpDelete, Path: "/a", Version: 7}},
		{
			"acl", `{"path":"/a","version":1,"acl":[{"scheme":"digest","id":"x:x","perms":"","kept":2}]}`,
			Edit{Op: zk.OpSetACL, Path: "/a", Version: 1, ACL: []ACLEntry{{ACL: zk.ACL{ID: zk.ID{Scheme: "digest", ID: "x:x"}}, Kept: 2}}},
		},
	} {
		w.did = nil
		got := edited(c, q.what, q.body)
		if got.Code != http.StatusOK || len(w.did) != 1 || !reflect.DeepEqual(w.did[0], q.want) {
			t.Errorf("%s %s: %d %s %+v", q.what, q.body, got.Code, got.Body, w.did)
		}
		if w.by.From.String() != "127.0.0.1:50000" || !reflect.DeepEqual(w.by.Secrets, []string{"alice:secret"}) {
			t.Errorf("it came from %+v", w.by)
		}
	}
}

func TestWhatIsNoEditReachesNobody(t *testing.T) {
	w := &writer{}
	c := made(Config{Editor: w, Token: "the token"})
	for body, says := range map[string]string{
		``:                                      "cannot be read",
		`{"path":"/a","version":1,"x":2}`:       "unknown field",
		`{"path":"/a","version":2147483648}`:    "cannot be read",
		`{"path":"/a","data":"%","version":1}`:  "cannot be read",
		`{"path":"/a/../b","version":1}`:        "relative paths",
		`{"path":"/a\u0000b","version":1}`:      "path",
		`{"path":"","version":1}`:               "path",
		`{"path":"/a"}`:                         "version that was seen",
		`{"path":"/a","version":-1}`:            "version that was seen",
		`{"path":"/a","version":1}{}`:           "stands behind it",
		`{"path":"/a","version":1} x`:           "cannot be read",
		strings.Repeat(" ", editBytesMax) + `1`: "larger than a request",
	} {
		for _, what := range []string{"data", "delete"} {
			got := edited(c, what, body)
			if got.Code < 400 || got.Code >= 500 || !strings.Contains(got.Body.String(), says) || len(w.did) > 0 {
				t.Errorf("%s %.60s: %d %s, want %q", what, body, got.Code, got.Body, says)
			}
		}
	}
	for _, acl := range []string{``, `,"acl":[]`, `,"acl":[{"scheme":"world","id":"anyone","perms":"x"}]`} {
		if got := edited(c, "acl", `{"path":"/a","version":1`+acl+`}`); got.Code != http.StatusBadRequest || len(w.did) > 0 {
			t.Errorf("%s: %d %s", acl, got.Code, got.Body)
		}
	}
}

// The page never shows a digest, and nobody may take one along that he cannot read.
func TestANewZnodeKeepsNothing(t *testing.T) {
	w := &writer{}
	got := edited(made(Config{Editor: w, Token: "the token"}), "create",
		`{"path":"/a","mode":"persistent_sequential","acl":[{"scheme":"digest","id":"alice:x","perms":"r","kept":0}]}`)
	if got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), "could be kept") || len(w.did) > 0 {
		t.Errorf("%d %s %+v", got.Code, got.Body, w.did)
	}
}

// What stands in memory is bounded by what the server takes from clients.
func TestAnEditIsReadNoFurtherThanTheServerWouldTakeIt(t *testing.T) {
	w := &writer{}
	c := made(Config{Editor: w, Token: "the token", RequestBytesMax: 1 << 20})
	body := func(dataBytes int) string {
		return `{"path":"/a","version":1,"data":"` + base64.StdEncoding.EncodeToString(make([]byte, dataBytes)) + `"}`
	}
	if got := edited(c, "data", body(1<<20)); got.Code != http.StatusOK {
		t.Errorf("as much as the server may take: %d %s", got.Code, got.Body)
	}
	if got := edited(c, "data", body(2<<20)); got.Code != http.StatusRequestEntityTooLarge || len(w.did) != 1 {
		t.Errorf("far more: %d %s", got.Code, got.Body)
	}
}

func TestAnIdentityHasAName(t *testing.T) {
	for _, secret := range []string{"", ":", ":secret"} {
		w := &writer{}
		got := editedBy(made(Config{Editor: w, Token: "the token"}), secret, "delete", `{"path":"/a","version":1}`)
		if got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), "enter an identity first") || len(w.did) > 0 {
			t.Errorf("%q: %d %s", secret, got.Code, got.Body)
		}
	}
}

func TestRefusalsHaveTheirStatusAndTheirWords(t *testing.T) {
	for err, status := range map[error]int{
		ErrChanged: 409, ErrTooLarge: 413, ErrNoAuth: 403, ErrReserved: 400, ErrTooDeep: 400, ErrNoNode: 404, errors.New("server: it does not serve"): 503,
		RefusedError(zk.ErrNoAuth): 403, RefusedError(zk.ErrNotEmpty): 409, RefusedError(zk.ErrInvalidACL): 400, RefusedError(zk.ErrThrottledOp): 503,
		RefusedError(zk.ErrSessionMoved): 409,
	} {
		w := &writer{err: err}
		got := edited(made(Config{Editor: w, Token: "the token"}), "delete", `{"path":"/a","version":1}`)
		var answer struct{ Error string }
		if e := json.Unmarshal(got.Body.Bytes(), &answer); e != nil || got.Code != status || len(answer.Error) < 10 || strings.Contains(answer.Error, "console:") {
			t.Errorf("%v: %d %s", err, got.Code, got.Body)
		}
	}
}

func TestADeletionTellsHowFarItIs(t *testing.T) {
	c := made(Config{Editor: &writer{}, Token: "the token"})
	if got, want := edited(c, "deletebelow", `{"path":"/a"}`).Body.String(), "{\"deleted\":2}\n{\"deleted\":3}\n{\"deleted\":3,\"done\":true}\n"; got != want {
		t.Errorf("got %q", got)
	}
	c = made(Config{Editor: &writer{err: ErrNoAuth}, Token: "the token"})
	if got, want := edited(c, "deletebelow", `{"path":"/a"}`).Body.String(), "{\"deleted\":2}\n{\"deleted\":2,\"error\":\"these identities may not see it\"}\n"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestEditsBeyondTheBoundAreRefusedAtOnce(t *testing.T) {
	w := &writer{wait: make(chan struct{}), in: make(chan struct{})}
	c := made(Config{Editor: w, Token: "the token"})
	codes := make(chan int)
	for range editsMax {
		go func() { codes <- edited(c, "delete", `{"path":"/a","version":1}`).Code }()
		<-w.in
	}
	if got := edited(c, "delete", `{"path":"/a","version":1}`); got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), "too many edits") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	close(w.wait)
	for range editsMax {
		if code := <-codes; code != http.StatusOK {
			t.Errorf("one that was first: %d", code)
		}
	}
}

// Whatever is sent: an answer in JSON, and an edit only with a good path and a version that somebody can have seen.
func FuzzEdit(f *testing.F) {
	f.Add("create", `{"path":"/a","mode":"persistent","data":"aGk=","acl":[{"scheme":"world","id":"anyone","perms":"r","kept":0}]}`)
	f.Add("acl", `{"path":"/a","version":1,"acl":[{"scheme":"digest","id":"x:x","perms":"cdrwa"}]}`)
	f.Add("deletebelow", `{"path":"/"}`)
	f.Fuzz(func(t *testing.T, what, body string) {
		if what != "create" && what != "data" && what != "acl" && what != "delete" && what != "below" && what != "deletebelow" {
			return
		}
		w := &writer{}
		got := edited(made(Config{Editor: w, Token: "the token"}), what, body)
		if last := strings.Split(strings.TrimSpace(got.Body.String()), "\n"); !json.Valid([]byte(last[len(last)-1])) {
			t.Errorf("%d %q", got.Code, got.Body)
		}
		for _, e := range w.did {
			if zk.PathFault(strings.TrimSuffix(e.Path, "/")) != "" && e.Path != "/" || e.Version < 0 || e.Mode.Ephemeral() {
				t.Errorf("%+v", e)
			}
		}
	})
}

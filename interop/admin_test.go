package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// httpServer is a server with its admin server on a port of its own.
type httpServer struct {
	*Server
	base string // of all addresses
}

func startedHTTP(t *testing.T, program Program, settings ...string) httpServer {
	t.Helper()
	port, err := freePort()
	check(t, err)
	s := newServer(t, program, append([]string{
		"admin.enableServer=true", "admin.serverAddress=127.0.0.1", fmt.Sprintf("admin.serverPort=%d", port),
		"admin.rateLimiterIntervalInMS=0", "serializeLastProcessedZxid.enabled=true",
	}, settings...)...)
	check(t, s.Start())
	return httpServer{s, fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// answer is what an HTTP request got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s httpServer) do(t *testing.T, method, path, auth string, body []byte) answer {
	t.Helper()
	r, err := http.NewRequest(method, s.base+path, bytes.NewReader(body))
	check(t, err)
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	client := http.Client{Timeout: PatienceMax}
	got, err := client.Do(r)
	check(t, err)
	defer func() { _ = got.Body.Close() }() // it has been read
	text, err := io.ReadAll(got.Body)
	check(t, err)
	return answer{got.StatusCode, got.Header, text}
}

// shapeOf replaces every value by its type, and keeps names and their nesting. Maps by id or path become one entry.
func shapeOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		shape := map[string]any{}
		for name, value := range v {
			if strings.Trim(name, "-0123456789") == "" {
				name = "ID"
			} else if strings.HasPrefix(name, "/") {
				name = "PATH"
			}
			if was := shape[name]; was == nil || was == "list" { // Apache keeps times at which nobody ends
				shape[name] = shapeOf(value)
			}
		}
		return shape
	case []any:
		if len(v) == 0 {
			return "list"
		}
		return []any{shapeOf(v[0])}
	case nil:
		return "null"
	default:
		return fmt.Sprintf("%T", v)
	}
}

func shapeText(t *testing.T, body []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	text, err := json.MarshalIndent(shapeOf(v), "", " ")
	check(t, err)
	return string(text)
}

func TestAdminCommandsHaveTheShapeOfApaches(t *testing.T) {
	apache, ours := startedHTTP(t, tools.apache), startedHTTP(t, tools.server)
	both := []httpServer{apache, ours}
	for _, s := range both {
		buildBusy(t, s.Server)
	}
	ask := func(method, path string) [2]answer {
		return [2]answer{apache.do(t, method, path, "", nil), ours.do(t, method, path, "", nil)}
	}
	index := ask("GET", "/commands")
	if string(index[0].body) != string(index[1].body) || index[1].status != http.StatusOK {
		t.Errorf("/commands:\nApache\n%s\nours\n%s", index[0].body, index[1].body)
	}
	for name := range strings.FieldsSeq(`configuration conf config connections cons hash dirs dump get_trace_mask gtmk
		initial_configuration icfg is_read_only isro last_snapshot lsnp leader lead observers obsr observer_connection_stat_reset orst
		ruok set_trace_mask stmk set_trace_mask?traceMask=x set_trace_mask?traceMask=5 server_stats srvr stats stat voting_view
		environment env envi watches wchc watches_by_path wchp watch_summary wchs zabstate nope a/b restore snapshot
		connection_stat_reset crst stat_reset srst`) {
		got := ask("GET", "/commands/"+name)
		if got[0].status != got[1].status {
			t.Errorf("%s: status %d, Apache's is %d", name, got[1].status, got[0].status)
		}
		if a, b := shapeText(t, got[0].body), shapeText(t, got[1].body); a != b {
			t.Errorf("%s:\nApache\n%s\nours\n%s", name, a, b)
		}
		if a, b := orderOfKeys(got[0].body), orderOfKeys(got[1].body); name != "dump" && !slices.Equal(a, b) {
			t.Errorf("%s: the keys are %q, Apache's are %q", name, b, a)
		}
		if a, b := got[0].header.Get("Content-Type"), got[1].header.Get("Content-Type"); a != b {
			t.Errorf("%s: content type %q, Apache's is %q", name, b, a)
		}
	}
	t.Run("exactly the same text where nothing differs", func(t *testing.T) {
		for name := range strings.FieldsSeq("ruok nope leader zabstate voting_view observers is_read_only watch_summary set_trace_mask stmk?traceMask=7 gtmk") {
			got := ask("GET", "/commands/"+name)
			if string(got[0].body) != string(got[1].body) {
				t.Errorf("%s:\nApache %s\nours %s", name, got[0].body, got[1].body)
			}
		}
	})
	t.Run("monitor has the same keys", func(t *testing.T) {
		got := ask("GET", "/commands/monitor")
		if a, b := shapeText(t, got[0].body), shapeText(t, got[1].body); a != b {
			t.Errorf("Apache\n%s\nours\n%s", a, b)
		}
	})
	t.Run("methods", func(t *testing.T) {
		for _, method := range []string{"TRACE", "PUT", "DELETE", "HEAD", "OPTIONS"} {
			if got := ask(method, "/commands/ruok"); got[0].status != got[1].status {
				t.Errorf("%s: status %d, Apache's is %d", method, got[1].status, got[0].status)
			}
		}
	})
}

// orderOfKeys lists the names in a JSON text as they come, those of ids and paths left out.
func orderOfKeys(body []byte) (names []string) {
	for line := range strings.Lines(string(body)) {
		if name, _, found := strings.Cut(strings.TrimSpace(line), `" : `); found && strings.HasPrefix(name, `"`) {
			if name = name[1:]; strings.Trim(name, "-0123456789") != "" && !strings.HasPrefix(name, "/") {
				names = append(names, name)
			}
		}
	}
	return names
}

const superAuth = "digest super:" + SuperSecret

func TestCopiesNeedTheSameRightsAsAtApache(t *testing.T) {
	apache, ours := startedHTTP(t, tools.apache), startedHTTP(t, tools.server)
	for _, s := range []httpServer{apache, ours} {
		c := dial(t, s.Server, Hello{})
		check(t, c.Auth("digest", "root:secret"))
		acl := []ACL{
			{Perms: 31, Scheme: "digest", ID: DigestID("root", "secret")},
			{Perms: 30, Scheme: "digest", ID: DigestID("half", "secret")},
			{Perms: 1, Scheme: "world", ID: "anyone"},
		}
		_, err := c.Call(OpSetACL, SetACLBody("/", acl, -1))
		check(t, err)
	}
	for _, auth := range []string{
		"", "digest", "digest root:secret", "digest root:wrong", "digest half:secret", "digest nobody", superAuth, "ip", "ip 127.0.0.1",
		"world anyone", "what ever", "digest root:secret more",
	} {
		for _, tt := range []struct{ method, path string }{{"GET", "/commands/snapshot?streaming=false"}, {"POST", "/commands/restore"}} {
			a, b := apache.do(t, tt.method, tt.path, auth, []byte("no snapshot")), ours.do(t, tt.method, tt.path, auth, []byte("no snapshot"))
			if a.status != b.status {
				t.Errorf("%s %s with %q: status %d %s, Apache's is %d %s", tt.method, tt.path, auth, b.status, b.body, a.status, a.body)
			}
		}
	}
}

// A snapshot that was taken over HTTP and restored alone is the state, be it by the other server.
func TestCopiesAreTakenAndRestoredByEitherServer(t *testing.T) {
	for _, tt := range []struct {
		name     string
		from, to Program
	}{
		{"ours to ours", tools.server, tools.server}, {"ours to Apache", tools.server, tools.apache}, {"Apache to ours", tools.apache, tools.server},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, to := startedHTTP(t, tt.from), startedHTTP(t, tt.to)
			a := dial(t, from.Server, Hello{})
			for i := range 200 {
				_, err := a.Call(OpCreate, CreateBody(fmt.Sprintf("/n%03d", i), fmt.Appendf(nil, "data %d", i), Open(), 0))
				check(t, err)
			}
			taken := from.do(t, "GET", "/commands/snapshot", superAuth, nil)
			if taken.status != http.StatusOK || fmt.Sprint(len(taken.body)) != taken.header.Get("snapshot_size") ||
				!strings.HasPrefix(taken.header.Get("last_zxid"), "0x") || taken.header.Get("Content-Type") != "application/octet-stream" {
				t.Fatalf("status %d, %d bytes, header %v", taken.status, len(taken.body), taken.header)
			}
			b := dial(t, to.Server, Hello{})
			_, err := b.Call(OpCreate, CreateBody("/lost", nil, Open(), 0))
			check(t, err)
			restored := to.do(t, "POST", "/commands/restore", superAuth, taken.body)
			if restored.status != http.StatusOK || !strings.Contains(string(restored.body), `"last_zxid" : `) {
				t.Fatalf("restore: status %d: %s", restored.status, restored.body)
			}
			c := dial(t, to.Server, Hello{})
			for i := range 200 {
				got, err := c.Call(OpGetData, WatchBody(fmt.Sprintf("/n%03d", i), false))
				check(t, err)
				if data := Read(got.Body).Buffer(); got.Code != 0 || string(data) != fmt.Sprintf("data %d", i) {
					t.Fatalf("/n%03d: code %d, data %q", i, got.Code, data)
				}
			}
			if got, err := c.Call(OpExists, WatchBody("/lost", false)); err != nil || got.Code != -101 {
				t.Errorf("what was there before the restore is still there: %d, %v", got.Code, err)
			}
		})
	}
}

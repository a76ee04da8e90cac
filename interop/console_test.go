package interop

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// browserPatience bounds a whole look at the console: a dozen pages of a browser that a loaded machine starts slowly.
const browserPatience = 5 * time.Minute

func TestTheConsoleOfAnEmptyServerIsLookedAt(t *testing.T) {
	s := startedHTTP(t, paddock(t))
	look(t, s, "empty")
}

// Names and data that try to become scripts, to turn the text around, or to freeze the page; and what only some may see.
func TestTheConsoleOfAHostileTreeIsLookedAt(t *testing.T) {
	s := startedHTTP(t, paddock(t))
	c, err := client.Dial(t.Context(), s.Addr(), client.Options{SessionTimeout: 40 * time.Second})
	check(t, err)
	t.Cleanup(c.Disconnect)
	hostileTree(t, c)
	look(t, s, "hostile")
}

// A proxy that hides itself shows a page that is told why it gets nothing.
func TestTheConsoleOfThisMachineShowsNothingThroughAProxy(t *testing.T) {
	s := startedHTTP(t, paddock(t))
	to, err := url.Parse(s.base)
	check(t, err)
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(q *httputil.ProxyRequest) { q.SetURL(to); q.Out.Host = to.Host }})
	t.Cleanup(front.Close)
	s.base = front.URL
	look(t, s, "proxied")
}

// What a user changes in the page is there for every client; and of many children only a page is on the screen.
func TestTheConsoleEdits(t *testing.T) {
	s := startedHTTP(t, paddock(t), "admin.console=write", "extendedTypesEnabled=true")
	c, err := client.Dial(t.Context(), s.Addr(), client.Options{SessionTimeout: 40 * time.Second})
	check(t, err)
	t.Cleanup(c.Disconnect)
	hostileTree(t, c)
	manyChildren(t, c, "/crowd", 100_000)
	look(t, s, "edit")
	for path, want := range map[string]string{"/made": `{"a": [1, 2]}`, "/odd/bytes": "\x00\xff", "/odd/percent": "mine"} {
		data, _, err := c.GetData(path, false)
		check(t, err)
		if string(data) != want {
			t.Errorf("%s holds %q, want %q", path, data, want)
		}
	}
	if acl, _, err := c.GetACL("/made"); err != nil || len(acl) != 2 || acl[1].Perms != zk.PermRead {
		t.Errorf("/made has the ACL %v, %v", acl, err)
	}
	if acl, _, err := c.GetACL("/odd/acl"); err != nil || len(acl) != 2 || acl[1] != oddEntry(zk.PermRead|zk.PermWrite) {
		t.Errorf("/odd/acl has the ACL %q, %v", acl, err)
	}
	for _, path := range []string{"/many", "/odd/json"} {
		if _, err := c.Exists(path, false); client.Code(err) != zk.ErrNoNode {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// oddEntry has an id that would be several lines, and looks like another one.
func oddEntry(perms zk.Perm) zk.ACL {
	return zk.ACL{Perms: perms, ID: zk.ID{Scheme: "digest", ID: "eve\nworld\t\u202e:aYXlLOpEooaV1cRAvUL1fp9Qt7E="}}
}

func manyChildren(t *testing.T, c *client.Client, parent string, count int) {
	t.Helper()
	_, err := c.Create(parent, nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	for i := range count {
		r := codec.CreateRequest{Path: fmt.Sprintf("%s/c-%05d", parent, i), ACL: zk.OpenACL()}
		check(t, c.SendCreate(zk.OpCreate, &r, 0, func(*client.Reply) {}))
	}
	c.Flush()
	check(t, c.Sync("/"))
}

func paddock(t *testing.T) Program {
	t.Helper()
	if tools.server.Name == "paddock" {
		return tools.server
	}
	binary := filepath.Join(t.TempDir(), "paddock")
	check(t, build(binary, "./cmd/paddock"))
	return PaddockProgram(binary)
}

func hostileTree(t *testing.T, c *client.Client) {
	t.Helper()
	add := func(path, data string, mode zk.CreateMode) {
		t.Helper()
		_, err := c.Create(path, []byte(data), zk.OpenACL(), mode)
		check(t, err)
	}
	add("/<img src=x onerror=globalThis.pwned=1>", "<script>globalThis.pwned = 'data'</script>", zk.ModePersistent)
	add(`/"><svg onload=globalThis.pwned=2>`, "", zk.ModePersistent)
	add("/odd", "", zk.ModePersistent)
	add("/odd/safe\u202egpj.exe", "abc\u202edef\u2066\u200b\x1b[2J", zk.ModePersistent)
	add("/odd/%2e%2e?x=1#y&amp;", "percent", zk.ModePersistent)
	add("/odd/ a 'quoted' \"name\" ", "quotes", zk.ModePersistent)
	add("/odd/json", `{"name": "</pre><script>globalThis.pwned=3</script>", "n": [1,12345678901234567890, {"deep\"]": {}, "e": []}]}`, zk.ModePersistent)
	add("/odd/deep", strings.Repeat("[", 32000)+strings.Repeat("]", 32000), zk.ModePersistent)
	add("/odd/bytes", "\xff\xfe\x00\x01\x80", zk.ModePersistent)
	add("/odd/large", "x"+strings.Repeat("\u202e<b>0123456789", 1000000/16), zk.ModePersistent)
	add("/odd/ephemeral", "", zk.ModeEphemeral)
	add("/odd/percent", "old", zk.ModePersistent)
	add("/odd/slow", "old", zk.ModePersistent)
	add("/odd/bang!!", "", zk.ModePersistent)
	_, err := c.Create("/odd/acl", nil, append(zk.OpenACL(), oddEntry(zk.PermRead)), zk.ModePersistent)
	check(t, err)
	manyChildren(t, c, "/many", 3000)
	_, err = c.Create("/secret", []byte("the treasure"), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	_, err = c.Create("/secret/ephemeral", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	_, err = c.SetACL("/secret", []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: DigestID("alice", "pässword")}}}, -1)
	check(t, err)
	_, _, err = c.GetData("/odd/json", true)
	check(t, err)
}

// look sends a browser to a server, with a little traffic while it looks. PADDOCK_SCREENSHOTS names a folder for the pictures.
func look(t *testing.T, s httpServer, kind string) {
	t.Helper()
	folder := os.Getenv("PADDOCK_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	root, err := RepoRoot()
	check(t, err)
	chromium, err := exec.LookPath("chromium")
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), browserPatience)
	defer cancel()
	quiet := traffic(t, ctx, s)
	defer quiet()
	cmd := exec.CommandContext(ctx, "node", filepath.Join(root, "interop/clients/browser/console.mjs"), s.base, folder, kind)
	cmd.Env = append(os.Environ(), "PLAYWRIGHT_FROM="+tools.cache.NodeModules(), "CHROMIUM="+chromium)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// traffic reads and writes a little until the function that it gives is called.
func traffic(t *testing.T, ctx context.Context, s httpServer) (end func()) {
	t.Helper()
	c, err := client.Dial(ctx, s.Addr(), client.Options{})
	check(t, err)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			if _, err := c.SetData("/zookeeper/quota", []byte("traffic"), -1); err != nil {
				t.Errorf("a write beside the console: %v", err)
				return
			}
			if _, _, err := c.GetData("/", false); err != nil {
				t.Errorf("a read beside the console: %v", err)
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-ended
		c.Disconnect()
	}
}

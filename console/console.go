package console

import (
	"context"
	"embed"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"paddock/zk"
)

//go:embed web
var web embed.FS

// Where things are.
const (
	prefix   = "/console/"
	dataPath = prefix + "data/"
	editPath = prefix + "edit/"
)

// Config is what a Console is made from.
type Config struct {
	LocalOnly bool     // only connections within this machine
	Hosts     []string // names that it answers to, besides addresses and localhost: name or name:port
	Own       []string // further names of this machine, for those elsewhere who may ask
	Version   string   // of the server
	Now       func() time.Time
	Log       *slog.Logger

	Editor          Editor // nil: the console only reads
	ReadsBecause    string // why it has no Editor, if that is not what the operator has asked for: a sentence
	Token           string // what nobody else can know: an edit must bring it
	RequestBytesMax int    // of a client's request, jute.maxbuffer; 0: the console's own bound alone
}

// Console is the page and what it shows.
type Console struct {
	cfg     Config
	src     Source
	mux     *http.ServeMux
	history history
	turn    chan struct{} // held while the tree is asked
	edits   chan struct{} // one is held by each edit
}

// file is one of the page's.
type file struct {
	content   []byte
	mime, tag string
}

// New makes a console. The files that the binary carries cannot be missing.
func New(cfg Config, src Source) *Console {
	if cfg.Editor != nil && cfg.Token == "" {
		panic("console: editing without a token")
	}
	c := &Console{cfg: cfg, src: src, mux: http.NewServeMux(), turn: make(chan struct{}, 1), edits: make(chan struct{}, editsMax)}
	for name, f := range files() {
		c.mux.HandleFunc(prefix+name, f.serve)
		if name == "index.html" {
			c.mux.HandleFunc("/{$}", f.serve)
		}
	}
	for name, answer := range map[string]answerer{
		"server": c.server, "history": c.past, "whoami": c.whoAmI,
		"znode": c.inTurn(c.znode), "children": c.inTurn(c.children), "watchers": c.inTurn(c.watchers),
		"sessions": c.inTurn(c.sessions), "session": c.inTurn(c.session),
	} {
		c.mux.HandleFunc(dataPath+name, c.answer(answer))
	}
	c.mux.HandleFunc(dataPath+"value", c.value)
	for name, handler := range map[string]http.HandlerFunc{
		"create": c.edit(zk.OpCreate), "data": c.edit(zk.OpSetData), "acl": c.edit(zk.OpSetACL), "delete": c.edit(zk.OpDelete),
		"below": c.editing(c.below), "deletebelow": c.editing(c.deleteBelow),
	} {
		c.mux.HandleFunc(editPath+name, handler)
	}
	return c
}

// Claims tells whether a path is the console's.
func Claims(path string) bool { return path == "/" || strings.HasPrefix(path+"/", prefix) }

// In gives the console's paths to it and all others to next.
func (c *Console) In(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Claims(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		c.ServeHTTP(w, r)
	})
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if status, why := c.refusal(r); status != 0 {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", allowed(r))
		}
		http.Error(w, why, status)
		return
	}
	c.mux.ServeHTTP(w, r)
}

// Run measures the server until ctx ends; while it does not serve yet, it looks more often whether it does.
func (c *Console) Run(ctx context.Context) {
	for {
		wait := retryEvery
		if m, err := c.src.Measure(ctx); err == nil {
			c.history.add(m, c.cfg.Now())
			wait = sampleEvery
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// files reads what the binary carries.
func files() map[string]file {
	mimes := map[string]string{
		".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	entries, err := fs.ReadDir(web, "web")
	if err != nil {
		panic(fmt.Sprintf("console: the binary lacks its files: %v", err))
	}
	all := map[string]file{}
	for _, e := range entries {
		content, err := web.ReadFile("web/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("console: the binary lacks %s: %v", e.Name(), err))
		}
		sum := fnv.New128a()
		_, _ = sum.Write(content) // a hash never fails
		all[e.Name()] = file{content, mimes[e.Name()[strings.LastIndexByte(e.Name(), '.'):]], `"` + hex.EncodeToString(sum.Sum(nil)) + `"`}
	}
	return all
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "no-cache") // the browser asks whether it is still the same
	h.Set("ETag", f.tag)
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(f.content) // who does not read has left
}

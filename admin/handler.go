package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Copier takes and puts back whole states, for the commands snapshot and restore.
type Copier interface {
	// Authorize checks the header Authorization of a caller, who must have every permission on the root. from is his address, or
	// what a proxy takes for it, which may be any text. The error is ErrNotAuthenticated, ErrNotAuthorized, or says why it could
	// not be checked.
	Authorize(ctx context.Context, from, header string) error
	// Snapshot writes a snapshot into the data directory; with content, one that is a state and is given for reading.
	Snapshot(ctx context.Context, content bool) (Copy, error)
	// Restore replaces the state by that of a snapshot and gives its zxid.
	Restore(ctx context.Context, from io.Reader) (zxid int64, err error)
	// Count notes what became of a command.
	Count(what Outcome)
}

// Copy is a snapshot that was taken. Content is nil unless it was asked for; the caller closes it.
type Copy struct {
	Zxid, Bytes int64
	Content     io.ReadCloser
}

// Outcome is what became of a snapshot or a restore.
type Outcome int

// The outcomes that are counted.
const (
	SnapshotFailed Outcome = iota
	SnapshotTooSoon
	RestoreFailed
	RestoreTooSoon
)

// What Authorize may say.
var (
	ErrNotAuthenticated = errors.New("admin: not authenticated") // nobody that a scheme knows
	ErrNotAuthorized    = errors.New("admin: not authorized")    // somebody who may not
)

// HandlerConfig is what a Handler is made from.
type HandlerConfig struct {
	CommandURL string // of the commands, such as /commands
	// SnapshotEnabled and RestoreEnabled allow the commands; CopiesWhole says that snapshots carry their last zxid, without which
	// ZooKeeper takes and restores none (serializeLastProcessedZxid.enabled).
	SnapshotEnabled, RestoreEnabled, CopiesWhole bool
	// ForwardedFor believes the header X-Forwarded-For (IPAuthenticationProvider.usexforwardedfor).
	ForwardedFor bool
	// RateMs is the time between two restores; snapshots may come a thousand times as often, because ZooKeeper 3.9.5 takes the
	// number for microseconds there.
	RateMs int64
	Now    func() time.Time
	Log    *slog.Logger
}

// Handler serves the admin commands and the health of the server.
type Handler struct {
	src    Source
	copier Copier
	cfg    HandlerConfig
	mux    *http.ServeMux

	snapshots, restores limiter
	long, copies        gate
}

// NewHandler makes a handler.
func NewHandler(cfg HandlerConfig, src Source, copier Copier) *Handler {
	cfg.CommandURL = "/" + strings.Trim(cfg.CommandURL, "/")
	interval := time.Duration(cfg.RateMs) * time.Millisecond
	h := &Handler{
		src: src, copier: copier, cfg: cfg, mux: http.NewServeMux(),
		snapshots: limiter{interval: (interval / 1000).Truncate(time.Millisecond), now: cfg.Now},
		restores:  limiter{interval: interval, now: cfg.Now},
		long:      make(gate, longAnswersMax), copies: make(gate, copiesMax),
	}
	h.mux.HandleFunc("/healthz", h.health)
	h.mux.HandleFunc("/readyz", h.ready)
	h.mux.HandleFunc(strings.TrimSuffix(cfg.CommandURL, "/")+"/", h.command)
	if cfg.CommandURL != "/" {
		h.mux.HandleFunc(cfg.CommandURL, h.command)
	}
	return h
}

const allowedMethods = "GET, HEAD, POST, OPTIONS"

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodTrace: // it could give away what proxies add to a request
		w.WriteHeader(http.StatusForbidden)
	case http.MethodOptions:
		w.Header().Set("Allow", allowedMethods)
	case http.MethodGet, http.MethodHead, http.MethodPost:
		h.mux.ServeHTTP(w, r)
	default:
		h.methodNotAllowed(w)
	}
}

func (h *Handler) methodNotAllowed(w http.ResponseWriter) {
	w.Header().Set("Allow", allowedMethods)
	w.WriteHeader(http.StatusMethodNotAllowed)
}

// commandPatience bounds the wait for an answer.
const commandPatience = time.Minute

// command serves one command, or their list (JettyAdminServer.CommandServlet and Commands.runCommand, 3.9.5).
func (h *Handler) command(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, h.cfg.CommandURL), "/")
	if name == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		h.write(w, indexPage(strings.TrimSuffix(h.cfg.CommandURL, "/")))
		return
	}
	c := findCommand(name)
	if c == nil {
		h.answer(w, http.StatusOK, result(name, nil, "Unknown command: "+name))
		return
	}
	switch primary := c.names[0]; primary {
	case snapshotName, restoreName:
		h.copyCommand(w, r, primary, name)
		return
	default:
	}
	if r.Method == http.MethodPost {
		w.Header().Set("Allow", "GET, HEAD")
		h.answer(w, http.StatusMethodNotAllowed, result(c.names[0], nil, "this command is for GET"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), commandPatience)
	defer cancel()
	leave, err := h.long.pass(ctx, c.parts)
	if err != nil {
		h.answer(w, http.StatusServiceUnavailable, result(name, nil, "too many long answers are on their way"))
		return
	}
	defer leave()
	o, err := c.run(ctx, h.src, r.URL.Query())
	if err != nil {
		h.answer(w, http.StatusOK, result(name, nil, err.Error()))
		return
	}
	h.answer(w, http.StatusOK, result(c.names[0], o, nil))
}

func (h *Handler) answer(w http.ResponseWriter, status int, o object) {
	body := appendJSON(nil, o, 0)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	h.write(w, body)
}

// write sends the last of an answer. Who does not read has been cut off, which is no news.
func (h *Handler) write(w http.ResponseWriter, body []byte) {
	// From now on, for a restore may have taken long. Where there is no connection, in a test, there is no bound.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(commandPatience))
	if _, err := w.Write(body); err != nil {
		h.cfg.Log.Debug("admin: an answer could not be sent", "err", err)
	}
}

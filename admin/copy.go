package admin

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// The commands snapshot and restore: they need an identity with every permission on the root, and come seldom. A refusal is a
// status; ZooKeeper gives no text with most of them, and here the field error says why.

const (
	snapshotName = "snapshot"
	restoreName  = "restore"
)

// copyCommand serves snapshot and restore: name is what the caller has called it.
func (h *Handler) copyCommand(w http.ResponseWriter, r *http.Request, primary, name string) {
	isGet := r.Method != http.MethodPost
	if view, err := h.src.View(r.Context(), 0); err != nil || !view.Stats.Serving {
		h.answer(w, http.StatusOK, result(name, nil, notServingError{}.Error()))
		return
	}
	if status, problem := h.authorize(r); problem != "" {
		h.answer(w, status, result(name, nil, problem))
		return
	}
	switch {
	case isGet != (primary == snapshotName):
		h.answer(w, http.StatusMethodNotAllowed, result(primary, nil, "snapshot is for GET, restore for POST"))
	case primary == snapshotName:
		h.snapshot(w, r)
	default:
		h.restore(w, r)
	}
}

func (h *Handler) authorize(r *http.Request) (status int, problem string) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return http.StatusUnauthorized, "Auth info is missing for the command"
	}
	from, err := h.caller(r)
	if err != nil {
		h.cfg.Log.Warn("admin: a caller could not be told", "err", err)
		return http.StatusInternalServerError, "Error occurred during auth"
	}
	err = h.copier.Authorize(r.Context(), from, header)
	switch {
	case err == nil:
		return http.StatusOK, ""
	case errors.Is(err, ErrNotAuthenticated):
		return http.StatusUnauthorized, "Not authenticated"
	case errors.Is(err, ErrNotAuthorized):
		return http.StatusForbidden, "Not authorized"
	default:
		h.cfg.Log.Warn("admin: an Authorization header could not be checked", "err", err)
		return http.StatusInternalServerError, "Error occurred during auth"
	}
}

// caller is the address that a request comes from: behind a proxy that is believed, whatever the proxy names first, as it stands
// there (IPAuthenticationProvider.getClientIPAddress, 3.9.5).
func (h *Handler) caller(r *http.Request) (string, error) {
	if names := r.Header["X-Forwarded-For"]; h.cfg.ForwardedFor && len(names) > 0 {
		first, _, _ := strings.Cut(strings.TrimLeft(names[0], ","), ",")
		if first == "" {
			return "", fmt.Errorf("admin: the proxy %s names nobody in X-Forwarded-For: %q", r.RemoteAddr, names[0])
		}
		return strings.TrimSpace(first), nil
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "", fmt.Errorf("admin: where a request comes from: %w", err)
	}
	return javaHost(from.Addr()), nil
}

// needWhole is said where snapshots would not carry what makes them restorable alone.
const needWhole = "the command needs serializeLastProcessedZxid.enabled=true"

// tooSoon is said to whoever comes before the interval is over.
func (l *limiter) tooSoon() string {
	return fmt.Sprintf("too many requests: one per %s (admin.rateLimiterIntervalInMS)", l.interval)
}

func (h *Handler) snapshot(w http.ResponseWriter, r *http.Request) {
	switch {
	case !h.cfg.SnapshotEnabled:
		h.answer(w, http.StatusServiceUnavailable, result(snapshotName, nil, "admin.snapshot.enabled is false"))
		return
	case !h.cfg.CopiesWhole:
		h.answer(w, http.StatusInternalServerError, result(snapshotName, nil, needWhole))
		return
	case !h.snapshots.allow():
		h.copier.Count(SnapshotTooSoon)
		h.answer(w, http.StatusTooManyRequests, result(snapshotName, nil, h.snapshots.tooSoon()))
		return
	}
	if !h.copies.tryPass() {
		h.copier.Count(SnapshotTooSoon)
		h.answer(w, http.StatusTooManyRequests, result(snapshotName, nil, fmt.Sprintf("%d snapshots are being made and sent", copiesMax)))
		return
	}
	defer h.copies.leave()
	query := r.URL.Query()
	streaming := !query.Has("streaming") || strings.EqualFold(query.Get("streaming"), "true")
	taken, err := h.copier.Snapshot(r.Context(), streaming)
	if err != nil {
		h.copier.Count(SnapshotFailed)
		h.cfg.Log.Error("admin: the snapshot could not be taken", "err", err)
		h.answer(w, http.StatusInternalServerError, result(snapshotName, nil, "the snapshot could not be taken: see the log"))
		return
	}
	w.Header()["last_zxid"] = []string{"0x" + strconv.FormatInt(taken.Zxid, 16)} // as ZooKeeper spells it, not as Go would
	w.Header()["snapshot_size"] = []string{strconv.FormatInt(taken.Bytes, 10)}
	if taken.Content == nil {
		h.answer(w, http.StatusOK, result(snapshotName, nil, nil))
		return
	}
	h.stream(w, &taken)
}

// stream sends a snapshot. One that breaks off is told by its length.
func (h *Handler) stream(w http.ResponseWriter, taken *Copy) {
	defer func() {
		if err := taken.Content.Close(); err != nil {
			h.cfg.Log.Warn("admin: closing a snapshot that was sent", "err", err)
		}
	}()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(taken.Bytes, 10))
	if _, err := io.Copy(patientWriter{w, http.NewResponseController(w)}, taken.Content); err != nil {
		h.cfg.Log.Warn("admin: a snapshot was not sent to its end", "err", err)
	}
}

func (h *Handler) restore(w http.ResponseWriter, r *http.Request) {
	switch {
	case !h.cfg.RestoreEnabled:
		h.answer(w, http.StatusServiceUnavailable, result(restoreName, nil, "admin.restore.enabled is false"))
		return
	case !h.cfg.CopiesWhole:
		h.answer(w, http.StatusInternalServerError, result(restoreName, nil, needWhole))
		return
	case r.ContentLength == 0:
		h.answer(w, http.StatusBadRequest, result(restoreName, nil, "the body must be a snapshot"))
		return
	case !h.restores.allow():
		h.copier.Count(RestoreTooSoon)
		h.answer(w, http.StatusTooManyRequests, result(restoreName, nil, h.restores.tooSoon()))
		return
	}
	zxid, err := h.copier.Restore(r.Context(), patientReader{r.Body, http.NewResponseController(w), httpMovePatience})
	if err != nil {
		h.copier.Count(RestoreFailed)
		h.cfg.Log.Warn("admin: the snapshot could not be restored; the state is as it was", "err", err)
		h.answer(w, http.StatusInternalServerError, result(restoreName, nil, "the snapshot could not be restored: "+err.Error()))
		return
	}
	h.answer(w, http.StatusOK, result(restoreName, object{{"last_zxid", zxid}}, nil))
}

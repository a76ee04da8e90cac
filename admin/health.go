package admin

import (
	"context"
	"net/http"
	"time"
)

// Health for orchestrators. /healthz says whether to restart the process, /readyz whether to send clients to it.

const (
	// healthPatience is how long the processor may take to answer before the process counts as stuck.
	healthPatience = 2 * time.Second
	// stalledMs is how long a batch may be on its way to the disk before the log counts as stuck.
	stalledMs = 10_000
)

// health answers 200 while the process lives: while it loads its data, and as long as the processor answers in time.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthPatience)
	defer cancel()
	view, err := h.src.View(ctx, 0)
	switch {
	case err != nil:
		h.verdict(w, http.StatusServiceUnavailable, "stuck", "the processor does not answer: "+err.Error())
	case !view.Stats.Serving:
		h.verdict(w, http.StatusOK, "loading", nil)
	default:
		h.verdict(w, http.StatusOK, "ok", nil)
	}
}

// ready answers 200 while clients are served and the log takes writes.
func (h *Handler) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthPatience)
	defer cancel()
	view, err := h.src.View(ctx, 0)
	switch {
	case err != nil:
		h.verdict(w, http.StatusServiceUnavailable, "stuck", "the processor does not answer: "+err.Error())
	case !view.Stats.Serving:
		h.verdict(w, http.StatusServiceUnavailable, "loading", notServingError{}.Error())
	case view.Stats.LogWaitMs > stalledMs:
		h.verdict(w, http.StatusServiceUnavailable, "log", "the disk has not taken a write of the log for 10 s")
	case !view.Stats.LogWritable:
		h.verdict(w, http.StatusServiceUnavailable, "log", "the log's folder cannot be written")
	default:
		h.verdict(w, http.StatusOK, "ok", nil)
	}
}

func (h *Handler) verdict(w http.ResponseWriter, status int, state string, problem any) {
	w.Header().Set("Cache-Control", "no-store")
	h.answer(w, status, object{{"status", state}, {"error", problem}})
}

package server

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/metrics"
	"time"

	"paddock/admin"
	"paddock/apply"
	"paddock/loop"
	"paddock/metric"
	"paddock/snap"
	"paddock/wal"
)

// series is what the server measures around its processor. The processor's goroutine owns it. Times are in the unit of their name.
type series struct {
	syncMs, syncUs          metric.Histogram
	batchTxns, batchBytes   metric.Histogram
	queuedTxns              metric.Histogram // what is not durable yet when a batch has become so
	snapshotMs, restoreMs   metric.Histogram
	loadMs, loadSnapshotMs  metric.Histogram // at start
	replayMs, replayTxns    metric.Histogram // at start
	passUs, passEvents      metric.Histogram
	lagUs, pauseMs          metric.Histogram
	slices, snapshotBytes   int64
	snapshotErrors, dropped int64
	digestMismatches        int64
	snapshotsLimited        int64 // admin commands that came too soon
	restoresLimited         int64
	restoreErrors           int64
}

// restart forgets the extremes.
func (s *series) restart() {
	for _, h := range []*metric.Histogram{
		&s.syncMs, &s.syncUs, &s.batchTxns, &s.batchBytes, &s.queuedTxns, &s.snapshotMs, &s.restoreMs, &s.loadMs,
		&s.loadSnapshotMs, &s.replayMs, &s.replayTxns, &s.passUs, &s.passEvents, &s.lagUs, &s.pauseMs,
	} {
		h.Restart()
	}
}

// synced takes the report of one batch of the log.
func (s *series) synced(done *wal.Done) {
	s.syncMs.Add(done.SyncTime.Milliseconds())
	s.syncUs.Add(done.SyncTime.Microseconds())
	s.batchTxns.Add(int64(done.Records))
	s.batchBytes.Add(int64(done.Bytes))
}

// snapshot is the newest one: its zxid and when it was written, in seconds since 1970; -1 for none.
type snapshotInfo struct{ zxid, atSec int64 }

// snapshotDone takes the result of a snapshot.
func (s *Server) snapshotDone(r *snap.Result) {
	switch {
	case errors.Is(r.Err, snap.ErrAborted): // by ourselves
		return
	case r.Err != nil:
		s.series.snapshotErrors++
		return
	}
	s.series.snapshotMs.Add(r.Duration.Milliseconds())
	s.series.snapshotBytes += r.Bytes
	s.lastSnapshot = snapshotInfo{zxid: r.Zxid, atSec: time.Now().Unix()}
}

// samples copies every metric, on the processor's goroutine.
func (s *Server) samples() admin.Samples {
	p, w, n := s.proc.Stats(), s.writer.Stats(), s.net.Stats()
	return admin.Samples{
		Numbers: s.numbers(&p, &w, &n),
		Series:  s.histograms(),
		KeyedNumbers: map[string]map[string]float64{
			"quota_exceeded_error_per_namespace": floats(s.proc.Series().QuotaRefused),
			"quota_count_limit_per_namespace":    {},
			"quota_bytes_limit_per_namespace":    {},
			"quota_count_usage_per_namespace":    {},
			"quota_bytes_usage_per_namespace":    {},
			"paddock_memory_bytes":               s.memory(&n),
		},
		KeyedSeries: map[string]map[string]metric.Summary{
			"read_per_namespace":  s.proc.Series().ReadBytes.Copy(),
			"write_per_namespace": s.proc.Series().WriteBytes.Copy(),
		},
	}
}

func (s *Server) numbers(p *apply.Stats, w *wal.Stats, n *loop.Stats) map[string]float64 {
	m := &s.series
	all := map[string]float64{}
	for name, value := range map[string]int64{
		"snapshot_error_count":          m.snapshotErrors,
		"snapshot_rate_limited_count":   m.snapshotsLimited,
		"restore_error_count":           m.restoreErrors,
		"restore_rate_limited_count":    m.restoresLimited,
		"digest_mismatches_count":       m.digestMismatches,
		"sync_processor_request_queued": p.Committed + int64(s.proc.Gauges().Pending),
		"prep_processor_request_queued": p.Requests,
		"outstanding_changes_queued":    p.Changes,
		"outstanding_changes_removed":   p.ChangesApplied,
		"connection_request_count":      p.ConnectRequests,
		"connection_rejected":           p.ConnsRejected + int64(n.Rejected),
		"unsuccessful_handshake":        int64(n.HandshakesFailed),
		"tls_handshake_exceeded":        int64(n.HandshakesOverrun),
		"connection_drop_count":         m.dropped,
		"connection_revalidate_count":   p.Renewed,
		"sessionless_connections_expired": int64(
			n.Sessionless),
		"stale_sessions_expired":      p.Expired,
		"bytes_received_count":        p.BytesReceived + wordBytes*s.wordsReceived,
		"response_bytes":              p.BytesReplied,
		"watch_bytes":                 p.BytesEvents,
		"commit_count":                p.Committed,
		"large_requests_rejected":     p.LargeRejected,
		"stale_requests":              p.Stale,
		"stale_requests_dropped":      p.StaleDropped,
		"stale_replies":               p.StaleReplies,
		"throttled_ops":               p.Throttled,
		"ensemble_auth_success":       p.EnsembleAuthRight,
		"ensemble_auth_fail":          p.EnsembleAuthFailed,
		"ensemble_auth_skip":          p.EnsembleAuthSkipped,
		"request_throttle_wait_count": p.ThrottleWaits,

		"paddock_log_bytes_total":               w.Bytes,
		"paddock_log_segments_total":            w.Segments,
		"paddock_log_slow_syncs_total":          w.SlowSyncs,
		"paddock_log_stalls_total":              w.Stalls,
		"paddock_log_spare_errors_total":        w.SpareErrors,
		"paddock_log_pending_transactions":      int64(s.proc.Gauges().Pending),
		"paddock_snapshot_slices_total":         m.slices,
		"paddock_snapshot_bytes_total":          m.snapshotBytes,
		"paddock_connections_parked":            n.Parked,
		"paddock_connections_not_reading_total": p.NotReading + int64(n.NotReading),
		"paddock_frames_refused_total":          int64(n.LenErrors),
		"paddock_accept_errors_total":           int64(n.AcceptErrors),
		"paddock_quota_refused_total":           p.QuotaExceeded,
		"paddock_stood_still_total":             m.pauseMs.Count,
	} {
		all[name] = float64(value)
	}
	return all
}

// histograms copies every series by its name.
func (s *Server) histograms() map[string]*metric.Histogram {
	m, p := &s.series, s.proc.Series()
	all := map[string]*metric.Histogram{}
	for name, h := range map[string]*metric.Histogram{
		"readlatency": &p.Read, "updatelatency": &p.Write, "propagation_latency": &p.ToApplied,
		"sync_processor_queue_and_flush_time_ms": &p.ToDurable, "request_throttle_queue_time_ms": &p.Held,
		"connection_token_deficit": &p.Deficit,
		"node_created_watch_count": &p.Created, "node_deleted_watch_count": &p.Deleted,
		"node_changed_watch_count": &p.Changed, "node_children_watch_count": &p.Children,

		"fsynctime": &m.syncMs, "sync_processor_queue_flush_time_ms": &m.syncMs,
		"sync_processor_batch_size": &m.batchTxns, "sync_processor_queue_size": &m.queuedTxns,
		"snapshottime": &m.snapshotMs, "restore_time": &m.restoreMs,
		"dbinittime": &m.loadMs, "startup_snap_load_time": &m.loadSnapshotMs,
		"startup_txns_load_time": &m.replayMs, "startup_txns_loaded": &m.replayTxns, "jvm_pause_time_ms": &m.pauseMs,

		"paddock_pass_seconds": &m.passUs, "paddock_pass_events": &m.passEvents, "paddock_lag_seconds": &m.lagUs,
		"paddock_sync_seconds": &m.syncUs, "paddock_log_batch_bytes": &m.batchBytes,
	} {
		c := *h
		all[name] = &c
	}
	return all
}

// memory is where the bytes are.
func (s *Server) memory(n *loop.Stats) map[string]float64 {
	held := s.proc.Memory()
	runtime := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(runtime)
	return map[string]float64{
		"znodes": float64(held.Znodes), "watches": float64(held.Watches), "sessions": float64(held.Sessions),
		"requests_in_flight": float64(n.BytesInFlight), "log_queue": float64(s.door.QueuedBytes()),
		"heap": float64(runtime[0].Value.Uint64()), "total": float64(runtime[1].Value.Uint64()),
	}
}

// addQuota adds a quota to the gauges of its namespace.
func addQuota(gauges map[string]map[string]float64, u *apply.QuotaUse) {
	gauges["quota_count_limit_per_namespace"][u.Namespace] += float64(u.CountLimit)
	gauges["quota_bytes_limit_per_namespace"][u.Namespace] += float64(u.BytesLimit)
	gauges["quota_count_usage_per_namespace"][u.Namespace] += float64(u.Count)
	gauges["quota_bytes_usage_per_namespace"][u.Namespace] += float64(u.Bytes)
}

// since gives the samples without what they counted up to base. Gauges stay as they are.
func since(now, base admin.Samples) admin.Samples {
	for _, m := range admin.Metrics() {
		switch m.Kind {
		case admin.Counter:
			now.Numbers[m.Name] -= base.Numbers[m.Name]
		case admin.Series, admin.Spread:
			if h, was := now.Series[m.Name], base.Series[m.Name]; h != nil && was != nil {
				now.Series[m.Name] = h.Since(was)
			}
		case admin.KeyedCounter:
			for key, value := range base.KeyedNumbers[m.Name] {
				now.KeyedNumbers[m.Name][key] -= value
			}
		case admin.KeyedSeries:
			for key, was := range base.KeyedSeries[m.Name] {
				is := now.KeyedSeries[m.Name][key]
				now.KeyedSeries[m.Name][key] = is.Since(&was)
			}
		case admin.Gauge, admin.KeyedGauge:
		}
	}
	return now
}

func floats(counts map[string]int64) map[string]float64 {
	all := make(map[string]float64, len(counts))
	for key, n := range counts {
		all[key] = float64(n)
	}
	return all
}

// wordBytes is the length of a four-letter word.
const wordBytes = 4

// loadedInto takes what the load of the data has to tell.
func (s *Server) loadedInto(l *loaded) {
	m := &s.series
	m.loadMs.Add((l.snapshotTook + l.replayTook).Milliseconds())
	m.loadSnapshotMs.Add(l.snapshotTook.Milliseconds())
	m.replayMs.Add(l.replayTook.Milliseconds())
	m.replayTxns.Add(int64(l.replay.Txns))
	if l.mismatch {
		m.digestMismatches++
	}
	s.lastSnapshot = l.snapshot
	s.snapDir, s.logDir = absolute(s.dirs.snap), absolute(s.dirs.log)
	s.proc.KeepDigests(l.replay.Digests)
	s.removeCopies()
}

// newestSnapshot tells which snapshot there is, for last_snapshot.
func newestSnapshot(d dirs, file string, zxid int64) snapshotInfo {
	if file == "" {
		return snapshotInfo{zxid: 0, atSec: time.Now().Unix()} // the empty one that has just been made
	}
	info, err := os.Stat(filepath.Join(d.snap, file))
	if err != nil {
		return snapshotInfo{zxid: zxid, atSec: -1} // a disk of a test
	}
	return snapshotInfo{zxid: zxid, atSec: info.ModTime().Unix()}
}

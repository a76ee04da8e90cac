package admin

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Kind says how a metric is kept and shown.
type Kind int

// The kinds. Series show a median, Spreads more quantiles (Apache's detail levels BASIC and ADVANCED); the keyed kinds have one value
// per key, which Prometheus sees as a label and words in front of the name.
const (
	Counter Kind = iota
	Gauge
	Series
	Spread
	KeyedCounter
	KeyedGauge
	KeyedSeries
)

// String names the kind by its type in Prometheus.
func (k Kind) String() string {
	switch k {
	case Counter, KeyedCounter:
		return "counter"
	case Gauge, KeyedGauge:
		return "gauge"
	default:
		return "summary"
	}
}

// Metric is one row of the table of all metrics.
type Metric struct {
	Name string
	Kind Kind
	Help string // one line
	// Idle says why the metric stays at zero in Paddock; empty if it moves.
	Idle string
	// Scale turns the numbers of a series into those that Prometheus shows; 0 means 1.
	Scale float64
}

// ours tells the metrics that ZooKeeper lacks. Words and commands leave them out.
func (m *Metric) ours() bool { return strings.HasPrefix(m.Name, "paddock_") }

// Why a metric of ZooKeeper's never moves here.
const (
	noEnsemble = "there are no ensembles yet"
	noTLS      = "the admin server has no TLS yet"
	noCaches   = "there are no caches of replies"
	noCleaner  = "dead watches are swept by the processor itself"
	noStages   = "there are no such stages: one processor does it at once"
	noNetty    = "there is no Netty"
	noCrash    = "the server ends instead"
)

const micros = 1e-6 // from microseconds to seconds

// Metrics is the table: ZooKeeper's names (ServerMetrics and ZooKeeperServer.registerMetrics, 3.9.5), then ours. The caller owns it.
func Metrics() []Metric {
	return slices.Concat(gaugeMetrics(), latencyMetrics(), diskMetrics(), stageMetrics(), clientMetrics(), watchMetrics(),
		ensembleMetrics(), ourMetrics())
}

func gaugeMetrics() []Metric {
	return []Metric{
		{Name: "avg_latency", Kind: Gauge, Help: "ms from request to reply, on average since the last srst"},
		{Name: "min_latency", Kind: Gauge, Help: "ms from request to reply, least since the last srst"},
		{Name: "max_latency", Kind: Gauge, Help: "ms from request to reply, greatest since the last srst"},
		{Name: "packets_received", Kind: Gauge, Help: "requests and four-letter words since the last srst"},
		{Name: "packets_sent", Kind: Gauge, Help: "replies, events and answers to words since the last srst"},
		{Name: "num_alive_connections", Kind: Gauge, Help: "open connections of clients"},
		{Name: "outstanding_requests", Kind: Gauge, Help: "requests in work"},
		{Name: "znode_count", Kind: Gauge, Help: "znodes"},
		{Name: "watch_count", Kind: Gauge, Help: "watches; a persistent one counts as two"},
		{Name: "ephemerals_count", Kind: Gauge, Help: "ephemeral znodes"},
		{Name: "approximate_data_size", Kind: Gauge, Help: "bytes of all paths and data"},
		{Name: "open_file_descriptor_count", Kind: Gauge, Help: "open file descriptors"},
		{Name: "max_file_descriptor_count", Kind: Gauge, Help: "limit of file descriptors"},
		{Name: "uptime", Kind: Gauge, Help: "ms since the start"},
		{Name: "global_sessions", Kind: Gauge, Help: "sessions"},
		{Name: "local_sessions", Kind: Gauge, Help: "local sessions", Idle: noEnsemble},
		{Name: "last_client_response_size", Kind: Gauge, Help: "bytes of the last reply; -1 before the first since srst"},
		{Name: "min_client_response_size", Kind: Gauge, Help: "bytes of the smallest reply; -1 before the first since srst"},
		{Name: "max_client_response_size", Kind: Gauge, Help: "bytes of the largest reply; -1 before the first since srst"},
		{Name: "outstanding_tls_handshake", Kind: Gauge, Help: "TLS handshakes under way"},
		{Name: "auth_failed_count", Kind: Gauge, Help: "failed TLS handshakes, and certificates that are no identity"},
		{Name: "non_mtls_remote_conn_count", Kind: Gauge, Help: "connections without TLS from other machines, where TLS is spoken"},
		{Name: "non_mtls_local_conn_count", Kind: Gauge, Help: "connections without TLS from this machine, where TLS is spoken"},
		{Name: "connection_drop_probability", Kind: Gauge, Help: "chance of a new session to be refused by the connection throttle, 0 to 1"},
		{Name: "quota_count_limit_per_namespace", Kind: KeyedGauge, Help: "limits of quotas in znodes, by top namespace"},
		{Name: "quota_bytes_limit_per_namespace", Kind: KeyedGauge, Help: "limits of quotas in bytes, by top namespace"},
		{Name: "quota_count_usage_per_namespace", Kind: KeyedGauge, Help: "use of quotas in znodes, by top namespace"},
		{Name: "quota_bytes_usage_per_namespace", Kind: KeyedGauge, Help: "use of quotas in bytes, by top namespace"},
	}
}

func latencyMetrics() []Metric {
	return []Metric{
		{Name: "readlatency", Kind: Spread, Help: "ms from request to reply of what makes no transaction"},
		{Name: "updatelatency", Kind: Spread, Help: "ms from request to reply of what makes a transaction"},
		{Name: "propagation_latency", Kind: Spread, Help: "ms from a transaction's making to its being applied"},
		{Name: "read_per_namespace", Kind: KeyedSeries, Help: "bytes read, by top namespace; beyond 1000 names under /others"},
		{Name: "write_per_namespace", Kind: KeyedSeries, Help: "bytes written, by top namespace; beyond 1000 names under /others"},
		{Name: "quota_exceeded_error_per_namespace", Kind: KeyedCounter, Help: "writes that a quota has refused, by top namespace"},
		{Name: "jvm_pause_time_ms", Kind: Spread, Help: "ms for which the whole process stood still"},
	}
}

func diskMetrics() []Metric {
	return []Metric{
		{Name: "fsynctime", Kind: Series, Help: "ms of a sync of the log"},
		{Name: "snapshottime", Kind: Series, Help: "ms from the begin of a snapshot to its end"},
		{Name: "snapshot_error_count", Kind: Counter, Help: "snapshots that could not be written"},
		{Name: "snapshot_rate_limited_count", Kind: Counter, Help: "admin commands snapshot that came too soon"},
		{Name: "restore_time", Kind: Series, Help: "ms of an admin command restore"},
		{Name: "restore_error_count", Kind: Counter, Help: "admin commands restore that failed"},
		{Name: "restore_rate_limited_count", Kind: Counter, Help: "admin commands restore that came too soon"},
		{Name: "dbinittime", Kind: Series, Help: "ms of loading the data at start"},
		{Name: "startup_snap_load_time", Kind: Series, Help: "ms of loading the snapshot at start"},
		{Name: "startup_txns_load_time", Kind: Series, Help: "ms of replaying the log at start"},
		{Name: "startup_txns_loaded", Kind: Series, Help: "transactions replayed at start"},
		{Name: "digest_mismatches_count", Kind: Counter, Help: "digests of the tree that were not those of the log"},
		{Name: "sync_processor_request_queued", Kind: Counter, Help: "transactions handed to the log"},
		{Name: "sync_processor_batch_size", Kind: Series, Help: "transactions per sync of the log"},
		{Name: "sync_processor_queue_size", Kind: Series, Help: "transactions not yet durable when a batch goes to the log"},
		{Name: "sync_processor_queue_and_flush_time_ms", Kind: Spread, Help: "ms from a transaction's making to its being durable"},
		{Name: "sync_processor_queue_flush_time_ms", Kind: Spread, Help: "ms from a batch's way to the log to its being durable"},
		{Name: "sync_processor_queue_time_ms", Kind: Spread, Help: "ms of a transaction in front of the log", Idle: "see sync_processor_queue_and_flush_time_ms"},
		{Name: "sync_process_time", Kind: Series, Help: "ms of a transaction in the log's stage", Idle: noStages},
		{Name: "unrecoverable_error_count", Kind: Counter, Help: "errors that stop a part of the server", Idle: noCrash},
	}
}

func stageMetrics() []Metric {
	return []Metric{
		{Name: "prep_processor_request_queued", Kind: Counter, Help: "requests taken into work"},
		{Name: "outstanding_changes_queued", Kind: Counter, Help: "changes of znodes that became pending"},
		{Name: "outstanding_changes_removed", Kind: Counter, Help: "pending changes that were applied"},
		{Name: "prep_processor_queue_time_ms", Kind: Spread, Help: "ms of a request in front of the first stage", Idle: noStages},
		{Name: "prep_processor_queue_size", Kind: Series, Help: "requests in front of the first stage", Idle: noStages},
		{Name: "prep_process_time", Kind: Series, Help: "ms of a request in the first stage", Idle: noStages},
		{Name: "proposal_process_time", Kind: Series, Help: "ms of a request on its way to the log", Idle: noStages},
		{Name: "close_session_prep_time", Kind: Spread, Help: "ms of preparing the end of a session", Idle: noStages},
		{Name: "requests_in_session_queue", Kind: Series, Help: "requests in a session's queue", Idle: noStages},
		{Name: "pending_session_queue_size", Kind: Series, Help: "sessions with queues", Idle: noStages},
		{Name: "reads_after_write_in_session_queue", Kind: Series, Help: "reads right behind a write", Idle: noStages},
		{Name: "reads_issued_from_session_queue", Kind: Series, Help: "reads taken from queues", Idle: noStages},
		{Name: "session_queues_drained", Kind: Series, Help: "queues emptied", Idle: noStages},
		{Name: "time_waiting_empty_pool_in_commit_processor_read_ms", Kind: Series, Help: "ms of waiting for reads to end", Idle: noStages},
		{Name: "write_batch_time_in_commit_processor", Kind: Series, Help: "ms of a batch of writes", Idle: noStages},
		{Name: "concurrent_request_processing_in_commit_processor", Kind: Series, Help: "requests at once", Idle: noStages},
		{Name: "read_commit_proc_req_queued", Kind: Series, Help: "reads in front of the commit stage", Idle: noStages},
		{Name: "write_commit_proc_req_queued", Kind: Series, Help: "writes in front of the commit stage", Idle: noStages},
		{Name: "commit_commit_proc_req_queued", Kind: Series, Help: "commits in front of the commit stage", Idle: noStages},
		{Name: "request_commit_queued", Kind: Counter, Help: "commits received", Idle: noStages},
		{Name: "read_commit_proc_issued", Kind: Series, Help: "reads from the commit stage", Idle: noStages},
		{Name: "write_commit_proc_issued", Kind: Series, Help: "writes from the commit stage", Idle: noStages},
		{Name: "read_commitproc_time_ms", Kind: Spread, Help: "ms of a read in the commit stage", Idle: noStages},
		{Name: "write_commitproc_time_ms", Kind: Spread, Help: "ms of a write in the commit stage", Idle: noStages},
		{Name: "local_write_committed_time_ms", Kind: Spread, Help: "ms of a commit of this server's write in the commit stage", Idle: noStages},
		{Name: "server_write_committed_time_ms", Kind: Spread, Help: "ms of a commit of another server's write in the commit stage", Idle: noStages},
		{Name: "commit_process_time", Kind: Series, Help: "ms of a round of the commit stage", Idle: noStages},
		{Name: "read_final_proc_time_ms", Kind: Spread, Help: "ms of a read in the last stage", Idle: noStages},
		{Name: "write_final_proc_time_ms", Kind: Spread, Help: "ms of a write in the last stage", Idle: noStages},
		{Name: "requests_not_forwarded_to_commit_processor", Kind: Counter, Help: "requests that pass the commit stage by", Idle: noStages},
	}
}

func clientMetrics() []Metric {
	return []Metric{
		{Name: "connection_request_count", Kind: Counter, Help: "connect requests that passed the throttle"},
		{Name: "connection_rejected", Kind: Counter, Help: "connections refused by a limit or by the connection throttle"},
		{Name: "connection_drop_count", Kind: Counter, Help: "connections that the client ended without closing its session"},
		{Name: "connection_revalidate_count", Kind: Counter, Help: "sessions renewed on a new connection"},
		{Name: "connection_token_deficit", Kind: Series, Help: "tokens that a connect request found missing in the throttle's bucket"},
		{Name: "revalidate_count", Kind: Counter, Help: "sessions renewed for other servers", Idle: noEnsemble},
		{Name: "sessionless_connections_expired", Kind: Counter, Help: "connections closed because they made no session in time"},
		{Name: "stale_sessions_expired", Kind: Counter, Help: "sessions expired"},
		{Name: "bytes_received_count", Kind: Counter, Help: "bytes of requests and words, lengths included"},
		{Name: "response_bytes", Kind: Counter, Help: "bytes of replies, lengths included"},
		{Name: "watch_bytes", Kind: Counter, Help: "bytes of events, lengths included"},
		{Name: "commit_count", Kind: Counter, Help: "transactions applied"},
		{Name: "large_requests_rejected", Kind: Counter, Help: "large requests that ended their connection"},
		{Name: "stale_requests", Kind: Counter, Help: "requests taken into work that were older than their session's timeout"},
		{Name: "stale_requests_dropped", Kind: Counter, Help: "requests dropped because they were older than their session's timeout"},
		{Name: "stale_replies", Kind: Counter, Help: "writes whose client had gone when they were applied"},
		{Name: "throttled_ops", Kind: Counter, Help: "requests refused because they had waited too long"},
		{Name: "request_throttle_wait_count", Kind: Counter, Help: "requests that had to wait for room among those in work"},
		{Name: "request_throttle_queue_time_ms", Kind: Spread, Help: "ms that they waited"},
		{Name: "response_packet_cache_hits", Kind: Counter, Help: "replies found in the cache", Idle: noCaches},
		{Name: "response_packet_cache_misses", Kind: Counter, Help: "replies not found in the cache", Idle: noCaches},
		{Name: "response_packet_get_children_cache_hits", Kind: Counter, Help: "lists of children found in the cache", Idle: noCaches},
		{Name: "response_packet_get_children_cache_misses", Kind: Counter, Help: "lists of children not found in the cache", Idle: noCaches},
		{Name: "netty_queued_buffer_capacity", Kind: Series, Help: "bytes of a Netty buffer", Idle: noNetty},
		{Name: "unsuccessful_handshake", Kind: Counter, Help: "failed TLS handshakes"},
		{Name: "tls_handshake_exceeded", Kind: Counter, Help: "TLS handshakes refused for their number"},
		{Name: "insecure_admin_count", Kind: Counter, Help: "plain connections to an admin server with TLS", Idle: noTLS},
		{Name: "cnxn_closed_without_zk_server_running", Kind: Counter, Help: "connections closed before there was a server", Idle: "they wait until the data is loaded"},
		{Name: "ensemble_auth_success", Kind: Counter, Help: "clients with the right name of the ensemble"},
		{Name: "ensemble_auth_fail", Kind: Counter, Help: "clients with a wrong name of the ensemble"},
		{Name: "ensemble_auth_skip", Kind: Counter, Help: "clients whose name of the ensemble was not checked"},
	}
}

func watchMetrics() []Metric {
	return []Metric{
		{Name: "node_created_watch_count", Kind: Series, Help: "connections that a create has told"},
		{Name: "node_deleted_watch_count", Kind: Series, Help: "connections that a delete has told"},
		{Name: "node_changed_watch_count", Kind: Series, Help: "connections that a change of data has told"},
		{Name: "node_children_watch_count", Kind: Series, Help: "connections that a change of children has told"},
		{Name: "add_dead_watcher_stall_time", Kind: Counter, Help: "ms of waiting for the cleaner", Idle: noCleaner},
		{Name: "dead_watchers_queued", Kind: Counter, Help: "dead watchers handed to the cleaner", Idle: noCleaner},
		{Name: "dead_watchers_cleared", Kind: Counter, Help: "dead watchers cleaned up", Idle: noCleaner},
		{Name: "dead_watchers_cleaner_latency", Kind: Spread, Help: "ms of a round of the cleaner", Idle: noCleaner},
	}
}

// ensembleMetrics are about other servers: none of them moves.
func ensembleMetrics() []Metric {
	all := []Metric{
		{Name: "ack_latency", Kind: KeyedSeries, Help: "ms until a follower's acknowledgement"},
		{Name: "learner_handler_qp_size", Kind: KeyedSeries, Help: "packets queued for a follower"},
		{Name: "learner_handler_qp_time_ms", Kind: KeyedSeries, Help: "ms of a packet in a follower's queue"},
		{Name: "follower_sync_time", Kind: Series, Help: "ms of catching up with the leader"},
		{Name: "observer_sync_time", Kind: Series, Help: "ms of catching up as an observer"},
		{Name: "election_time", Kind: Series, Help: "ms of an election"},
		{Name: "inflight_snap_count", Kind: Series, Help: "snapshots on their way to followers"},
		{Name: "inflight_diff_count", Kind: Series, Help: "diffs on their way to followers"},
		{Name: "unavailable_time", Kind: Series, Help: "ms without a leader"},
		{Name: "leader_unavailable_time", Kind: Series, Help: "ms from leading to leading"},
		{Name: "learner_request_processor_queue_size", Kind: Series, Help: "requests queued in a follower"},
		{Name: "socket_closing_time", Kind: Series, Help: "ms of closing a follower's socket"},
		{Name: "om_proposal_process_time_ms", Kind: Spread, Help: "ms of a proposal for observers"},
		{Name: "om_commit_process_time_ms", Kind: Spread, Help: "ms of a commit for observers"},
		{Name: "proposal_latency", Kind: Spread, Help: "ms until a follower's proposal is logged"},
		{Name: "proposal_ack_creation_latency", Kind: Spread, Help: "ms until a proposal is acknowledged"},
		{Name: "commit_propagation_latency", Kind: Spread, Help: "ms until a follower hears of a commit"},
		{Name: "quorum_ack_latency", Kind: Spread, Help: "ms until a quorum has acknowledged"},
		{Name: "looking_count", Kind: Counter, Help: "times that the server looked for a leader"},
		{Name: "diff_count", Kind: Counter, Help: "diffs sent to followers"},
		{Name: "snap_count", Kind: Counter, Help: "snapshots sent to followers"},
		{Name: "proposal_count", Kind: Counter, Help: "proposals sent to followers"},
		{Name: "learner_proposal_received_count", Kind: Counter, Help: "proposals received"},
		{Name: "learner_commit_received_count", Kind: Counter, Help: "commits received"},
		{Name: "quit_leading_due_to_disloyal_voter", Kind: Counter, Help: "leaderships given up"},
		{Name: "skip_learner_request_to_next_processor_count", Kind: Counter, Help: "requests of followers passed by"},
	}
	for i := range all {
		all[i].Idle = noEnsemble
	}
	return all
}

func ourMetrics() []Metric {
	return []Metric{
		{Name: "paddock_pass_seconds", Kind: Spread, Scale: micros, Help: "the processor's time for one round: whatever had queued up"},
		{Name: "paddock_pass_events", Kind: Spread, Help: "requests and news of connections per round of the processor that had some"},
		{Name: "paddock_lag_seconds", Kind: Spread, Scale: micros, Help: "how late the processor came to its clock's ticks"},
		{Name: "paddock_sync_seconds", Kind: Spread, Scale: micros, Help: "a sync of the log"},
		{Name: "paddock_log_batch_bytes", Kind: Spread, Help: "bytes per sync of the log"},
		{Name: "paddock_log_bytes_total", Kind: Counter, Help: "bytes written to the log"},
		{Name: "paddock_log_segments_total", Kind: Counter, Help: "log files begun"},
		{Name: "paddock_log_slow_syncs_total", Kind: Counter, Help: "syncs above fsync.warningthresholdms"},
		{Name: "paddock_log_stalls_total", Kind: Counter, Help: "writes of the log that took a second or more, or fsync.warningthresholdms if that is longer, counted while they last"},
		{Name: "paddock_log_spare_errors_total", Kind: Counter, Help: "failed attempts to fill the next log file with zeros"},
		{Name: "paddock_log_pending_transactions", Kind: Gauge, Help: "transactions that are not durable yet"},
		{Name: "paddock_snapshot_slices_total", Kind: Counter, Help: "pieces of snapshots encoded between requests"},
		{Name: "paddock_snapshot_bytes_total", Kind: Counter, Help: "bytes of snapshots written"},
		{Name: "paddock_memory_bytes", Kind: KeyedGauge, Help: "memory by kind: znodes, watches, sessions, requests in flight, log queue, heap (all of Go's live objects), total (from the system)"},
		{Name: "paddock_connections_parked", Kind: Gauge, Help: "connections not read now because too many of their requests are in flight"},
		{Name: "paddock_connections_not_reading_total", Kind: Counter, Help: "connections closed because their client did not read"},
		{Name: "paddock_frames_refused_total", Kind: Counter, Help: "connections closed for the length of a frame"},
		{Name: "paddock_accept_errors_total", Kind: Counter, Help: "errors of accepting connections"},
		{Name: "paddock_quota_refused_total", Kind: Counter, Help: "writes that a quota has refused"},
		{Name: "paddock_stood_still_total", Kind: Counter, Help: "times that the whole process stood still and sessions got a fresh interval"},
	}
}

// sorted visits a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

package admin

import "paddock/metric"

// mntr prints one "zk_key<TAB>value" per line (MonitorCommand, 3.9.5). ZooKeeper's order is that of a hash.
func mntr(l *lines, v *View, src Source) {
	monitor(v, src.Conf().NoMetrics, func(name string, value any) {
		l.text("zk_", name, "\t", scalar(value), "\n")
	})
}

// monitor gives every value of mntr: text, int64 or float64. With ZooKeeper's NullMetricsProvider there are two.
func monitor(v *View, noMetrics bool, emit func(name string, value any)) {
	s := &v.Stats
	emit("version", s.Version)
	emit("server_state", s.Mode)
	if noMetrics {
		return
	}
	emit("avg_latency", s.Latency.Avg())
	for _, g := range gauges(s) {
		emit(g.name, g.value)
	}
	emit("connection_drop_probability", s.DropProbability)
	for _, m := range Metrics() {
		if !m.ours() {
			m.monitor(&v.Samples, emit)
		}
	}
}

// monitor gives what mntr prints of one metric (Metric.values in ZooKeeper's package metric, 3.9.5).
func (m *Metric) monitor(samples *Samples, emit func(name string, value any)) {
	switch m.Kind {
	case Counter:
		emit(m.Name, int64(samples.Numbers[m.Name]))
	case Series, Spread:
		h := samples.Series[m.Name]
		if h == nil {
			h = new(metric.Histogram)
		}
		emitSummary(m.Name, &h.Summary, emit)
		if m.Kind == Spread {
			emit("p50_"+m.Name, h.Quantile(0.5))
			emit("p95_"+m.Name, h.Quantile(0.95))
			emit("p99_"+m.Name, h.Quantile(0.99))
			emit("p999_"+m.Name, h.Quantile(0.999))
		}
	case KeyedCounter, KeyedGauge:
		for key, value := range sorted(samples.KeyedNumbers[m.Name]) {
			emit(key+"_"+m.Name, int64(value))
		}
	case KeyedSeries:
		for key, s := range sorted(samples.KeyedSeries[m.Name]) {
			emitSummary(key+"_"+m.Name, &s, emit)
		}
	case Gauge: // those of Stats are given already
	}
}

// emitSummary is the five values of a summary (AvgMinMaxCounter.values, 3.9.5).
func emitSummary(name string, s *metric.Summary, emit func(name string, value any)) {
	emit("avg_"+name, s.Avg())
	emit("min_"+name, s.Min)
	emit("max_"+name, s.Max)
	emit("cnt_"+name, s.Count)
	emit("sum_"+name, s.Sum)
}

type gauge struct {
	name  string
	value int64
}

// gauges are the numbers that every server reports (ZooKeeperServer.registerMetrics, 3.9.5).
func gauges(s *Stats) []gauge {
	return []gauge{
		{"min_latency", s.Latency.Min},
		{"max_latency", s.Latency.Max},
		{"packets_received", s.Received},
		{"packets_sent", s.Sent},
		{"num_alive_connections", s.Connections},
		{"outstanding_requests", s.Outstanding},
		{"znode_count", s.Nodes},
		{"watch_count", s.Watches},
		{"ephemerals_count", s.Ephemerals},
		{"approximate_data_size", s.ApproxDataBytes},
		{"open_file_descriptor_count", s.FilesOpen},
		{"max_file_descriptor_count", s.FilesMax},
		{"uptime", s.UptimeMs},
		{"global_sessions", s.Sessions},
		{"local_sessions", s.LocalSessions},
		{"last_client_response_size", s.ResponseBytesLast},
		{"min_client_response_size", s.ResponseBytesMin},
		{"max_client_response_size", s.ResponseBytesMax},
		{"outstanding_tls_handshake", s.Handshakes},
		{"auth_failed_count", s.AuthFailed}, // failed TLS handshakes, not refused auth requests (NettyServerCnxnFactory, 3.9.5)
		{"non_mtls_remote_conn_count", s.PlainRemote},
		{"non_mtls_local_conn_count", s.PlainLocal},
	}
}

// conf prints the configuration that counts (ZooKeeperServer.dumpConf, 3.9.5).
func conf(l *lines, _ *View, src Source) {
	c := src.Conf()
	snapshots, log := src.DirBytes()
	l.number("clientPort=", int64(c.ClientPort))
	l.number("secureClientPort=", int64(c.SecureClientPort))
	l.text("dataDir=", c.SnapDir, "\n")
	l.number("dataDirSize=", snapshots)
	l.text("dataLogDir=", c.LogDir, "\n")
	l.number("dataLogSize=", log)
	l.number("tickTime=", c.TickMs)
	l.number("maxClientCnxns=", int64(c.MaxClientCnxns))
	l.number("minSessionTimeout=", c.MinSessionTimeoutMs)
	l.number("maxSessionTimeout=", c.MaxSessionTimeoutMs)
	l.number("clientPortListenBacklog=", int64(c.ClientPortListenBacklog))
	l.number("serverId=", c.ServerID)
}

// dirs prints the sizes of the two folders (DirsCommand, 3.9.5).
func dirs(l *lines, _ *View, src Source) {
	snapshots, log := src.DirBytes()
	l.number("datadir_size: ", snapshots)
	l.number("logdir_size: ", log)
}

// envi prints where the server runs (EnvCommand, 3.9.5).
func envi(l *lines, _ *View, src Source) {
	l.text("Environment:\n")
	for _, p := range src.Environment() {
		l.text(p.Name, "=", p.Value, "\n")
	}
}

package admin

// mntr prints one "zk_key<TAB>value" per line (MonitorCommand, 3.9.5). The order is ours: ZooKeeper's is that of a hash.
func mntr(src Source) []byte {
	s := src.Stats()
	if !s.Serving {
		return []byte(notServing)
	}
	var l lines
	l.text("zk_version\t", s.Version, "\nzk_server_state\t", s.Mode, "\n")
	l.text("zk_avg_latency\t", javaDouble(s.Latency.Avg()), "\n")
	for _, c := range gauges(&s) {
		l.metric(c.Name, c.Value)
	}
	l.text("zk_connection_drop_probability\t", javaDouble(s.DropProbability), "\n")
	for _, c := range s.Counters {
		l.metric(c.Name, c.Value)
	}
	for _, summary := range s.Summaries {
		l.summary(summary)
	}
	return l.buf
}

// gauges are the numbers that every server reports (ZooKeeperServer.registerMetrics, 3.9.5).
func gauges(s *Stats) []Counter {
	return []Counter{
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
		{"outstanding_tls_handshake", 0},
		{"auth_failed_count", 0}, // failed TLS handshakes, not refused auth requests (NettyServerCnxnFactory, 3.9.5)
		{"non_mtls_remote_conn_count", s.PlainRemote},
		{"non_mtls_local_conn_count", s.PlainLocal},
	}
}

func (l *lines) metric(name string, value int64) {
	l.text("zk_", name)
	l.number("\t", value)
}

// summary is the five lines of a summary (AvgMinMaxCounter.values, 3.9.5).
func (l *lines) summary(s NamedSummary) {
	l.text("zk_avg_", s.Name, "\t", javaDouble(s.Avg()), "\n")
	l.metric("min_"+s.Name, s.Min)
	l.metric("max_"+s.Name, s.Max)
	l.metric("cnt_"+s.Name, s.Count)
	l.metric("sum_"+s.Name, s.Sum)
}

// conf prints the configuration that counts (ZooKeeperServer.dumpConf, 3.9.5).
func conf(src Source) []byte {
	if !src.Stats().Serving {
		return []byte(notServing)
	}
	c := src.Conf()
	snapshots, log := src.DirBytes()
	var l lines
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
	return l.buf
}

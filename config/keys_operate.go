package config

func adminKeys() []Key {
	return []Key{
		{
			Name: "admin.enableServer", Property: same, Type: LooseBool, Default: "true", Quiet: "false", Status: NotYet,
			Meaning: "admin server over HTTP",
		},
		notYet("admin.serverPort", same, Port, "8080", "its port"),
		notYet("admin.serverAddress", same, String, "0.0.0.0", "its address"),
		notYet("admin.idleTimeout", same, Int, "30000", "ms until it closes an idle connection"),
		notYet("admin.commandURL", same, String, "/commands", "path of its commands"),
		notYet("admin.portUnification", same, LooseBool, "false", "TLS and plain text on its port"),
		notYet("admin.forceHttps", same, LooseBool, "false", "TLS only"),
		notYet("admin.needClientAuth", same, LooseBool, "false", "clients show a certificate"),
		notYet("admin.snapshot.enabled", same, LooseBool, "true", "its command snapshot"),
		notYet("admin.restore.enabled", same, LooseBool, "true", "its command restore"),
		notYet("admin.rateLimiterIntervalInMS", same, Long, "300000", "ms between two snapshots or restores"),
		jvm("admin.httpVersion", same, Int, "11", "version of HTTP in Jetty"),
	}
}

func metricsKeys() []Key {
	return []Key{
		notYet("metricsProvider.className", "", String, "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider", "Java class that exports metrics"),
		notYet("metricsProvider.httpHost", "", String, "0.0.0.0", "address of the Prometheus exporter"),
		notYet("metricsProvider.httpPort", "", Port, "7000", "port of the Prometheus exporter"),
		notYet("metricsProvider.exportJvmInfo", "", LooseBool, "true", "export the runtime's metrics too"),
		notYet("metricsProvider.", "", String, "", "passed to the metrics exporter"),
		notYet("pathStats.enabled", same, LooseBool, "false", "count requests by path"),
		notYet("pathStats.slotCapacity", same, Int, "60", "slots"),
		notYet("pathStats.slotDuration", same, Int, "15", "seconds per slot"),
		notYet("pathStats.maxDepth", same, Int, "6", "depth of paths"),
		notYet("pathStats.sampleRate", same, Float, "0.1", "share of requests that is counted"),
		notYet("pathStats.initialDelay", same, Int, "5", "minutes until the first report"),
		notYet("pathStats.delay", same, Int, "5", "minutes between reports"),
		notYet("pathStats.topPathMax", same, Int, "20", "paths per report"),
	}
}

func jvmKeys() []Key {
	return []Key{
		jvm("serverCnxnFactory", same, String, "org.apache.zookeeper.server.NIOServerCnxnFactory", "Java class that handles connections"),
		jvm("nio.numSelectorThreads", same, Int, "", "threads that select"),
		jvm("nio.numWorkerThreads", same, Int, "", "threads that read and write"),
		jvm("nio.shutdownTimeout", same, Long, "5000", "ms to stop those threads"),
		jvm("nio.directBufferBytes", same, Int, "65536", "size of a buffer"),
		jvm("netty.advancedFlowControl.enabled", same, LooseBool, "false", "flow control in Netty"),
		jvm("netty.server.outstandingHandshake.limit", same, Int, "-1", "TLS handshakes at once in Netty"),
		jvm("netty.server.earlyDropSecureConnectionHandshakes", same, LooseBool, "false", "drop TLS handshakes while not serving"),
		jvm("commitProcessor.numWorkerThreads", same, Int, "", "threads that apply"),
		jvm("commitProcessor.maxReadBatchSize", same, Int, "-1", "reads between two writes"),
		jvm("commitProcessor.maxCommitBatchSize", same, Int, "1", "writes at once"),
		jvm("commitProcessor.shutdownTimeout", same, Long, "5000", "ms to stop those threads"),
		jvm("intBufferStartingSizeBytes", same, Int, "1024", "first size of a reply's buffer"),
		jvm("watchManagerName", same, String, "org.apache.zookeeper.server.watch.WatchManager", "Java class that keeps watches"),
		jvm("watcherCleanThreadsNum", same, Int, "2", "threads that forget dead watchers"),
		jvm("watcherCleanThreshold", same, Int, "1000", "dead watchers that wake them"),
		jvm("watcherCleanIntervalInSeconds", same, Int, "600", "seconds that wake them"),
		jvm("maxInProcessingDeadWatchers", same, Int, "-1", "dead watchers that hold up others"),
		jvm("bitHashCacheSize", same, Int, "10", "watchers of a path kept in a list"),
		jvm("jvm.pause.monitor", "", Bool, "false", "report pauses of the JVM"),
		jvm("jvm.pause.info-threshold.ms", "", Long, "1000", "ms worth a note"),
		jvm("jvm.pause.warn-threshold.ms", "", Long, "10000", "ms worth a warning"),
		jvm("jvm.pause.sleep.time.ms", "", Long, "500", "ms between looks"),
		jvm("jmx.log4j.disable", same, LooseBool, "false", "no logging controls in JMX"),
	}
}

// misnamedKeys are names from ZooKeeper's manual that its code never reads, with those that it does read.
func misnamedKeys() []Key {
	pairs := [][2]string{
		{"connectionMaxTokens", "connection_throttle_tokens"},
		{"connectionTokenFillTime", "connection_throttle_fill_time"},
		{"connectionTokenFillCount", "connection_throttle_fill_count"},
		{"connectionFreezeTime", "connection_throttle_freeze_time"},
		{"connectionDropIncrease", "connection_throttle_drop_increase"},
		{"connectionDropDecrease", "connection_throttle_drop_decrease"},
		{"connectionDecreaseRatio", "connection_throttle_decrease_ratio"},
		{"requestThrottleLimit", "request_throttle_max_requests"},
		{"requestThrottleStallTime", "request_throttle_stall_time"},
		{"requestThrottleDropStale", "request_throttle_drop_stale"},
		{"requestStaleLatencyCheck", "request_stale_latency_check"},
		{"requestStaleConnectionCheck", "request_stale_connection_check"},
		{"throttledOpWaitTime", "throttled_op_wait_time"},
		{"advancedFlowControlEnabled", "netty.advancedFlowControl.enabled"},
		{"outstandingHandshake.limit", "netty.server.outstandingHandshake.limit"},
		{"maxConcurrentSnapSyncs", "leader.maxConcurrentSnapSyncs"},
		{"maxConcurrentDiffSyncs", "leader.maxConcurrentDiffSyncs"},
		{"maxTimeToWaitForEpoch", "leader.maxTimeToWaitForEpoch"},
	}
	rows := make([]Key, len(pairs))
	for i, p := range pairs {
		rows[i] = Key{Name: p[0], Property: same, Type: String, Meaning: p[1], Status: Misnamed}
	}
	return rows
}

// otherToolKeys are properties that ZooKeeper's scripts, its logging and its clients read, and that share the variables
// from which ours come.
func otherToolKeys() []Key {
	var rows []Key
	for _, name := range []string{
		"log.", "root.logger", "console.threshold", "tracelog.", "auditlog.", "client.secure", "clientCnxnSocket", "request.timeout",
		"sasl.client", "sasl.client.", "sasl.clientconfig", "server.principal", "server.realm", "kinit", "disableAutoWatchReset",
		"jmx.log4j.mbean",
	} {
		rows = append(rows, Key{Property: "zookeeper." + name, Type: String, Status: OtherTool})
	}
	return rows
}

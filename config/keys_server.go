package config

import "math"

// tickMsMax keeps twenty ticks inside the 32 bits that a session timeout has on the wire.
const tickMsMax = math.MaxInt32 / 20

func minimumKeys() []Key {
	return []Key{
		{
			Name: "clientPort", Type: Port, Meaning: "port for clients; 0 lets the system choose",
			field: func(c *Config) any { return &c.ClientPort },
		},
		notYet("secureClientPort", "", Port, "", "port for clients that speak TLS"),
		{
			Name: "dataDir", Type: Path, Meaning: "directory of the snapshots, and of the log unless dataLogDir is set",
			field: func(c *Config) any { return &c.DataDir },
		},
		{
			Name: "tickTime", Type: Int, Unit: "ms", Default: "3000", Min: 1, Max: tickMsMax,
			Meaning: "unit of session timeouts", field: func(c *Config) any { return &c.TickTime },
		},
	}
}

func storageKeys() []Key {
	return append(logKeys(), snapshotKeys()...)
}

func logKeys() []Key {
	return []Key{
		{
			Name: "dataLogDir", Type: Path, Meaning: "directory of the log, if not dataDir",
			field: func(c *Config) any { return &c.DataLogDir },
		},
		{
			Name: "preAllocSize", Property: same, Type: Long, Unit: "KiB", Default: "65536", Max: math.MaxInt32,
			Meaning: "step in which log files are extended", field: func(c *Config) any { return &c.PreAllocKiB },
		},
		{
			Name: "txnLogSizeLimitInKb", Property: same, Type: Long, Unit: "KiB", Default: "-1",
			Meaning: "size at which a new log file is begun; 0 or less: no limit",
			field:   func(c *Config) any { return &c.TxnLogSizeLimitKiB },
		},
		{
			Name: "fsync.warningthresholdms", Property: same, OldProperty: "fsync.warningthresholdms", Type: Long, Unit: "ms",
			Default: "1000", Min: 0, Max: math.MaxInt32, Meaning: "time after which a sync of the log is reported as slow",
			field: func(c *Config) any { return &c.FsyncWarningThreshold },
		},
		{
			Name: "digest.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "digest of the tree in log and snapshots", field: func(c *Config) any { return &c.DigestEnabled },
		},
		{
			Name: "closeSessionTxn.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "closeSession transactions list the paths they delete",
			field:   func(c *Config) any { return &c.CloseSessionTxnEnabled },
		},
		{
			Name: "datadir.autocreate", Property: same, Type: LooseBool, Default: "true",
			Meaning: "create missing directories at start", field: func(c *Config) any { return &c.DataDirAutoCreate },
		},
		notYet("flushDelay", same, Long, "0", "ms to wait for more writes before a sync"),
		notYet("maxWriteQueuePollTime", same, Long, "", "ms of polling while flushDelay runs"),
		notYet("maxBatchSize", same, Int, "1000", "writes per sync"),
		ensemble("db.autocreate", same, LooseBool, "true", "an empty database may vote"),
		ensemble("commitLogCount", same, Int, "500", "transactions kept in memory for members that lag"),
		ensemble("snapshotSizeFactor", same, Float, "0.33", "how much log may be sent to a member instead of a snapshot"),
	}
}

func snapshotKeys() []Key {
	return []Key{
		{
			Name: "snapCount", Property: same, Type: Int, Unit: "transactions", Default: "100000", Floor: 2,
			Meaning: "transactions per snapshot", field: func(c *Config) any { return &c.SnapCount },
		},
		{
			Name: "snapSizeLimitInKb", Property: same, Type: Long, Unit: "KiB", Default: "4194304",
			Meaning: "log written per snapshot; 0 or less: no limit", field: func(c *Config) any { return &c.SnapSizeLimitKiB },
		},
		{
			Name: "snapshot.trust.empty", Property: same, Type: LooseBool, Default: "false",
			Meaning: "accept a log without a snapshot", field: func(c *Config) any { return &c.SnapshotTrustEmpty },
		},
		{
			Name: "serializeLastProcessedZxid.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "snapshots end with the last zxid", field: func(c *Config) any { return &c.SerializeLastProcessedZxid },
		},
		{
			Name: "autopurge.snapRetainCount", Type: Int, Unit: "snapshots", Default: "3", Floor: 3, Status: NotYet,
			Meaning: "snapshots that a purge keeps", field: func(c *Config) any { return &c.SnapRetainCount },
		},
		{
			Name: "autopurge.purgeInterval", Type: Int, Unit: "h", Default: "0", Status: NotYet,
			Meaning: "time between purges; 0 or less: never", field: func(c *Config) any { return &c.PurgeIntervalHours },
		},
		notYet("snapshot.compression.method", same, String, "", "compression of snapshots: gz or snappy"),
	}
}

func connectionKeys() []Key {
	return []Key{
		{
			Name: "maxClientCnxns", Type: Int, Unit: "connections", Default: "60",
			Meaning: "connections per source address; 0: no limit", field: func(c *Config) any { return &c.MaxClientCnxns },
		},
		{
			Name: "maxCnxns", Property: same, Type: Int, Unit: "connections", Default: "0",
			Meaning: "connections in all; 0: no limit", field: func(c *Config) any { return &c.MaxCnxns },
		},
		{
			Name: "clientPortAddress", Type: String, Meaning: "address to listen on; every one if not set",
			field: func(c *Config) any { return &c.ClientPortAddress },
		},
		{
			Name: "clientPortListenBacklog", Type: Int, Unit: "connections", Default: "-1",
			Meaning: "backlog of the listening socket; -1: the system's", field: func(c *Config) any { return &c.ClientPortListenBacklog },
		},
		{
			Name: "nio.sessionlessCnxnTimeout", Property: same, Type: Int, Unit: "ms", Default: "10000", Min: 1, Max: math.MaxInt32,
			Meaning: "time in which a connection has to make a session", field: func(c *Config) any { return &c.SessionlessTimeout },
		},
		{
			Name: "clientTcpKeepAlive", Property: same, Type: LooseBool, Default: "false",
			Meaning: "keep-alive probes on client connections", field: func(c *Config) any { return &c.ClientTCPKeepAlive },
		},
		{
			Name: "4lw.commands.whitelist", Property: same, Type: String, Default: "srvr",
			Meaning: "four-letter words that are answered, with commas between, or *",
			field:   func(c *Config) any { return &c.FourLetterWhitelist },
		},
		notYet("secureClientPortAddress", "", String, "", "address for the TLS port"),
		notYet("globalOutstandingLimit", same, Int, "1000", "requests in work before reading slows down"),
		notYet("maxResponseCacheSize", same, Int, "400", "replies to getData that are kept encoded"),
		notYet("maxGetChildrenResponseCacheSize", same, Int, "400", "replies to getChildren that are kept encoded"),
		notYet("largeRequestMaxBytes", same, Int, "104857600", "bytes of large requests in work"),
		notYet("largeRequestThreshold", same, Int, "-1", "size from which a request is large; -1: none is"),
	}
}

func sessionKeys() []Key {
	return []Key{
		{
			Name: "minSessionTimeout", Type: Int, Unit: "ms", Default: "-1", Min: -1, Max: math.MaxInt32,
			Meaning: "shortest session timeout; -1: 2 ticks", field: func(c *Config) any { return &c.MinSessionTimeout },
		},
		{
			Name: "maxSessionTimeout", Type: Int, Unit: "ms", Default: "-1", Min: -1, Max: math.MaxInt32,
			Meaning: "longest session timeout; -1: 20 ticks", field: func(c *Config) any { return &c.MaxSessionTimeout },
		},
		{
			Name: "enforceQuota", Property: same, Type: LooseBool, Default: "false", Status: NotYet,
			Meaning: "refuse writes beyond a quota", field: func(c *Config) any { return &c.EnforceQuota },
		},
		{
			Name: "extendedTypesEnabled", Property: same, Type: LooseBool, Default: "false",
			Meaning: "allow znodes with a time to live", field: func(c *Config) any { return &c.ExtendedTypes },
		},
		notYet("emulate353TTLNodes", same, LooseBool, "false", "time-to-live znodes as 3.5.3 stored them"),
		notYet("enableEagerACLCheck", same, LooseBool, "false", "check permissions before a write enters the queue"),
		notYet("audit.enable", same, LooseBool, "false", "audit log"),
		notYet("audit.impl.class", same, String, "org.apache.zookeeper.audit.Slf4jAuditLogger", "Java class of the audit log"),
		{
			Property: "znode.container.checkIntervalMs", Type: Int, Unit: "ms", Default: "60000", Min: 1, Max: 1<<31 - 1,
			Meaning: "time between searches for empty containers and expired TTL znodes",
			field:   func(c *Config) any { return &c.ContainerCheckInterval },
		},
		{
			Property: "znode.container.maxPerMinute", Type: Int, Default: "10000", Min: 1, Max: 1<<31 - 1,
			Meaning: "containers and TTL znodes deleted per minute", field: func(c *Config) any { return &c.ContainersPerMinute },
		},
		{
			Property: "znode.container.maxNeverUsedIntervalMs", Type: Long, Unit: "ms", Default: "0", Min: 0, Max: 1 << 40,
			Meaning: "age at which a container goes that never had a child; 0: never",
			field:   func(c *Config) any { return &c.ContainerNeverUsed },
		},
		ensemble("localSessionsEnabled", "", Bool, "false", "sessions known to one member only"),
		ensemble("localSessionsUpgradingEnabled", "", Bool, "false", "a local session becomes global when it has to"),
	}
}

func throttleKeys() []Key {
	return []Key{
		notYet("connection_throttle_tokens", same, Int, "0", "new connections that may come at once; 0: any number"),
		notYet("connection_throttle_fill_time", same, Int, "1", "ms between refills of the tokens"),
		notYet("connection_throttle_fill_count", same, Int, "1", "tokens per refill"),
		notYet("connection_throttle_freeze_time", same, Int, "-1", "ms between changes of the drop probability"),
		notYet("connection_throttle_drop_increase", same, Float, "0.02", "step up of the drop probability"),
		notYet("connection_throttle_drop_decrease", same, Float, "0.002", "step down of the drop probability"),
		notYet("connection_throttle_decrease_ratio", same, Float, "0", "share of tokens that lets the probability fall"),
		notYet("connection_throttle_weight_enabled", same, LooseBool, "false", "count connections by the kind of their session"),
		notYet("connection_throttle_global_session_weight", same, Int, "3", "weight of a global session"),
		notYet("connection_throttle_local_session_weight", same, Int, "1", "weight of a local session"),
		notYet("connection_throttle_renew_session_weight", same, Int, "2", "weight of a renewed session"),
		notYet("request_throttle_max_requests", same, Int, "0", "requests in work before others wait; 0: any number"),
		notYet("request_throttle_stall_time", same, Int, "100", "ms that a waiting request sleeps"),
		notYet("request_throttle_drop_stale", same, LooseBool, "true", "drop requests whose client has gone"),
		notYet("request_stale_connection_check", same, LooseBool, "true", "a request of a closed connection is stale"),
		notYet("request_stale_latency_check", same, LooseBool, "false", "a request older than its session timeout is stale"),
		notYet("request_throttler.shutdownTimeout", same, Long, "10000", "ms to empty the queue at the end"),
		notYet("throttled_op_wait_time", same, Int, "0", "ms of waiting after which a request is refused; 0: never"),
	}
}

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
		{
			Name: "globalOutstandingLimit", Property: same, Type: Int, Unit: "requests", Default: "1000", Min: 1, Max: math.MaxInt32,
			Meaning: "requests in work above which each connection waits for its own; no limit unless set",
			field:   func(c *Config) any { return &c.RequestThrottle.OutstandingMax },
		},
		notYet("maxResponseCacheSize", same, Int, "400", "replies to getData that are kept encoded"),
		notYet("maxGetChildrenResponseCacheSize", same, Int, "400", "replies to getChildren that are kept encoded"),
		{
			Name: "largeRequestMaxBytes", Property: same, Type: Int, Unit: "bytes", Default: "104857600", Min: 1, Max: math.MaxInt32,
			Meaning: "bytes of large requests in work; who sends more is closed",
			field:   func(c *Config) any { return &c.RequestThrottle.LargeBytesMax },
		},
		{
			Name: "largeRequestThreshold", Property: same, Type: Int, Unit: "bytes", Default: "-1",
			Meaning: "size above which a request is large; 0 or less: none is",
			field:   func(c *Config) any { return &c.RequestThrottle.LargeBytes },
		},
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
			Name: "enforceQuota", Property: same, Type: LooseBool, Default: "false",
			Meaning: "refuse writes beyond a quota", field: func(c *Config) any { return &c.EnforceQuota },
		},
		{
			Name: "extendedTypesEnabled", Property: same, Type: LooseBool, Default: "false",
			Meaning: "allow znodes with a time to live", field: func(c *Config) any { return &c.ExtendedTypes },
		},
		{
			Name: "emulate353TTLNodes", Property: same, Type: LooseBool, Default: "false",
			Meaning: "time-to-live znodes as 3.5.3 stored them", field: func(c *Config) any { return &c.Emulate353TTL },
		},
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

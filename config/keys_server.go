package config

import "math"

// tickMsMax keeps twenty ticks inside the 32 bits that a session timeout has on the wire.
const tickMsMax = math.MaxInt32 / 20

func minimumKeys() []Key {
	return []Key{
		{
			Name: "clientPort", Type: Port, Meaning: "port for clients; 0 lets the system choose",
			field:  func(c *Config) any { return &c.ClientPort },
			Status: Different, Note: "ZooKeeper also runs without any port; Paddock refuses to start then.",
		},
		{
			Name: "secureClientPort", Type: Port, Meaning: "port for clients that speak TLS; 0 lets the system choose",
			field:  func(c *Config) any { return &c.SecureClientPort },
			Status: Different, Note: "Beside `clientPort` or alone. In ZooKeeper it needs `serverCnxnFactory` to be Netty's; here that does not matter.",
		},
		{
			Name: "dataDir", Type: Path, Meaning: "directory of the snapshots, and of the log unless dataLogDir is set",
			field: func(c *Config) any { return &c.DataDir },
			Note:  "A relative path is warned about unless it begins with `./`.",
		},
		{
			Name: "tickTime", Type: Int, Unit: "ms", Default: "3000", Min: 1, Max: tickMsMax,
			Meaning: "unit of session timeouts", field: func(c *Config) any { return &c.TickTime },
			Note: "1 to 107374182; anything else is refused.",
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
			Note:  "A snapshot in the log folder, or a log in the snapshot folder, is refused (exit 3).",
		},
		{
			Name: "preAllocSize", Property: same, Type: Long, Unit: "KiB", Default: "65536", Max: math.MaxInt32,
			Meaning: "step in which log files are extended", field: func(c *Config) any { return &c.PreAllocKiB },
			Status: Different, Note: "How much of the next log file is filled with zeros ahead of time, by a helper. A file without zeros left grows, or the next one is begun if it is ready. 0 means no zeros; a negative number is refused.",
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
			Note:  "A negative number is refused. The old property without `zookeeper.` works too.",
		},
		{
			Name: "digest.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "digest of the tree in log and snapshots", field: func(c *Config) any { return &c.DigestEnabled },
		},
		{
			Name: "closeSessionTxn.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "closeSession transactions list the paths they delete",
			field:   func(c *Config) any { return &c.CloseSessionTxnEnabled },
			Note:    "See the data directory for lists of more than 1 MiB.",
		},
		{
			Name: "datadir.autocreate", Property: same, Type: LooseBool, Default: "true",
			Meaning: "create missing directories at start", field: func(c *Config) any { return &c.DataDirAutoCreate },
			Note: "Exit code 3. `ZOO_DATADIR_AUTOCREATE_DISABLE` in the environment works too.",
		},
		noNeed("flushDelay", same, Long, "0", "ms to wait for more writes before a sync", "A batch is whatever queued up while the last sync ran; nothing waits for it."),
		noNeed("maxWriteQueuePollTime", same, Long, "", "ms of polling while flushDelay runs", "A batch is whatever queued up while the last sync ran; nothing polls for it."),
		noNeed("maxBatchSize", same, Int, "1000", "writes per sync", "A batch is bounded by bytes, not by the number of its writes."),
		{
			Name: "db.autocreate", Property: same, Type: LooseBool, Default: "true",
			Meaning: "an empty directory may be served without a file `initialize` in it",
			field:   func(c *Config) any { return &c.DBAutoCreate }, Status: Different,
			Note: "Otherwise the server does not start (exit 3). ZooKeeper starts, and closes every connection.",
		},
		ensemble("commitLogCount", same, Int, "500", "transactions kept in memory for members that lag"),
		ensemble("snapshotSizeFactor", same, Float, "0.33", "how much log may be sent to a member instead of a snapshot"),
	}
}

func snapshotKeys() []Key {
	return []Key{
		{
			Name: "snapCount", Property: same, Type: Int, Unit: "transactions", Default: "100000", Floor: 2,
			Meaning: "transactions per snapshot", field: func(c *Config) any { return &c.SnapCount },
			Note: "Less than 2 is taken as 2, with a warning.",
		},
		{
			Name: "snapSizeLimitInKb", Property: same, Type: Long, Unit: "KiB", Default: "4194304",
			Meaning: "log written per snapshot; 0 or less: no limit", field: func(c *Config) any { return &c.SnapSizeLimitKiB },
		},
		{
			Name: "snapshot.trust.empty", Property: same, Type: LooseBool, Default: "false",
			Meaning: "accept a log without a snapshot", field: func(c *Config) any { return &c.SnapshotTrustEmpty },
			Note: "The log then has to be whole from its first transaction.",
		},
		{
			Name: "serializeLastProcessedZxid.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "snapshots end with the last zxid", field: func(c *Config) any { return &c.SerializeLastProcessedZxid },
		},
		{
			Name: "autopurge.snapRetainCount", Type: Int, Unit: "snapshots", Default: "3", Floor: 3, Status: Different,
			Meaning: "snapshots that a purge keeps", field: func(c *Config) any { return &c.SnapRetainCount },
			Note: "Less than 3 is taken as 3. Only snapshots that were read whole count; ZooKeeper looks at their last five bytes.",
		},
		{
			Name: "autopurge.purgeInterval", Type: Int, Unit: "h", Default: "0",
			Meaning: "time between purges; 0 or less: never", field: func(c *Config) any { return &c.PurgeIntervalHours },
		},
		{
			Name: "snapshot.compression.method", Property: same, Type: String, Words: []string{"gz", "snappy"},
			Meaning: "compression of snapshots: gz or snappy", field: func(c *Config) any { return &c.SnapshotCompression },
			Note: "Anything else means none, with a warning.",
		},
	}
}

func connectionKeys() []Key {
	return []Key{
		{
			Name: "maxClientCnxns", Type: Int, Unit: "connections", Default: "60",
			Meaning: "connections per source address; 0 or less: no limit", field: func(c *Config) any { return &c.MaxClientCnxns },
			Note: "With `paddock server port dataDir` there is no limit unless given, as in Apache.",
		},
		{
			Name: "maxCnxns", Property: same, Type: Int, Unit: "connections", Default: "0",
			Meaning: "connections in all; 0: no limit", field: func(c *Config) any { return &c.MaxCnxns },
			Note: "Apart from it, connections are refused when fewer than 64 file descriptors are free.",
		},
		{
			Name: "clientPortAddress", Type: String, Meaning: "address to listen on; every one if not set",
			field: func(c *Config) any { return &c.ClientPortAddress },
			Note:  "Empty means 127.0.0.1, as in Java, with a warning. Needs `clientPort`.",
		},
		{
			Name: "clientPortListenBacklog", Type: Int, Unit: "connections", Default: "-1",
			Meaning: "backlog of the listening socket; -1: the system's limit (net.core.somaxconn)", field: func(c *Config) any { return &c.ClientPortListenBacklog },
			Status: Different, Note: "In Java, -1 is 50.",
		},
		{
			Name: "nio.sessionlessCnxnTimeout", Property: same, Type: Int, Unit: "ms", Default: "10000", Min: 1, Max: math.MaxInt32,
			Meaning: "time in which a connection has to make a session", field: func(c *Config) any { return &c.SessionlessTimeout },
			Note: "Noticed up to 500 ms late.",
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
		{
			Name: "secureClientPortAddress", Type: String, Meaning: "address to listen on for TLS; every one if not set",
			field: func(c *Config) any { return &c.SecureClientPortAddress },
			Note:  "As `clientPortAddress`. Needs `secureClientPort`.",
		},
		{
			Name: "globalOutstandingLimit", Property: same, Type: Int, Unit: "requests", Default: "1000", Min: 1, Max: math.MaxInt32,
			Meaning: "requests in work above which each connection waits for its own; no limit unless set",
			field:   func(c *Config) any { return &c.RequestThrottle.OutstandingMax },
			Status:  Different, Note: "Only where it is set; from 1. See throttling.",
		},
		noNeed("maxResponseCacheSize", same, Int, "400", "replies to getData that are kept encoded", "There is no cache: replies are encoded from the tree."),
		noNeed("maxGetChildrenResponseCacheSize", same, Int, "400", "replies to getChildren that are kept encoded", "There is no cache: replies are encoded from the tree."),
		{
			Name: "largeRequestMaxBytes", Property: same, Type: Int, Unit: "bytes", Default: "104857600", Min: 1, Max: math.MaxInt32,
			Meaning: "bytes of large requests in work; who sends more is closed",
			field:   func(c *Config) any { return &c.RequestThrottle.LargeBytesMax },
			Note:    "Less than 1 is refused.",
		},
		{
			Name: "largeRequestThreshold", Property: same, Type: Int, Unit: "bytes", Default: "-1",
			Meaning: "size above which a request is large; 0 or less: none is",
			field:   func(c *Config) any { return &c.RequestThrottle.LargeBytes },
			Note:    "See throttling.",
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
			Note: "Less than `minSessionTimeout` is refused.",
		},
		{
			Name: "enforceQuota", Property: same, Type: LooseBool, Default: "false",
			Meaning: "refuse writes beyond a quota", field: func(c *Config) any { return &c.EnforceQuota },
			Status: Different, Note: "Pending writes count, also within a burst and a multi; Apache looks at applied values and overshoots. Lines about full quotas are at least a second apart.",
		},
		{
			Name: "extendedTypesEnabled", Property: same, Type: LooseBool, Default: "false",
			Meaning: "allow znodes with a time to live", field: func(c *Config) any { return &c.ExtendedTypes },
			Note: "TTL znodes that are on disk are TTL znodes whatever it says; ZooKeeper takes them for ephemerals of unknown sessions, and deletes them, when it is off.",
		},
		{
			Name: "emulate353TTLNodes", Property: same, Type: LooseBool, Default: "false",
			Meaning: "time-to-live znodes as 3.5.3 stored them", field: func(c *Config) any { return &c.Emulate353TTL },
			Status: Different, Note: "With `extendedTypesEnabled`. Such znodes are brought into the present form when they are loaded, and the next snapshot, begun at once, holds them so; ZooKeeper leaves them as they are. A crash before that snapshot is finished makes the next start report a difference of digests, which does no harm.",
		},
		ensemble("enableEagerACLCheck", same, LooseBool, "false", "check permissions before a write goes to the leader"),
		{
			Name: "audit.enable", Property: same, Type: LooseBool, Default: "false",
			Meaning: "audit log of all writes", field: func(c *Config) any { return &c.AuditEnabled },
			Status: Different, Note: "Into `zookeeper_audit.log` in the folder `zookeeper.log.dir`, or to stderr: the row about the audit log in COMPATIBILITY.md has the differences.",
		},
		noNeed("audit.impl.class", same, String, "org.apache.zookeeper.audit.Slf4jAuditLogger", "Java class of the audit log",
			"The audit log has the lines of the default; Java classes cannot be loaded."),
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

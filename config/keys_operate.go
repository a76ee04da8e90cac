package config

import (
	"math"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Admin is the admin server over HTTP.
type Admin struct {
	Enabled     bool
	Address     string
	Port        int
	PortSet     bool // it was asked for: then it must be had
	IdleTimeout time.Duration
	CommandURL  string
	ForceHTTPS  bool // nothing may be served in the clear

	// Snapshot and Restore allow the two commands, RateMs is the time between two of them.
	Snapshot, Restore bool
	RateMs            int64

	Console      string // one of the ways below
	ConsoleHosts string // names that it answers to, with commas between
}

// Who gets the console.
const (
	ConsoleOff   = "off"
	ConsoleLocal = "local" // who comes from this machine
	ConsoleRead  = "read"  // everybody that the admin server's address lets in
	ConsoleWrite = "write" // they too, and it edits
)

// The ways to export metrics.
const (
	MetricsDefault    = "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider"
	MetricsPrometheus = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider"
	MetricsNull       = "org.apache.zookeeper.metrics.impl.NullMetricsProvider"
)

// Metrics says how metrics are exported.
type Metrics struct {
	ClassName string // one of the ways above
	Host      string
	Port      int
	Runtime   bool // Go's and the process's too
}

// ConsoleNames takes ConsoleHosts apart.
func (a *Admin) ConsoleNames() []string {
	return strings.FieldsFunc(a.ConsoleHosts, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// isHost tells whether a text can be what browsers send as Host: a name or an address, and a port if there is one. Names of other
// letters than ASCII's they send as xn--….
func isHost(text string) bool {
	name := text
	if host, port, err := net.SplitHostPort(text); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return false
		}
		name = host
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`).MatchString(name)
}

// checkOperate notes whether the admin port was asked for, and refuses a way to export metrics that there is not.
func (l *loader) checkOperate() *Error {
	l.cfg.Admin.PortSet = l.setting("admin.serverPort") != nil
	l.cfg.Admin.Console = strings.ToLower(l.cfg.Admin.Console)
	for _, host := range l.cfg.Admin.ConsoleNames() {
		if !isHost(host) {
			return l.setting("admin.console.hosts").refuse(strconv.Quote(host), "names with commas between, each with or without a port, such as zk1.example.com or zk1.example.com:8443")
		}
	}
	switch l.cfg.Metrics.ClassName {
	case MetricsDefault, MetricsPrometheus, MetricsNull:
		return nil
	}
	s := l.setting("metricsProvider.className")
	return s.refuse(s.shown(), "one of "+strings.Join([]string{MetricsDefault, MetricsPrometheus, MetricsNull}, ", "))
}

func adminKeys() []Key {
	return []Key{
		{
			Name: "admin.enableServer", Property: same, Type: LooseBool, Default: "true",
			Meaning: "admin server over HTTP", field: func(c *Config) any { return &c.Admin.Enabled },
		},
		{
			Name: "admin.serverPort", Property: same, Type: Port, Default: "8080", Status: Different,
			Meaning: "its port; 0 lets the system choose", field: func(c *Config) any { return &c.Admin.Port },
			Note: "If 8080 is taken and was not asked for, the server warns and runs without. ZooKeeper refuses to start; so does Paddock if the port was set.",
		},
		{
			Name: "admin.serverAddress", Property: same, Type: String, Default: "0.0.0.0",
			Meaning: "its address", field: func(c *Config) any { return &c.Admin.Address },
		},
		{
			Name: "admin.idleTimeout", Property: same, Type: Int, Unit: "ms", Default: "30000", Min: 1, Max: math.MaxInt32,
			Meaning: "time after which it closes an idle connection", field: func(c *Config) any { return &c.Admin.IdleTimeout },
		},
		{
			Name: "admin.commandURL", Property: same, Type: String, Default: "/commands",
			Meaning: "path of its commands", field: func(c *Config) any { return &c.Admin.CommandURL },
		},
		notYet("admin.portUnification", same, LooseBool, "false", "TLS and plain text on its port"),
		{
			Name: "admin.forceHttps", Property: same, Type: LooseBool, Default: "false", Status: NotYet,
			Meaning: "TLS only", field: func(c *Config) any { return &c.Admin.ForceHTTPS },
			Note: "With `true` the admin server does not start: nothing is served in the clear that should not be.",
		},
		notYet("admin.needClientAuth", same, LooseBool, "false", "clients show a certificate"),
		{
			Name: "admin.snapshot.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "its command snapshot", field: func(c *Config) any { return &c.Admin.Snapshot },
		},
		{
			Name: "admin.restore.enabled", Property: same, Type: LooseBool, Default: "true",
			Meaning: "its command restore", field: func(c *Config) any { return &c.Admin.Restore },
		},
		{
			Name: "admin.rateLimiterIntervalInMS", Property: same, Type: Long, Unit: "ms", Default: "300000", Max: math.MaxInt32,
			Meaning: "time between two restores", field: func(c *Config) any { return &c.Admin.RateMs },
			Note: "For snapshots ZooKeeper takes the number for microseconds, and so does Paddock.",
		},
		{
			Name: "admin.console", Property: same, Type: Choice, Words: []string{ConsoleOff, ConsoleLocal, ConsoleRead, ConsoleWrite},
			Default: ConsoleLocal, Status: Different,
			Meaning: "console in the browser at `/` of its port: for nobody, for browsers on this machine, or for everybody who reaches the port; with `write` it edits too",
			Note: "Paddock's own. What a proxy hands on does not count as coming from this machine. Every edit is made in the name of a user and password, with a client's rights, and is logged and audited as a client's. " +
				"Where every client has to show a certificate (`ssl.clientAuth=need` and no `clientPort`), `write` reads only, with a warning.",
			field: func(c *Config) any { return &c.Admin.Console },
		},
		{
			Name: "admin.console.hosts", Property: same, Type: String, Default: "", Status: Different,
			Meaning: "names with commas between under which browsers may ask for the console, such as `zk1.example.com`; with a port, as in `zk1.example.com:8443`, for that port only",
			Note:    "Paddock's own. Addresses, `localhost` and the machine's name are good anyway; other names could be somebody else's (DNS rebinding).",
			field:   func(c *Config) any { return &c.Admin.ConsoleHosts },
		},
		jvm("admin.httpVersion", same, Int, "11", "version of HTTP in Jetty"),
	}
}

func metricsKeys() []Key {
	return []Key{
		{
			Name: "metricsProvider.className", Type: String, Default: MetricsDefault,
			Meaning: "how metrics are exported, by the name of ZooKeeper's class", field: func(c *Config) any { return &c.Metrics.ClassName },
			Status: Different, Note: "ZooKeeper's own three classes; any other is refused. With Prometheus, `mntr` keeps its usual form, where ZooKeeper's takes that of the exporter.",
		},
		{
			Name: "metricsProvider.httpHost", Type: String, Default: "0.0.0.0",
			Meaning: "address of the Prometheus exporter", field: func(c *Config) any { return &c.Metrics.Host },
		},
		{
			Name: "metricsProvider.httpPort", Type: Port, Default: "7000",
			Meaning: "port of the Prometheus exporter; 0 lets the system choose", field: func(c *Config) any { return &c.Metrics.Port },
		},
		{
			Name: "metricsProvider.exportJvmInfo", Type: LooseBool, Default: "true", Status: Different,
			Meaning: "export the runtime's metrics too", field: func(c *Config) any { return &c.Metrics.Runtime },
			Note: "Go's (`go_…`) and the process's (`process_…`) instead of the JVM's.",
		},
		noNeed("metricsProvider.", "", String, "", "passed to the metrics exporter",
			"The exporter has no use for other settings, such as `numWorkerThreads`, `maxQueueSize` and `workerShutdownTimeoutMs`."),
	}
}

// PathStats says how requests are counted by their paths. The reports go into the log.
type PathStats struct {
	Enabled                   bool
	SlotCapacity, SlotSeconds int // what was counted longer ago than all slots last is forgotten
	DepthMax                  int // names of a path
	SampleRate                float64
	InitialMinutes, Minutes   int // until the first report, between two of them
	PathsMax                  int // per report
}

// pathStatsKeys are bounded so that no product of two of them overflows a time.
func pathStatsKeys() []Key {
	return []Key{
		{
			Name: "pathStats.enabled", Property: same, Type: LooseBool, Default: "false", Status: Different,
			Meaning: "log from time to time for which paths requests come", field: func(c *Config) any { return &c.PathStats.Enabled },
			Note: "Counts creates with a time to live too, of which ZooKeeper complains in its log, and keeps at most 20 MiB of paths, where ZooKeeper has no bound.",
		},
		{
			Name: "pathStats.slotCapacity", Property: same, Type: Int, Default: "60", Min: 1, Max: 100_000,
			Meaning: "slots that are remembered", field: func(c *Config) any { return &c.PathStats.SlotCapacity },
		},
		{
			Name: "pathStats.slotDuration", Property: same, Type: Int, Unit: "seconds", Default: "15", Min: 1, Max: 86_400,
			Meaning: "length of a slot", field: func(c *Config) any { return &c.PathStats.SlotSeconds },
		},
		{
			Name: "pathStats.maxDepth", Property: same, Type: Int, Default: "6", Min: 1, Max: math.MaxInt32,
			Meaning: "names of a path that are told apart", field: func(c *Config) any { return &c.PathStats.DepthMax },
			Note: "As in ZooKeeper, a report shows four of them at most.",
		},
		{
			Name: "pathStats.sampleRate", Property: same, Type: Float, Default: "0.1",
			Meaning: "share of the requests that is counted", field: func(c *Config) any { return &c.PathStats.SampleRate },
		},
		{
			Name: "pathStats.initialDelay", Property: same, Type: Int, Unit: "minutes", Default: "5", Max: 10_000_000,
			Meaning: "time until the first report", field: func(c *Config) any { return &c.PathStats.InitialMinutes },
		},
		{
			Name: "pathStats.delay", Property: same, Type: Int, Unit: "minutes", Default: "5", Min: 1, Max: 10_000_000,
			Meaning: "time between two reports", field: func(c *Config) any { return &c.PathStats.Minutes },
		},
		{
			Name: "pathStats.topPathMax", Property: same, Type: Int, Default: "20", Max: math.MaxInt32,
			Meaning: "paths per report", field: func(c *Config) any { return &c.PathStats.PathsMax },
		},
	}
}

func loggingKeys() []Key {
	return []Key{
		{
			Property: "paddock.log.level", Type: Choice, Words: []string{"debug", "info", "warn", "error"}, Default: "info",
			Meaning: "least of what is logged", field: func(c *Config) any { return &c.LogLevel },
			Status: Different, Note: "Paddock's own. The signal SIGUSR1 switches a running server to debug, SIGUSR2 back.",
		},
		{
			Property: "paddock.log.format", Type: Choice, Words: []string{"text", "json"}, Default: "text",
			Meaning: "form of the log lines on stderr", field: func(c *Config) any { return &c.LogFormat },
			Status: Different, Note: "Paddock's own.",
		},
		{
			Property: "zookeeper.log.dir", Type: Path, Meaning: "folder of the audit log; empty: stderr",
			field:  func(c *Config) any { return &c.LogDir },
			Status: Different, Note: "`ZOO_LOG_DIR` in the environment sets it, as with `zkServer.sh`. Nothing but the audit log is written there.",
		},
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
		rows[i] = Key{Name: p[0], Property: same, Type: String, Meaning: p[1], Status: Misnamed, Note: "The key that works is `" + p[1] + "`."}
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

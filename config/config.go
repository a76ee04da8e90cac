package config

import "time"

// SessionServerID is the server id inside the session ids of a standalone server, whatever its file myid says
// (ZooKeeperServer.createSessionTracker, 3.9.5).
const SessionServerID = 1

// Config is everything that can be set, checked and with defaults filled in.
type Config struct {
	// File is the zoo.cfg it came from, empty if none. Text is that file's text, as ZooKeeper's admin commands show it.
	File, Text string

	// ClientPort is where clients connect; 0 lets the system choose, -1 is none. Invariant: there is it or SecureClientPort.
	ClientPort int
	// ClientPortAddress is a host name or IP address without brackets; empty means every address of both families.
	ClientPortAddress string
	// SecureClientPort and SecureClientPortAddress are the same for clients that speak TLS; -1 is none.
	SecureClientPort        int
	SecureClientPortAddress string
	TLS                     TLS
	// ClientPortListenBacklog is the listen backlog; -1 means the default of the system.
	ClientPortListenBacklog int
	// MaxClientCnxns is per source address, MaxCnxns in total; 0 or less means no limit.
	MaxClientCnxns, MaxCnxns int
	// SessionlessTimeout closes a connection that has not made a session by then.
	SessionlessTimeout time.Duration
	// ClientTCPKeepAlive turns the system's keep-alive probes on.
	ClientTCPKeepAlive bool
	// ConnThrottle bounds how fast connections come, RequestThrottle how much is in work at once.
	ConnThrottle    ConnThrottle
	RequestThrottle RequestThrottle
	// JuteMaxBufferBytes bounds one request and one znode (jute.maxbuffer).
	JuteMaxBufferBytes int

	// TickTime is the unit of session expiry.
	TickTime time.Duration
	// MinSessionTimeout and MaxSessionTimeout bound what a client may ask for. Invariant: min <= max.
	MinSessionTimeout, MaxSessionTimeout time.Duration

	// DataDir holds snapshots, DataLogDir the log; both hold them in a folder version-2. Relative paths stay relative.
	DataDir, DataLogDir string
	// DataDirAutoCreate allows to create the two at start.
	DataDirAutoCreate bool
	// DBAutoCreate allows to serve an empty directory; otherwise a file initialize has to say that it is meant.
	DBAutoCreate bool
	// SnapCount is the number of transactions per snapshot, at least 2; the actual one is random between half and all.
	SnapCount int
	// SnapSizeLimitKiB is the log written per snapshot; 0 or less means no limit.
	SnapSizeLimitKiB int64
	// TxnLogSizeLimitKiB rolls the log by size; 0 or less means no limit.
	TxnLogSizeLimitKiB int64
	// PreAllocKiB is the step in which log files are extended; 0 means not at all.
	PreAllocKiB int64
	// FsyncWarningThreshold is the time after which a sync of the log is reported as slow.
	FsyncWarningThreshold time.Duration
	// ForceSync false leaves the log to the system's cache: replies are then promises that a power cut breaks.
	ForceSync bool
	// DigestEnabled writes and checks the digest of the tree in log and snapshots.
	DigestEnabled bool
	// CloseSessionTxnEnabled lists the deleted paths in closeSession transactions.
	CloseSessionTxnEnabled bool
	// SerializeLastProcessedZxid appends the last zxid to snapshots.
	SerializeLastProcessedZxid bool
	// SnapshotTrustEmpty accepts a log without any snapshot, as ZooKeeper 3.4 could leave it.
	SnapshotTrustEmpty bool
	// SnapshotCompression is snapshot.compression.method as written: gz or snappy in any case, and anything else means none.
	SnapshotCompression string
	// SnapRetainCount is how many snapshots a purge keeps, at least 3; PurgeIntervalHours 0 means never.
	SnapRetainCount, PurgeIntervalHours int

	// SkipACL turns every check of permissions off.
	SkipACL bool
	// SuperDigest is "super:" and the digest of the superuser's password; empty means there is no superuser.
	SuperDigest string
	// DigestAuthEnabled allows the scheme digest; DigestAlgorithm is its hash by Java's name, as it was written.
	DigestAuthEnabled bool
	DigestAlgorithm   string
	// ForwardedFor takes a client of the admin server for who the header X-Forwarded-For says it is.
	ForwardedFor bool
	// EnforceAuth wants an identity of one of EnforcedSchemes from every connection; EnforceAuthSchemes is their list as
	// it was written.
	EnforceAuth        bool
	EnforceAuthSchemes string
	// RequireSASL wants every connection to use SASL: it stands for EnforceAuth with the scheme sasl.
	RequireSASL bool
	// SASL and EnsembleAuth are about those schemes.
	SASL         SASL
	EnsembleAuth EnsembleAuth

	// FourLetterWhitelist is 4lw.commands.whitelist as written: a list with commas, or "*".
	FourLetterWhitelist string
	// ReadOnlyMode is readonlymode.enabled.
	ReadOnlyMode bool
	// ExtendedTypes allows znodes with a time to live.
	ExtendedTypes bool
	// ContainerCheckInterval is the time between two searches for containers and TTL znodes that may go,
	// ContainersPerMinute the pace of their deletes, ContainerNeverUsed the age at which a container goes that never had a
	// child; 0 means never.
	ContainerCheckInterval time.Duration
	ContainersPerMinute    int
	ContainerNeverUsed     time.Duration
	// ReconfigEnabled changes the error that reconfig gets.
	ReconfigEnabled bool
	// Emulate353TTL makes TTL znodes of those that 3.5.3 stored, if ExtendedTypes allows any.
	Emulate353TTL bool
	// EnforceQuota refuses writes beyond a hard limit and reports those beyond a soft one; otherwise quotas only count.
	EnforceQuota bool

	// AuditEnabled asks for an audit log: a file in LogDir, or stderr if that is empty.
	AuditEnabled bool
	LogDir       string
	// LogFormat is text or json, LogLevel one of debug, info, warn and error, in any case.
	LogFormat, LogLevel string

	// Admin is the admin server, Metrics the exporter of metrics.
	Admin   Admin
	Metrics Metrics
	// PathStats logs for which paths requests come.
	PathStats PathStats

	// MyID is the number in the file myid of DataDir, -1 if there is no such file.
	MyID int64

	// Warnings are lines for the operator, with file, line and key. Notes are what is accepted and means nothing here, in
	// one line for all keys of a kind.
	Warnings, Notes []string
}

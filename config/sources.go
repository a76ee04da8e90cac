package config

import "strings"

// sourceClasses has the classes of ZooKeeper 3.9.5, each with the keys that it reads, by their names (or properties, if they
// have no name).
const sourceClasses = `
QuorumPeerConfig: clientPort secureClientPort dataDir dataLogDir tickTime autopurge.snapRetainCount
  autopurge.purgeInterval maxClientCnxns clientPortAddress secureClientPortAddress clientPortListenBacklog
  minSessionTimeout maxSessionTimeout localSessionsEnabled localSessionsUpgradingEnabled initLimit syncLimit
  connectToLearnerMasterLimit peerType syncEnabled electionAlg standaloneEnabled reconfigEnabled dynamicConfigFile
  observerMasterPort quorumListenOnAllIPs multiAddress.enabled multiAddress.reachabilityCheckEnabled
  multiAddress.reachabilityCheckTimeoutMs oraclePath quorum.cnxn.threads.size sslQuorum portUnification
  sslQuorumReloadCertFiles metricsProvider.className metricsProvider.
QuorumMaj: server.
QuorumHierarchical: group. weight.
QuorumAuth: quorum.auth.enableSasl quorum.auth.learnerRequireSasl quorum.auth.serverRequireSasl
  quorum.auth.learner.saslLoginContext quorum.auth.server.saslLoginContext quorum.auth.kerberos.servicePrincipal
ZooKeeperServer: digest.enabled closeSessionTxn.enabled flushDelay maxWriteQueuePollTime maxBatchSize snapCount
  snapSizeLimitInKb serializeLastProcessedZxid.enabled globalOutstandingLimit maxResponseCacheSize
  maxGetChildrenResponseCacheSize largeRequestMaxBytes largeRequestThreshold throttled_op_wait_time enforceQuota
  enableEagerACLCheck superUser superUser. allowSaslFailedClients skipACL intBufferStartingSizeBytes
ZooKeeperServerMain: znode.container.checkIntervalMs znode.container.maxPerMinute znode.container.maxNeverUsedIntervalMs
FilePadding: preAllocSize
FileTxnLog: txnLogSizeLimitInKb fsync.warningthresholdms forceSync
FileTxnSnapLog: datadir.autocreate db.autocreate snapshot.trust.empty
SnapStream: snapshot.compression.method
ZKDatabase: commitLogCount snapshotSizeFactor
BinaryInputArchive: jute.maxbuffer jute.maxbuffer.extrasize
EphemeralType: extendedTypesEnabled emulate353TTLNodes
ServerCnxnFactory: maxCnxns serverCnxnFactory java.security.auth.login.config java.security.krb5.conf
NIOServerCnxn: clientTcpKeepAlive
NIOServerCnxnFactory: nio.sessionlessCnxnTimeout nio.numSelectorThreads nio.numWorkerThreads nio.shutdownTimeout
  nio.directBufferBytes
NettyServerCnxnFactory: client.portUnification client.certReload netty.advancedFlowControl.enabled
  netty.server.outstandingHandshake.limit netty.server.earlyDropSecureConnectionHandshakes
FourLetterCommands: 4lw.commands.whitelist
BlueThrottle: connection_throttle_tokens connection_throttle_fill_time connection_throttle_fill_count
  connection_throttle_freeze_time connection_throttle_drop_increase connection_throttle_drop_decrease
  connection_throttle_decrease_ratio connection_throttle_weight_enabled connection_throttle_global_session_weight
  connection_throttle_local_session_weight connection_throttle_renew_session_weight
RequestThrottler: request_throttle_max_requests request_throttle_stall_time request_throttle_drop_stale
  request_throttler.shutdownTimeout
Request: request_stale_connection_check request_stale_latency_check
CommitProcessor: commitProcessor.numWorkerThreads commitProcessor.maxReadBatchSize commitProcessor.maxCommitBatchSize
  commitProcessor.shutdownTimeout
ZKAuditProvider: audit.enable audit.impl.class
logback.xml: zookeeper.log.dir
Paddock: admin.console admin.console.hosts paddock.log.format paddock.log.level
ProviderRegistry: authProvider.
DigestAuthenticationProvider: DigestAuthenticationProvider.superDigest DigestAuthenticationProvider.enabled
  DigestAuthenticationProvider.digestAlg
IPAuthenticationProvider: IPAuthenticationProvider.usexforwardedfor
X509AuthenticationProvider: X509AuthenticationProvider.superUser
SASLAuthenticationProvider: letAnySaslUserDoX
EnsembleAuthenticationProvider: ensembleAuthName
AuthenticationHelper: sessionRequireClientSASLAuth enforce.auth.enabled enforce.auth.schemes
SaslServerCallbackHandler: SASLAuthenticationProvider.superPassword kerberos.removeHostFromPrincipal
  kerberos.removeRealmFromPrincipal
ZooKeeperSaslServer: sasl.serverconfig
Login: kerberos.minReLoginTimeMs
KerberosName: security.auth_to_local requireKerberosConfig
QuorumPeer: observer.syncEnabled quorumCnxnTimeoutMs readonlymode.enabled kerberos.canonicalizeHostNames
QuorumCnxManager: cnxTimeout tcpKeepAlive electionPortBindRetry
FastLeaderElection: fastleader.minNotificationInterval fastleader.maxNotificationInterval
Leader: leaderServes leader.maxTimeToWaitForEpoch leader.ackLoggingFrequency leader.nodelay
LearnerMaster: leader.maxConcurrentSnapSyncs leader.maxConcurrentDiffSyncs
LearnerHandler: leader.closeSocketAsync forceSnapshotSync
Learner: learner.closeSocketAsync learner.asyncSending leaderConnectDelayDuringRetryMs follower.nodelay
Observer: observer.reconnectDelayMs observer.election.DelayMs
ObserverMaster: observerMaster.sizeLimit
ProposalRequestProcessor: forward_learner_requests_to_commit_processor_disabled
FollowerRequestProcessor: follower.skipLearnerRequestToNextProcessor
MessageTracker: messageTracker.Enabled messageTracker.BufferSize
AdminServerFactory: admin.enableServer
JettyAdminServer: admin.serverPort admin.serverAddress admin.idleTimeout admin.commandURL admin.portUnification
  admin.forceHttps admin.needClientAuth admin.httpVersion
Commands: admin.snapshot.enabled admin.restore.enabled admin.rateLimiterIntervalInMS
PrometheusMetricsProvider: metricsProvider.httpHost metricsProvider.httpPort metricsProvider.exportJvmInfo
RequestPathMetricsCollector: pathStats.enabled pathStats.slotCapacity pathStats.slotDuration pathStats.maxDepth
  pathStats.sampleRate pathStats.initialDelay pathStats.delay pathStats.topPathMax
WatchManagerFactory: watchManagerName
WatcherCleaner: watcherCleanThreadsNum watcherCleanThreshold watcherCleanIntervalInSeconds maxInProcessingDeadWatchers
BitHashSet: bitHashCacheSize
JvmPauseMonitor: jvm.pause.monitor jvm.pause.info-threshold.ms jvm.pause.warn-threshold.ms jvm.pause.sleep.time.ms
ManagedUtil: jmx.log4j.disable
ClientX509Util: ssl.authProvider fips-mode
`

// sources gives the class for each key.
func sources() map[string]string {
	of, class := make(map[string]string), ""
	for word := range strings.FieldsSeq(sourceClasses) {
		if name, isClass := strings.CutSuffix(word, ":"); isClass {
			class = name
			continue
		}
		of[word] = class
	}
	const quorum = "ssl.quorum."
	for _, k := range quorumSSLKeys() { // the keys for clients are the same, under their own prefix
		of[k.Name] = "QuorumX509Util"
		of["ssl."+strings.TrimPrefix(k.Name, quorum)] = "ClientX509Util"
	}
	return of
}

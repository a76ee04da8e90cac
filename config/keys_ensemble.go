package config

func memberKeys() []Key {
	return []Key{
		{
			Name: "server.", Type: ServerLine, Status: Different, Meaning: "a member: host:port:port[:role][;[host:]clientPort]",
			Note: "As `server.N`. One line: runs standalone with a warning, and its client port counts where Apache uses it. Two " +
				"lines: refused, there are no ensembles yet. A lone observer is refused.",
		},
		ensemble("initLimit", "", Int, "", "ticks in which a member has to catch up at first"),
		ensemble("syncLimit", "", Int, "", "ticks that a member may lag"),
		ensemble("connectToLearnerMasterLimit", "", Int, "0", "ticks to connect to the leader; 0: initLimit"),
		{Name: "peerType", Type: Choice, Default: "participant", Words: []string{"participant", "observer"}, Meaning: "role of this member", Status: Ensemble, Note: "Only `participant` or `observer`."},
		ensemble("syncEnabled", "", Bool, "true", "observers write a log"),
		ensemble("observer.syncEnabled", same, LooseBool, "true", "observers write a log"),
		{Name: "electionAlg", Type: Int, Default: "3", Min: 3, Max: 3, Meaning: "election algorithm; there is only this one", Status: Ensemble, Note: "Only 3."},
		but(ensemble("group.", "", String, "", "a group of members"), "As `group.N`."),
		but(ensemble("weight.", "", Int, "1", "votes of a member"), "As `weight.N`."),
		{
			Name: "standaloneEnabled", Type: Bool, Default: "true", Status: Different, Meaning: "a single server runs without a quorum",
			Note: "`false` is refused: there are no ensembles yet.",
		},
		{
			Name: "reconfigEnabled", Type: Bool, Default: "false",
			Meaning: "members can be changed while running; a standalone server has none, so this only changes the error",
			field:   func(c *Config) any { return &c.ReconfigEnabled },
			Note:    "It only chooses the error, see reconfig.",
		},
		{
			Name: "dynamicConfigFile", Type: Path, Meaning: "file with the server lines",
			Note: "The file is read and checked; what it says about members counts like `server.N`.",
		},
		ensemble("observerMasterPort", "", Port, "0", "port on which followers feed observers"),
		ensemble("quorumListenOnAllIPs", "", Bool, "false", "listen for members on every address"),
		ensemble("multiAddress.enabled", same, Bool, "false", "members have several addresses"),
		ensemble("multiAddress.reachabilityCheckEnabled", same, Bool, "true", "try which address answers"),
		ensemble("multiAddress.reachabilityCheckTimeoutMs", same, Int, "1000", "ms for that"),
		ensemble("oraclePath", "", Path, "", "file that decides between two members"),
	}
}

func quorumKeys() []Key {
	return []Key{
		ensemble("leaderServes", same, YesUnless, "yes", "the leader serves clients"),
		ensemble("cnxTimeout", same, Int, "5000", "ms to connect for an election"),
		ensemble("quorumCnxnTimeoutMs", same, Int, "-1", "ms without a word on an election connection"),
		ensemble("tcpKeepAlive", same, LooseBool, "false", "keep-alive probes between members"),
		ensemble("electionPortBindRetry", same, Int, "3", "tries to bind the election port; 0: for ever"),
		ensemble("observer.reconnectDelayMs", same, Long, "0", "ms between an observer's tries"),
		ensemble("observer.election.DelayMs", same, Long, "200", "ms between an observer's elections"),
		ensemble("leader.maxTimeToWaitForEpoch", same, Int, "-1", "ms for a new epoch"),
		ensemble("leader.maxConcurrentSnapSyncs", same, Int, "10", "snapshots sent at once"),
		ensemble("leader.maxConcurrentDiffSyncs", same, Int, "100", "logs sent at once"),
		ensemble("leader.ackLoggingFrequency", same, Int, "1000", "acknowledgements between two log lines"),
		ensemble("leader.closeSocketAsync", same, LooseBool, "false", "close connections elsewhere"),
		ensemble("learner.closeSocketAsync", same, LooseBool, "false", "close connections elsewhere"),
		ensemble("learner.asyncSending", same, LooseBool, "false", "send from another thread"),
		ensemble("leaderConnectDelayDuringRetryMs", same, Int, "100", "ms between tries to reach the leader"),
		ensemble("forward_learner_requests_to_commit_processor_disabled", same, LooseBool, "false", "keep learners' requests from the commit processor"),
		ensemble("fastleader.minNotificationInterval", same, Int, "200", "ms between votes, at first"),
		ensemble("fastleader.maxNotificationInterval", same, Int, "60000", "ms between votes, at last"),
		ensemble("observerMaster.sizeLimit", same, Int, "33554432", "bytes kept for observers"),
		ensemble("forceSnapshotSync", same, LooseBool, "false", "always send snapshots"),
		ensemble("follower.skipLearnerRequestToNextProcessor", same, LooseBool, "false", "followers pass learners' requests on"),
		ensemble("", "leader.nodelay", LooseBool, "true", "send small packets at once"),
		ensemble("", "follower.nodelay", LooseBool, "true", "send small packets at once"),
		ensemble("messageTracker.Enabled", same, LooseBool, "false", "remember packets between members"),
		ensemble("messageTracker.BufferSize", same, Int, "10", "packets remembered"),
	}
}

func quorumAuthKeys() []Key {
	return []Key{
		ensemble("quorum.cnxn.threads.size", "", Int, "20", "threads that authenticate members"),
		ensemble("quorum.auth.enableSasl", "", Bool, "false", "members authenticate by SASL"),
		ensemble("quorum.auth.learnerRequireSasl", "", Bool, "false", "learners insist on it"),
		ensemble("quorum.auth.serverRequireSasl", "", Bool, "false", "leaders insist on it"),
		ensemble("quorum.auth.learner.saslLoginContext", "", String, "QuorumLearner", "section of the JAAS file"),
		ensemble("quorum.auth.server.saslLoginContext", "", String, "QuorumServer", "section of the JAAS file"),
		ensemble("quorum.auth.kerberos.servicePrincipal", "", String, "zkquorum/localhost", "Kerberos name of members"),
	}
}

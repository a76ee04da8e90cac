package config

import (
	"cmp"
	"strings"
)

// DockerText is the zoo.cfg that the entrypoint of ZooKeeper's official Docker image writes for the variables of an
// environment (docker-entrypoint.sh and Dockerfile, 3.9.5): line by line the same, so a variable may bring any key. An
// empty variable counts as one that is not set, which there gives a file that no server takes.
func DockerText(getenv func(string) string) string {
	var b strings.Builder
	for _, row := range [][3]string{
		{"dataDir", "ZOO_DATA_DIR", "/data"},
		{"dataLogDir", "ZOO_DATA_LOG_DIR", "/datalog"},
		{"tickTime", "ZOO_TICK_TIME", "2000"},
		{"initLimit", "ZOO_INIT_LIMIT", "5"},
		{"syncLimit", "ZOO_SYNC_LIMIT", "2"},
		{"autopurge.snapRetainCount", "ZOO_AUTOPURGE_SNAPRETAINCOUNT", "3"},
		{"autopurge.purgeInterval", "ZOO_AUTOPURGE_PURGEINTERVAL", "0"},
		{"maxClientCnxns", "ZOO_MAX_CLIENT_CNXNS", "60"},
		{"standaloneEnabled", "ZOO_STANDALONE_ENABLED", "true"},
		{"admin.enableServer", "ZOO_ADMINSERVER_ENABLED", "true"},
	} {
		key, variable, usual := row[0], row[1], row[2]
		b.WriteString(key + "=" + cmp.Or(getenv(variable), usual) + "\n")
	}
	for server := range strings.FieldsSeq(cmp.Or(getenv("ZOO_SERVERS"), "server.1=localhost:2888:3888;2181")) {
		b.WriteString(server + "\n")
	}
	if words := getenv("ZOO_4LW_COMMANDS_WHITELIST"); words != "" {
		b.WriteString("4lw.commands.whitelist=" + words + "\n")
	}
	for line := range strings.FieldsSeq(getenv("ZOO_CFG_EXTRA")) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

package cli

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"

	"paddock/cli/getopt"
	"paddock/cli/link"
)

// Commands about the ensemble's configuration.
func ensembleCommands() []*command {
	return []*command{
		{
			name: "config", usage: "[-c] [-w] [-s]", help: "Print the ensemble's configuration, with -c as a connect string.", words: 1, run: configCommand,
			spec: spec(flag("s", "stats"), flag("w", "watch"), flag("c", "client connection string")),
		},
		{
			name: "reconfig", words: 1, run: reconfig, help: "Change the ensemble's members.",
			usage: "[-s] [-v version] [[-file path] | [-members serverID=host:port1:port2;port3[,...]*]] | " +
				"[-add serverId=host:port1:port2;port3[,...]]* [-remove serverId[,...]*]",
			spec: spec(
				flag("s", "stats"), arg("v", "required current config version"), arg("file", "path of config file to parse for membership"),
				arg("members", "comma-separated list of config strings for non-incremental reconfig"),
				arg("add", "comma-separated list of config strings for new servers"),
				arg("remove", "comma-separated list of server IDs to remove"),
			),
		},
	}
}

func configCommand(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	data, st, err := s.link.Config(ctx, p.Has("w"))
	if err != nil {
		return err
	}
	text := string(data)
	if data == nil {
		text = "null"
	}
	if p.Has("c") {
		text = clientConfig(text)
	}
	if s.set.json {
		s.printJSON(map[string]any{"config": text, "stat": toStat(&st)})
		return nil
	}
	s.printf("%s\n", text)
	if p.Has("s") {
		s.printStat(&st)
	}
	return nil
}

// clientConfig makes "version host:port,host:port" of a configuration (ConfigUtils.getClientConfigStr).
func clientConfig(text string) string {
	version, clients := "", []string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case key == "version":
			version = value
		case strings.HasPrefix(key, "server."):
			clients = append(clients, clientAddress(value))
		}
	}
	return version + " " + strings.Join(clients, ",")
}

// clientAddress takes what is behind the semicolon: a port, or address and port.
func clientAddress(server string) string {
	_, client, found := strings.Cut(server, ";")
	if found && !strings.Contains(client, ":") {
		return "0.0.0.0:" + client
	}
	return client
}

func reconfig(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	file, members, add, remove := p.Has("file"), p.Has("members"), p.Has("add"), p.Has("remove")
	if !file && !members && !add && !remove {
		return s.table["reconfig"].misused()
	}
	version := int64(-1)
	if p.Has("v") {
		var err error
		if version, err = strconv.ParseInt(p.Value("v"), 16, 64); err != nil {
			return failf("-v must be followed by a long (configuration version)")
		}
	}
	if (file || members) && (add || remove) {
		return failf("Can't use -file or -members together with -add or -remove (mixing incremental and non-incremental modes is not allowed)")
	}
	if file && members {
		return failf("Can't use -file and -members together (conflicting non-incremental modes)")
	}
	list := strings.ToLower(p.Value("members"))
	if file {
		var err error
		if list, err = membersOf(p.Value("file")); err != nil {
			return err
		}
	}
	data, st, err := s.link.Reconfig(ctx, strings.ToLower(p.Value("add")), strings.ToLower(p.Value("remove")), list, version)
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(map[string]any{"config": string(data), "stat": toStat(&st)})
		return nil
	}
	s.printf("Committed new configuration:\n%s\n", data)
	if p.Has("s") {
		s.printStat(&st)
	}
	return nil
}

// membersOf reads the servers of a dynamic configuration file. The leader checks them.
func membersOf(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", failf("Error processing %s: %v", path, err)
	}
	var servers []string
	for line := range strings.Lines(string(text)) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found || !strings.HasPrefix(key, "server.") {
			continue
		}
		servers = append(servers, strings.TrimSpace(key)+"="+strings.TrimSpace(value))
	}
	if len(servers) == 0 {
		return "", failf("Error processing %s: no line server.N=host:port:port;clientport is in it", path)
	}
	slices.Sort(servers)
	return strings.Join(append(servers, "version=0"), "\n"), nil
}

// syncFailed reports a refusal as Apache's shell does, on stdout, but with a status of failure.
func syncFailed(s *Shell, err error) error {
	if link.Interrupted(err) || s.set.json || !refusal(err) {
		return err
	}
	s.printf("Sync has failed. rc=%d\n", link.Code(err))
	return errSaid
}

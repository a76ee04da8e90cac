package admin

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// command is one of ZooKeeper's admin commands (Commands, 3.9.5). Its first name is the one that answers carry.
type command struct {
	names    []string
	parts    Parts
	reset    Parts
	isAlways bool // answered before there is anything to serve
	answer   func(o *object, v *View, src Source, query url.Values)
}

// commands is the table. snapshot and restore are listed here for the index, and served apart.
func commands() []command {
	nothing := func(*object, *View, Source, url.Values) {}
	return []command{
		{names: []string{"configuration", "conf", "config"}, answer: configurationCommand},
		{names: []string{"connection_stat_reset", "crst"}, reset: PartConns, answer: nothing},
		{names: []string{"connections", "cons"}, parts: PartConns, answer: connectionsCommand},
		{names: []string{"dirs"}, answer: dirsCommand},
		{names: []string{"dump"}, parts: PartSessions | PartEphemerals, answer: dumpCommand},
		{names: []string{"environment", "env", "envi"}, isAlways: true, answer: environmentCommand},
		{names: []string{"get_trace_mask", "gtmk"}, isAlways: true, answer: traceMaskCommand},
		{names: []string{"hash"}, parts: PartDigests, answer: hashCommand},
		{names: []string{"initial_configuration", "icfg"}, answer: initialConfigurationCommand},
		{names: []string{"is_read_only", "isro"}, answer: isReadOnlyCommand},
		{names: []string{"last_snapshot", "lsnp"}, answer: lastSnapshotCommand},
		{names: []string{"leader", "lead"}, answer: leaderCommand},
		{names: []string{"monitor", "mntr"}, parts: PartMetrics, answer: monitorCommand},
		{names: []string{"observer_connection_stat_reset", "orst"}, answer: nothing},
		{names: []string{"observers", "obsr"}, answer: observersCommand},
		{names: []string{restoreName, "rest"}},
		{names: []string{"ruok"}, answer: nothing},
		{names: []string{"server_stats", "srvr"}, answer: serverStatsCommand},
		{names: []string{"set_trace_mask", "stmk"}, isAlways: true, answer: setTraceMaskCommand},
		{names: []string{snapshotName, "snap"}},
		{names: []string{"stat_reset", "srst"}, reset: PartMetrics, answer: nothing},
		{names: []string{"stats", "stat"}, parts: PartConns, answer: statsCommand},
		{names: []string{"system_properties", "sysp"}, isAlways: true, answer: systemPropertiesCommand},
		{names: []string{"voting_view"}, answer: votingViewCommand},
		{names: []string{"watch_summary", "wchs"}, answer: watchSummaryCommand},
		{names: []string{"watches", "wchc"}, parts: PartWatches, answer: watchesCommand},
		{names: []string{"watches_by_path", "wchp"}, parts: PartWatches, answer: watchesByPathCommand},
		{names: []string{"zabstate"}, isAlways: true, answer: zabstateCommand},
	}
}

// findCommand finds a command by any of its names; nil if there is none.
func findCommand(name string) *command {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return slices.Contains(c.names, name) })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// run gives the answer to a GET of the command, without what all answers have in common.
func (c *command) run(ctx context.Context, src Source, query url.Values) (o object, err error) {
	if c.reset != 0 {
		if err := src.Reset(ctx, c.reset); err != nil {
			return nil, err
		}
	}
	view, err := src.View(ctx, c.parts)
	if !c.isAlways && (err != nil || !view.Stats.Serving) {
		return nil, notServingError{}
	}
	if err != nil {
		view = &View{}
	}
	c.answer(&o, view, src, query)
	return o, nil
}

// notServingError is answered in words, with the status OK, as ZooKeeper does.
type notServingError struct{}

func (notServingError) Error() string {
	return "This ZooKeeper instance is not currently serving requests"
}

// result is an answer with what all of them have: command and error, last unless the command has said what is wrong
// (CommandResponse.toMap, 3.9.5).
func result(name string, o object, problem any) object {
	if slices.ContainsFunc(o, func(f field) bool { return f.name == "error" }) {
		return append(o, field{"command", name})
	}
	return append(o, field{"command", name}, field{"error", problem})
}

func configurationCommand(o *object, _ *View, src Source, _ url.Values) {
	c := src.Conf()
	o.add("client_port", c.ClientPort)
	o.add("data_dir", c.SnapDir)
	o.add("data_log_dir", c.LogDir)
	o.add("tick_time", c.TickMs)
	o.add("max_client_cnxns", c.MaxClientCnxns)
	o.add("min_session_timeout", c.MinSessionTimeoutMs)
	o.add("max_session_timeout", c.MaxSessionTimeoutMs)
	o.add("server_id", c.ServerID)
	o.add("client_port_listen_backlog", c.ClientPortListenBacklog)
}

func connectionsCommand(o *object, v *View, _ Source, _ url.Values) {
	addConns(o, v, false)
}

// addConns lists the connections, those with TLS apart.
func addConns(o *object, v *View, brief bool) {
	plain, secure := []object{}, []object{}
	for i := range v.Conns {
		c := &v.Conns[i]
		if c.Secure {
			secure = append(secure, connObject(c, brief))
			continue
		}
		plain = append(plain, connObject(c, brief))
	}
	o.add("connections", plain)
	o.add("secure_connections", secure)
}

// connObject is one connection (ServerCnxn.getConnectionInfo, 3.9.5).
func connObject(c *Conn, brief bool) object {
	o := object{
		{"remote_socket_address", hostPort(c.Addr)},
		{"interest_ops", c.Interest},
		{"outstanding_requests", c.Queued},
		{"packets_received", c.Received},
		{"packets_sent", c.Sent},
	}
	if brief {
		return o
	}
	return append(o, object{
		{"session_id", c.SessionID},
		{"last_operation", c.LastOp},
		{"established", c.EstablishedMs},
		{"session_timeout", c.TimeoutMs},
		{"last_cxid", c.LastXid},
		{"last_zxid", c.LastZxid},
		{"last_response_time", c.LastReplyMs},
		{"last_latency", c.LastLatencyMs},
		{"min_latency", c.Latency.Min},
		{"avg_latency", c.avgLatencyMs()},
		{"max_latency", c.Latency.Max},
	}...)
}

func dirsCommand(o *object, _ *View, src Source, _ url.Values) {
	snapshots, log := src.DirBytes()
	o.add("datadir_size", snapshots)
	o.add("logdir_size", log)
}

func dumpCommand(o *object, v *View, _ Source, _ url.Values) {
	times := map[int64][]int64{}
	for _, s := range v.Sessions {
		if s.ExpiresMs != 0 {
			times[s.ExpiresMs] = append(times[s.ExpiresMs], s.ID)
		}
	}
	expiries := object{}
	for _, at := range slices.Sorted(maps.Keys(times)) {
		slices.Sort(times[at])
		expiries.add(strconv.FormatInt(at, 10), times[at])
	}
	o.add("expiry_time_to_session_ids", expiries)
	o.add("session_id_to_ephemeral_paths", pathsBySession(v.Ephemerals))
}

func pathsBySession(all []Owned) object {
	o := object{}
	for _, g := range bySession(all) {
		o.add(strconv.FormatInt(g.session, 10), g.paths)
	}
	return o
}

func environmentCommand(o *object, _ *View, src Source, _ url.Values) {
	o.properties(src.Environment())
}

func systemPropertiesCommand(o *object, _ *View, src Source, _ url.Values) {
	o.properties(src.SystemProperties())
}

func (o *object) properties(all []Property) {
	for _, p := range all {
		o.add(p.Name, p.Value)
	}
}

func traceMaskCommand(o *object, _ *View, src Source, _ url.Values) {
	o.add("tracemask", src.TraceMask())
}

func setTraceMaskCommand(o *object, _ *View, src Source, query url.Values) {
	const name = "traceMask"
	if !query.Has(name) {
		o.add("error", "setTraceMask requires long traceMask argument")
		return
	}
	mask, err := strconv.ParseInt(query.Get(name), 10, 64)
	if err != nil {
		o.add("error", "setTraceMask requires long traceMask argument, got "+query.Get(name))
		return
	}
	src.SetTraceMask(mask)
	o.add("tracemask", mask)
}

func hashCommand(o *object, v *View, _ Source, _ url.Values) {
	all := make([]object, len(v.Digests))
	for i, d := range v.Digests {
		all[i] = object{{"zxid", d.Zxid}, {"digest", d.Digest}, {"digest_version", d.Version}}
	}
	o.add("digests", all)
}

func initialConfigurationCommand(o *object, _ *View, src Source, _ url.Values) {
	if text := src.Conf().Text; text != "" {
		o.add("initial_configuration", withoutSecrets(text))
		return
	}
	o.add("initial_configuration", nil)
}

// withoutSecrets hides the values of passwords and of the superuser's digest. ZooKeeper shows them to anybody who asks.
func withoutSecrets(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		name := strings.ToLower(line)
		at := strings.IndexAny(name, "=:")
		if at >= 0 && (strings.Contains(name[:at], "password") || strings.Contains(name[:at], "superdigest")) && !strings.Contains(name[:at], "path") {
			end := line[len(strings.TrimRight(line, "\r\n")):]
			line = line[:at+1] + "***" + end
		}
		b.WriteString(line)
	}
	return b.String()
}

func isReadOnlyCommand(o *object, v *View, _ Source, _ url.Values) {
	o.add("read_only", v.Stats.Mode == ModeReadOnly)
}

func lastSnapshotCommand(o *object, v *View, _ Source, _ url.Values) {
	o.add("zxid", strconv.FormatUint(uint64(v.Stats.SnapshotZxid), 16))
	o.add("timestamp", v.Stats.SnapshotTime)
}

func leaderCommand(o *object, _ *View, _ Source, _ url.Values) {
	o.add("error", "server is not initialized")
}

func monitorCommand(o *object, v *View, src Source, _ url.Values) {
	monitor(v, src.Conf().NoMetrics, o.add)
}

func observersCommand(o *object, _ *View, _ Source, _ url.Values) {
	o.add("synced_observers", 0)
	o.add("observers", []object{})
}

func serverStatsCommand(o *object, v *View, src Source, _ url.Values) {
	s := &v.Stats
	snapshots, log := src.DirBytes()
	sizes := object{
		{"last_buffer_size", s.ResponseBytesLast}, {"min_buffer_size", s.ResponseBytesMin}, {"max_buffer_size", s.ResponseBytesMax},
	}
	o.add("version", s.Version)
	o.add("read_only", s.Mode == ModeReadOnly)
	o.add("server_stats", object{
		{"packets_sent", s.Sent},
		{"packets_received", s.Received},
		{"fsync_threshold_exceed_count", s.SlowSyncs},
		{"client_response_stats", sizes},
		{"data_dir_size", snapshots},
		{"log_dir_size", log},
		{"provider_null", false},
		{"last_processed_zxid", s.Zxid},
		{"outstanding_requests", s.Outstanding},
		{"server_state", s.Mode},
		{"avg_latency", s.Latency.Avg()},
		{"max_latency", s.Latency.Max},
		{"min_latency", s.Latency.Min},
		{"num_alive_client_connections", s.Connections},
		{"uptime", s.UptimeMs},
		{"auth_failed_count", s.AuthFailed},
		{"non_mtlsremote_conn_count", s.PlainRemote},
		{"non_mtlslocal_conn_count", s.PlainLocal},
	})
	o.add("client_response", sizes)
	o.add("node_count", s.Nodes)
}

func statsCommand(o *object, v *View, src Source, query url.Values) {
	serverStatsCommand(o, v, src, query)
	addConns(o, v, true)
}

func votingViewCommand(o *object, _ *View, _ Source, _ url.Values) { o.add("current_config", object{}) }

func watchSummaryCommand(o *object, v *View, _ Source, _ url.Values) {
	o.add("num_connections", v.Stats.DataWatchConns)
	o.add("num_paths", v.Stats.DataWatchPaths)
	o.add("num_total_watches", v.Stats.DataWatches)
}

func watchesCommand(o *object, v *View, _ Source, _ url.Values) {
	o.add("session_id_to_watched_paths", pathsBySession(v.Watches))
}

func watchesByPathCommand(o *object, v *View, _ Source, _ url.Values) {
	paths := object{}
	for _, g := range byPath(v.Watches) {
		paths.add(g.path, g.sessions)
	}
	o.add("path_to_session_ids", paths)
}

func zabstateCommand(o *object, _ *View, _ Source, _ url.Values) {
	o.add("voting", false)
	o.add("zabstate", "")
}

// indexPage lists the commands (JettyAdminServer.commandLinks, 3.9.5).
func indexPage(base string) []byte {
	var l lines
	for _, c := range commands() {
		l.text("<a href=\"", base, "/", c.names[0], "\">", c.names[0], "</a>\n<br/>\n")
	}
	return l.buf
}

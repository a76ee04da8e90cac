package config

import (
	"cmp"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// member is a server line: server.<id>=host:port:port[:role][;[host:]clientPort].
type member struct {
	setting    *setting
	id         int64
	observer   bool
	clientHost string // empty means every address
	clientPort int    // unset if the line has none
}

// serverForm is what a server line has to look like.
const serverForm = "host:port:port[:participant|:observer][;[host:]clientPort]"

// checkServers refuses ensembles, and takes the client port from a single server line (as Docker's image has it).
func (l *loader) checkServers() *Error {
	if err := l.readDynamicFile(); err != nil {
		return err
	}
	var members []member
	for _, s := range l.settingsOf("server.") {
		m, err := l.parseMember(s)
		if err != nil {
			return err
		}
		members = append(members, m)
	}
	if s := l.setting("standaloneEnabled"); s != nil && strings.EqualFold(s.value, "false") {
		return s.refuse(s.value, "true: there are no ensembles yet, Paddock runs standalone only")
	}
	switch {
	case len(members) > 1:
		first, second := members[0].setting, members[1].setting
		return second.refuse("a second server after "+first.name, "one at most: there are no ensembles yet, Paddock runs standalone only")
	}
	if err := l.checkGroups(members); err != nil || len(members) == 0 {
		return err
	}
	return l.standAlone(members[0])
}

// standAlone runs the only member of an ensemble as a standalone server, as ZooKeeper does.
func (l *loader) standAlone(m member) *Error {
	if m.observer {
		return m.setting.refuse("an observer", "a participant: observers need a leader")
	}
	l.warnAt(m.setting, "only one server, runs standalone")
	c := l.cfg
	if m.clientPort == unset || c.MyID != unset && c.MyID != m.id {
		return nil
	}
	if c.ClientPort == unset {
		c.ClientPort, c.ClientPortAddress, l.clientLine = m.clientPort, m.clientHost, m.setting
		return nil
	}
	if c.MyID == unset {
		return nil // ZooKeeper heeds the line only if the file myid names it; what is set elsewhere counts
	}
	if c.ClientPort != m.clientPort || differ(c.ClientPortAddress, m.clientHost) {
		return m.setting.refuse(address(m.clientHost, m.clientPort), "the same client address as "+address(c.ClientPortAddress, c.ClientPort)+" set by clientPort")
	}
	c.ClientPortAddress, l.clientLine = m.clientHost, m.setting
	return nil
}

// differ tells whether the address that clientPortAddress sets is certainly not that of the server line. Set to every
// address (empty), it leaves the choice to the line. Names are not resolved, so a name may be anything.
func differ(set, line string) bool {
	a, err := netip.ParseAddr(set)
	if err != nil {
		return false
	}
	b, err := netip.ParseAddr(line)
	return line == "" || err == nil && a.Unmap() != b.Unmap()
}

func address(host string, port int) string {
	if host == "" {
		return "*:" + strconv.Itoa(port)
	}
	return host + ":" + strconv.Itoa(port)
}

// parseMember reads a server line (QuorumPeer.QuorumServer, 3.9.5). Several quorum addresses are divided by |. As Java splits,
// what is empty at the end of a list is not there.
func (l *loader) parseMember(s *setting) (member, *Error) {
	m := member{setting: s, clientPort: unset}
	var err *Error
	if m.id, err = s.number(); err != nil {
		return m, err
	}
	quorum, client, hasClient := strings.Cut(strings.TrimRight(s.value, ";"), ";")
	addresses := strings.Split(strings.TrimRight(quorum, "|"), "|")
	if len(addresses) > 1 && !l.multiAddress {
		return m, s.refuse("several addresses", "one, or -Dzookeeper.multiAddress.enabled=true: ZooKeeper does not heed the key in zoo.cfg for this")
	}
	role := ""
	for _, one := range addresses {
		its, expected := parseQuorum(one)
		if role != "" && its != "" && role != its {
			expected = "the same role for all of its addresses"
		}
		if expected != "" {
			return m, s.refuse(s.shown(), expected)
		}
		role = cmp.Or(role, its)
	}
	m.observer = role == "observer"
	if hasClient && !m.parseClient(client) {
		return m, s.refuse(s.shown(), serverForm)
	}
	return m, nil
}

// parseQuorum reads host:port:port[:role]. Only the role concerns us; it is empty if there is none. expected is empty if
// all is well.
func parseQuorum(text string) (role, expected string) {
	host, rest, ok := cutHost(strings.TrimRight(text, ":"))
	parts := strings.Split(rest, ":")
	if !ok || strings.ContainsAny(host, "[]") || len(parts) < 2 || len(parts) > 3 {
		return "", serverForm
	}
	first, okFirst := parsePort(parts[0])
	second, okSecond := parsePort(parts[1])
	if len(parts) == 3 {
		role = strings.ToLower(trim(parts[2]))
		ok = role == "observer" || role == "participant"
	}
	switch {
	case !ok || !okFirst || !okSecond:
		return "", serverForm
	case first == second:
		return "", "two different ports for the quorum and the election"
	}
	return role, ""
}

// parseClient reads [host:]port. An empty host is Java's loopback.
func (m *member) parseClient(text string) (ok bool) {
	host, port, hasHost := cutHost(text)
	switch {
	case !hasHost:
		host, port = "", text
	case host == "":
		host = loopback
	}
	m.clientHost = orEvery(host)
	m.clientPort, ok = parsePort(port)
	return ok
}

// cutHost cuts "host:rest" or "[v6]:rest" after the host.
func cutHost(s string) (host, rest string, ok bool) {
	if v6, found := strings.CutPrefix(s, "["); found {
		return strings.Cut(v6, "]:")
	}
	return strings.Cut(s, ":")
}

func parsePort(s string) (int, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil && n >= 0 && n <= math.MaxUint16
}

// readDynamicFile takes the server lines from the file that dynamicConfigFile names; then zoo.cfg may have none.
func (l *loader) readDynamicFile() *Error {
	s := l.setting("dynamicConfigFile")
	if s == nil {
		return nil
	}
	for i := range l.chosen {
		if inLine := &l.chosen[i]; isDynamic(inLine.key) {
			return inLine.refuse("a member", "it in the file that dynamicConfigFile names: not in both")
		}
	}
	path := s.value
	text, err := l.read(path)
	if err != nil {
		return &Error{File: s.file, Line: s.line, Key: s.name, Msg: strconv.Quote(path) + " cannot be read: " + cause(err), Err: err}
	}
	all, bad := parseProperties(text)
	if bad != nil {
		bad.File = path
		return bad
	}
	for _, p := range all {
		k := l.table.key(p.key)
		if k == nil || !isDynamic(k) {
			return &Error{File: path, Line: p.line, Key: p.key, Msg: "found a key that is not about members, expected only server.N, group.N and weight.N"}
		}
		l.take(setting{key: k, name: p.key, value: p.value, file: path, line: p.line})
	}
	return nil
}

func isDynamic(k *Key) bool {
	return k.Name == "server." || k.Name == "group." || k.Name == "weight."
}

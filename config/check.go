package config

import (
	"errors"
	"io/fs"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// missing is the refusal of a configuration that lacks a key.
func (l *loader) missing(key, text string) *Error {
	if hint := encodingHint(l.cfg.Text); hint != "" {
		text += "; " + hint
	}
	return &Error{File: l.file, Key: key, Msg: text}
}

// checkDirs needs a data directory. Relative ones are accepted; ZooKeeper warns unless they begin with "./".
func (l *loader) checkDirs() *Error {
	c := l.cfg
	if c.DataDir == "" {
		return l.missing("dataDir", "not set, expected the directory for snapshots and log")
	}
	if c.DataLogDir == "" {
		c.DataLogDir = c.DataDir
	}
	for _, name := range []string{"dataDir", "dataLogDir"} {
		s := l.setting(name)
		if s != nil && s.value != "" && !filepath.IsAbs(s.value) && !strings.HasPrefix(s.value, "./") {
			l.warnAt(s, strconv.Quote(s.value)+" is relative to the directory that the server is started in; write ./ in front if that is meant")
		}
	}
	return nil
}

// readMyID reads the file myid, whose first line is a number and nothing else. A standalone server needs none, so a file
// that cannot be read is none: what is wrong with the directory, the server finds out.
func (l *loader) readMyID() *Error {
	path := filepath.Join(l.cfg.DataDir, "myid")
	text, err := l.read(path)
	if err != nil {
		return nil //nolint:nilerr // see above: no file is no fault
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	id, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return &Error{File: path, Line: 1, Msg: "found " + strconv.Quote(line) + ", expected a number and nothing else", Err: err}
	}
	l.cfg.MyID = id
	return nil
}

// loopback is what Java makes of an empty name.
const loopback = "127.0.0.1"

// checkAddress brings the addresses into the form that Config promises.
func (l *loader) checkAddress() *Error {
	c := l.cfg
	if err := l.checkHost("secureClientPort", c.SecureClientPort, &c.SecureClientPortAddress); err != nil {
		return err
	}
	return l.checkHost("clientPort", c.ClientPort, &c.ClientPortAddress)
}

// checkHost is for the address that belongs to a port.
func (l *loader) checkHost(key string, port int, address *string) *Error {
	s := l.setting(key + "Address")
	if s == nil {
		return nil
	}
	if port == unset {
		return s.refuse(s.shown(), key+" to be set as well")
	}
	host := strings.TrimSuffix(strings.TrimPrefix(s.value, "["), "]")
	if strings.ContainsAny(host, " \t/[]") {
		return s.refuse(s.shown(), "a host name or an IP address")
	}
	if host == "" {
		host = loopback
		l.warnAt(s, "is empty, which means "+host+", as in ZooKeeper; remove the line to listen on every address")
	}
	*address = orEvery(host)
	return nil
}

// orEvery is host, or empty for an address that stands for every one. Java listens on both families then, whichever
// of the two wildcards it is given.
func orEvery(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		return ""
	}
	return host
}

// checkQuorumAuth refuses what ZooKeeper refuses, even where it means nothing: a member that insists on SASL has to use it.
func (l *loader) checkQuorumAuth() *Error {
	const enabled, learner, server = "quorum.auth.enableSasl", "quorum.auth.learnerRequireSasl", "quorum.auth.serverRequireSasl"
	for _, pair := range [][2]string{{server, enabled}, {learner, enabled}, {server, learner}} {
		if s := l.setting(pair[0]); s != nil && strings.EqualFold(s.value, "true") && !l.isTrue(pair[1]) {
			return s.refuse(s.value, pair[1]+" to be true as well")
		}
	}
	return nil
}

// isTrue tells whether a key that is false by default has been set to true.
func (l *loader) isTrue(name string) bool {
	s := l.setting(name)
	return s != nil && strings.EqualFold(s.value, "true")
}

// checkPort needs a port for clients. ZooKeeper runs without one; nothing could be done with such a server.
func (l *loader) checkPort() *Error {
	if l.cfg.ClientPort != unset || l.cfg.SecureClientPort != unset {
		return nil
	}
	return l.missing("clientPort", "not set, expected the port for clients, such as 2181")
}

// checkTimeouts fills in the session timeouts that depend on tickTime.
func (l *loader) checkTimeouts() *Error {
	c := l.cfg
	c.MinSessionTimeout = orTicks(c.MinSessionTimeout, 2*c.TickTime)
	c.MaxSessionTimeout = orTicks(c.MaxSessionTimeout, 20*c.TickTime)
	if c.MinSessionTimeout <= c.MaxSessionTimeout {
		return nil
	}
	found := strconv.FormatInt(c.MinSessionTimeout.Milliseconds(), 10) + " ms"
	expected := "at most maxSessionTimeout, which is " + strconv.FormatInt(c.MaxSessionTimeout.Milliseconds(), 10) + " ms"
	if s := l.setting("minSessionTimeout"); s != nil {
		return s.refuse(found, expected)
	}
	return l.missing("minSessionTimeout", "found "+found+" (2 ticks), expected "+expected)
}

func orTicks(timeout, ticks time.Duration) time.Duration {
	if timeout == unset*time.Millisecond {
		return ticks
	}
	return timeout
}

// cause is what the system says about a file, without the file's name.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

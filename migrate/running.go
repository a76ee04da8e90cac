package migrate

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const aboutServer = "server"

// Server is one that runs on the installation now.
type Server struct {
	Address     string `json:"address,omitempty"` // where it answers; empty if it does not
	Version     string `json:"version,omitempty"`
	Mode        string `json:"mode,omitempty"`
	Connections int    `json:"connections"`
	Paddock     bool   `json:"paddock"`
	PID         int    `json:"pid,omitempty"` // of the JVM, if it is in sight
	User        string `json:"user,omitempty"`
	// args are what the JVM got before the name of its main class.
	args []string
	cwd  string // where it was started, so far as that may be known
}

// running asks the port of the configuration, and looks for the process.
func (c *checker) running(ctx context.Context) {
	s := &Server{}
	answers := c.ask(ctx, s)
	c.process(s)
	if !answers && s.PID == 0 {
		return
	}
	c.Server = s
	c.startedElsewhere()
	if !answers {
		c.addf(Note, aboutServer, "process %d of user %s has this configuration, and does not answer to srvr", s.PID, s.User)
		return
	}
	if s.Mode != "" && s.Mode != "standalone" {
		c.addf(Refused, aboutServer, "the server at %s runs as %s: it is a member of an ensemble", s.Address, s.Mode).
			advise("leave it with ZooKeeper: Paddock serves standalone installations only")
	}
	if s.Paddock {
		c.addf(Note, aboutServer, "Paddock serves this installation already, at %s", s.Address)
	}
}

// place says whether it matters where the server that runs was started, and is known.
type place int

const (
	anywhere place = iota
	known
	unknown
)

func (c *checker) startedWhere() place {
	switch s := c.Server; {
	case c.relative() == "" || s == nil || s.PID == 0:
		return anywhere
	case s.cwd == "":
		return unknown
	}
	return known
}

// relative is the key of a folder that depends on where a server is started, empty if there is none.
func (c *checker) relative() string {
	for _, key := range []string{"dataDir", "dataLogDir"} {
		if dir := c.text(key); dir != "" && !filepath.IsAbs(dir) {
			return key
		}
	}
	return ""
}

// startedElsewhere is about relative folders, which depend on where a server is started.
func (c *checker) startedElsewhere() {
	key, s := c.relative(), c.Server
	switch c.startedWhere() {
	case anywhere:
	case unknown:
		c.addf(Unchecked, aboutStart, "%s=%s is relative, and where process %d was started is not known", key, c.text(key), s.PID).
			advise("run the check as root, or as the user that ZooKeeper runs as")
	case known:
		c.addf(Different, aboutStart, "%s=%s is relative, and process %d was started in %s", key, c.text(key), s.PID, s.cwd).
			advise("put %s=%s into %s, or start Paddock in %s as well", key, c.fromServer(key), c.ZooCfg, s.cwd)
	}
}

// ask tells whether somebody at the port answers to srvr.
func (c *checker) ask(ctx context.Context, s *Server) bool {
	port := c.text("clientPort")
	if port == "" || port == "0" {
		return false
	}
	hosts := []string{c.text("clientPortAddress")}
	if ip := net.ParseIP(hosts[0]); hosts[0] == "" || ip != nil && ip.IsUnspecified() {
		hosts = []string{"127.0.0.1", "::1"} // a container may not know the name localhost
	}
	for _, host := range hosts {
		addr := net.JoinHostPort(host, port)
		text, err := c.srvr(ctx, addr)
		if parseSrvr(text, s); s.Version != "" {
			s.Address = addr
			return true
		}
		switch {
		case err == nil:
			c.addf(Note, aboutServer, "something listens at %s and does not answer to srvr as a ZooKeeper does", addr)
		case host != "::1" && !errors.Is(err, syscall.ECONNREFUSED): // ::1 may not be there at all
			c.addf(Note, aboutServer, "whether a server runs at %s is not known: %v", addr, err)
		}
	}
	return false
}

func (c *checker) srvr(ctx context.Context, addr string) (string, error) {
	const answerMax = 64 << 10 // bytes; ours and ZooKeeper's have some 300
	dialer := net.Dialer{Timeout: c.Patience}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // nothing is left to lose
	if err := conn.SetDeadline(time.Now().Add(c.Patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "srvr"); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(conn, answerMax))
	return string(text), err
}

// parseSrvr reads the answer to srvr; what is no such answer leaves s without a version.
func parseSrvr(text string, s *Server) {
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case !found:
		case name == "Zookeeper version":
			s.Version, _, _ = strings.Cut(value, ", built")
			s.Paddock = strings.Contains(value, "paddock")
		case name == "Mode":
			s.Mode = value
		case name == "Connections":
			s.Connections, _ = strconv.Atoi(value) // 0 if it is no number
		}
	}
}

// isMainClass is how a process is known for a ZooKeeper server.
func isMainClass(arg string) bool {
	const servers = "org.apache.zookeeper.server."
	return arg == servers+"quorum.QuorumPeerMain" || arg == servers+"ZooKeeperServerMain"
}

// process finds the JVM that was started with the same zoo.cfg.
func (c *checker) process(s *Server) {
	dirs, err := os.ReadDir(c.Proc)
	if err != nil {
		return // no /proc, no process in sight
	}
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		folder := filepath.Join(c.Proc, d.Name())
		line, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		if err != nil {
			continue // it has ended
		}
		args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
		main := slices.IndexFunc(args, isMainClass)
		if main < 1 || main+1 >= len(args) || !c.sameFile(folder, args[main+1]) {
			continue
		}
		s.PID, s.args = pid, args[1:main]
		s.cwd, _ = os.Readlink(filepath.Join(folder, "cwd")) // only its user and root may
		if info, err := os.Stat(folder); err == nil {
			s.User = userName(ownerOf(info))
		}
		return
	}
}

// sameFile tells whether a process means our zoo.cfg by this argument.
func (c *checker) sameFile(folder, arg string) bool {
	if !filepath.IsAbs(arg) {
		arg = filepath.Join(folder, "cwd", arg)
	}
	theirs, err := os.Stat(arg)
	if err != nil {
		return false
	}
	ours, err := os.Stat(c.ZooCfg)
	return err == nil && os.SameFile(theirs, ours)
}

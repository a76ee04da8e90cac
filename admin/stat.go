package admin

import (
	"net/netip"
	"strconv"
	"strings"
)

// lines builds an answer.
type lines struct{ buf []byte }

func (l *lines) text(parts ...string) {
	for _, p := range parts {
		l.buf = append(l.buf, p...)
	}
}

// number writes name, value and the end of the line.
func (l *lines) number(name string, value int64) {
	l.buf = append(l.buf, name...)
	l.buf = strconv.AppendInt(l.buf, value, 10)
	l.buf = append(l.buf, '\n')
}

func ruok(Source) []byte { return []byte("imok") }

// isro answers without the end of a line, and "null" before there is an answer (IsroCommand, 3.9.5).
func isro(src Source) []byte {
	s := src.Stats()
	switch {
	case !s.Serving:
		return []byte("null")
	case s.Mode == ModeReadOnly:
		return []byte("ro")
	}
	return []byte("rw")
}

func srvr(src Source) []byte { return describe(src, false) }

func stat(src Source) []byte { return describe(src, true) }

// describe is srvr, and with the connections stat (StatCommand and ServerStats.toString, 3.9.5).
func describe(src Source, clients bool) []byte {
	s := src.Stats()
	if !s.Serving {
		return []byte(notServing)
	}
	var l lines
	l.text("Zookeeper version: ", s.Version, "\n")
	if s.Mode == ModeReadOnly {
		l.text("READ-ONLY mode; serving only read-only clients\n")
	}
	if clients {
		l.text("Clients:\n")
		for c := range src.Conns() {
			l.conn(c)
		}
		l.text("\n")
	}
	l.text("Latency min/avg/max: ", strconv.FormatInt(s.Latency.Min, 10), "/", javaDouble(s.Latency.Avg()), "/")
	l.number("", s.Latency.Max)
	l.number("Received: ", s.Received)
	l.number("Sent: ", s.Sent)
	l.number("Connections: ", s.Connections)
	l.number("Outstanding: ", s.Outstanding)
	l.text("Zxid: 0x", strconv.FormatUint(uint64(s.Zxid), 16), "\n")
	l.text("Mode: ", s.Mode, "\n")
	l.number("Node count: ", s.Nodes)
	return l.buf
}

// conn is one line of stat (ServerCnxn.dumpConnectionInfo, brief, 3.9.5).
func (l *lines) conn(c Conn) {
	l.text(" ", javaAddr(c.Addr), "[", strconv.FormatInt(int64(c.Interest), 16), "](queued=", strconv.FormatInt(c.Queued, 10))
	l.text(",recved=", strconv.FormatInt(c.Received, 10), ",sent=", strconv.FormatInt(c.Sent, 10), ")\n")
}

// javaAddr prints an address as Java's InetSocketAddress without a name: /127.0.0.1:2181, /[0:0:0:0:0:0:0:1]:2181.
// IPv6 is not shortened, and an IPv4 address inside IPv6 is printed as IPv4.
func javaAddr(a netip.AddrPort) string {
	ip, port := a.Addr().Unmap(), strconv.Itoa(int(a.Port()))
	if ip.Is4() {
		return "/" + ip.String() + ":" + port
	}
	bytes := ip.As16()
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = strconv.FormatUint(uint64(bytes[2*i])<<8|uint64(bytes[2*i+1]), 16)
	}
	text := strings.Join(groups, ":")
	if ip.Zone() != "" {
		text += "%" + ip.Zone()
	}
	return "/[" + text + "]:" + port
}

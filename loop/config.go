package loop

import (
	"log/slog"
	"runtime"
	"time"
)

// Defaults of Config. Sizes are in bytes.
const (
	frameBytesMaxDefault       = 0xfffff          // Apache's jute.maxbuffer
	sessionlessTimeoutDefault  = 10 * time.Second // Apache's zookeeper.nio.sessionlessCnxnTimeout
	closeTimeoutDefault        = 5 * time.Second
	inFlightBytesMaxDefault    = 1 << 20
	inFlightBytesGlobalDefault = 64 << 20
	inFlightShareDefault       = 64 << 10
	inboxBytesMaxDefault       = 32 << 20
	outBytesHardDefault        = 64 << 20
	outBytesLowDefault         = 64 << 10
)

// Config is what a Server is made from. Zero values mean the defaults above, or "no limit" where that is said.
type Config struct {
	// Addrs are "host:port". ":2181" is every address of both families, or IPv4 alone where IPv6 is off.
	Addrs []string
	// SecureAddrs are those where clients speak TLS, with TLS.Source.
	SecureAddrs []string
	TLS         TLSConfig
	// Backlog of the listening sockets; 0 means the system's (net.core.somaxconn).
	Backlog int
	// Loops is the number of event loops; 0 means half of GOMAXPROCS, at least 1 and at most 8.
	Loops int
	// FrameBytesMax is jute.maxbuffer: a frame announced as negative or larger closes the connection.
	FrameBytesMax int
	// CnxnsMax and CnxnsPerIPMax are asked at each accept, so that they may change; nil or <= 0 means no limit.
	CnxnsMax, CnxnsPerIPMax func() int
	// DescriptorMax refuses a connection whose descriptor number is this or higher. The kernel hands out the lowest
	// free number, so this keeps the numbers above it for files. 0 means no limit.
	DescriptorMax int
	// SessionlessTimeout closes connections that were not marked Established in time; negative means never.
	SessionlessTimeout time.Duration
	// CloseTimeout bounds the flush that Out.Close asks for.
	CloseTimeout time.Duration
	// Words are the four-letter words to recognise as the first bytes of a connection.
	Words map[string]bool
	// InFlightBytesMax parks a connection (stops reading it) that has more than this in unfinished requests.
	InFlightBytesMax int
	// InFlightBytesGlobalMax parks, while all connections together have more than this in unfinished requests, each
	// connection that has more than InFlightShare.
	InFlightBytesGlobalMax, InFlightShare int
	// InboxBytesMax is how much may wait for Take per loop before that loop waits for room.
	InboxBytesMax int
	// OutBytesHard closes a connection that has more unsent bytes. It must exceed the largest single reply.
	OutBytesHard int
	// OutBytesLow is the low-water mark of Out.Ack.
	OutBytesLow int
	// TCPKeepAlive turns the kernel's keep-alive probes on.
	TCPKeepAlive bool
	// Log gets refusals, bad clients and accept errors; nil means silence.
	Log *slog.Logger
	// Clock is read for timeouts and for the rate of log lines; nil means time.Now.
	Clock func() time.Time
}

// withDefaults fills in what was left zero.
func (c Config) withDefaults() Config {
	c.TLS = c.TLS.withDefaults()
	orInt(&c.Loops, min(max(runtime.GOMAXPROCS(0)/2, 1), 8))
	orInt(&c.FrameBytesMax, frameBytesMaxDefault)
	orInt(&c.InFlightBytesMax, inFlightBytesMaxDefault)
	orInt(&c.InFlightBytesGlobalMax, inFlightBytesGlobalDefault)
	orInt(&c.InFlightShare, inFlightShareDefault)
	orInt(&c.InboxBytesMax, inboxBytesMaxDefault)
	orInt(&c.OutBytesHard, outBytesHardDefault)
	orInt(&c.OutBytesLow, outBytesLowDefault)
	if c.SessionlessTimeout == 0 {
		c.SessionlessTimeout = sessionlessTimeoutDefault
	}
	if c.CloseTimeout <= 0 {
		c.CloseTimeout = closeTimeoutDefault
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

func orInt(v *int, otherwise int) {
	if *v <= 0 {
		*v = otherwise
	}
}

// limit asks one of the limits that may change.
func limit(f func() int) int {
	if f == nil {
		return 0
	}
	return f()
}

package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"paddock/admin"
	"paddock/apply"
	"paddock/auth"
	"paddock/config"
	"paddock/disk"
	"paddock/loop"
	"paddock/session"
	"paddock/snap"
	"paddock/wal"
)

// Limits that are ours, not ZooKeeper's.
const (
	logBytesMax      = 32 << 20 // of transactions in front of the disk before writes wait
	batchBytesMax    = 4 << 20  // per sync
	outBytesMax      = 1 << 20  // unsent replies of a connection before its requests wait
	eventBytesMax    = 16 << 20 // unsent events of a connection before it is closed
	descriptorsSpare = 64       // kept free for files when connections are refused
	stopTimeout      = 10 * time.Second
)

// outBytesHard only guards against a defect: the processor stops answering a connection long before, and what it
// cannot stop is one reply of any size behind outBytesMax, and events.
const outBytesHard = 1 << 30

// Server is a standalone ZooKeeper server.
type Server struct {
	cfg     *config.Config
	log     *slog.Logger
	version string

	net    *loop.Server
	dirs   dirs
	writer *wal.Writer
	door   *logDoor
	proc   *apply.Processor
	words  *admin.Words
	clock  clock

	started   time.Time
	events    []loop.Event
	outs      [][]loop.Out // per loop
	snapshot  *snap.Writer // nil when none is being written
	snapDue   snapLimits
	snapTick  *time.Ticker
	lastTick  int64 // monotonic ms
	gcPercent int
	always    chan struct{} // closed: a case that is always ready
	sweeping  chan struct{} // always while there is something to sweep, else nil

	wordsAnswered int64
	syncMs        admin.Summary // of the log
}

// New binds the port, then locks and loads the data directory, in this order: a port in use leaves the directory
// untouched. Errors: *DataDirError for a directory that cannot be used.
func New(cfg *config.Config, version string, log *slog.Logger) (*Server, error) {
	s := &Server{cfg: cfg, log: log, version: version, clock: newClock(), started: time.Now(), always: make(chan struct{})}
	close(s.always)
	schemes, err := auth.New(auth.Config{
		SuperDigest: cfg.SuperDigest, DigestEnabled: cfg.DigestAuthEnabled, DigestAlg: cfg.DigestAlgorithm,
		SkipACL: cfg.SkipACL,
	})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.words = admin.NewWords(cfg.FourLetterWhitelist, cfg.ReadOnlyMode)
	if s.net, err = loop.Listen(s.loopConfig()); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.openData(schemes); err != nil {
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		return nil, errors.Join(err, s.net.Stop(stopped))
	}
	return s, nil
}

// Addrs are the bound addresses.
func (s *Server) Addrs() []net.Addr { return s.net.Addrs() }

// Znodes counts the znodes that were loaded; it is for the time before Run.
func (s *Server) Znodes() int { return s.proc.Tree().Count() }

func (s *Server) loopConfig() loop.Config {
	cfg := s.cfg
	limit := func(n int) func() int { return func() int { return n } }
	return loop.Config{
		Addrs:         []string{net.JoinHostPort(cfg.ClientPortAddress, strconv.Itoa(cfg.ClientPort))},
		Backlog:       max(cfg.ClientPortListenBacklog, 0),
		FrameBytesMax: cfg.JuteMaxBufferBytes,
		CnxnsMax:      limit(cfg.MaxCnxns), CnxnsPerIPMax: limit(cfg.MaxClientCnxns),
		DescriptorMax:      descriptorMax(),
		SessionlessTimeout: cfg.SessionlessTimeout,
		Words:              s.words.Known(),
		OutBytesHard:       outBytesHard,
		TCPKeepAlive:       cfg.ClientTCPKeepAlive,
		Log:                s.log,
	}
}

// descriptorMax leaves some descriptors free for files. The Go runtime has raised the soft limit to the hard one.
func descriptorMax() int {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil || r.Cur > 1<<30 {
		return 0
	}
	return max(int(r.Cur)-descriptorsSpare, descriptorsSpare)
}

// openData locks and loads the data directory and opens the log for writing.
func (s *Server) openData(schemes *auth.Schemes) error {
	var err error
	if s.dirs, err = openDirs(s.cfg); err != nil {
		return err
	}
	walCfg := s.walConfig()
	l, err := load(s.cfg, s.dirs, walCfg, s.log)
	if err != nil {
		return errors.Join(err, s.dirs.lock.Close())
	}
	if s.writer, err = wal.Open(walCfg, l.position); err != nil {
		return errors.Join(fmt.Errorf("server: %w", err), s.dirs.lock.Close())
	}
	s.door = &logDoor{writer: s.writer, batchBytesMax: batchBytesMax / 2}
	_, monoMs := s.clock.now()
	sessions := session.New(session.Config{
		ServerID: config.SessionServerID, TickMs: int32(s.cfg.TickTime.Milliseconds()),
		MinTimeoutMs: int32(s.cfg.MinSessionTimeout.Milliseconds()),
		MaxTimeoutMs: int32(s.cfg.MaxSessionTimeout.Milliseconds()),
	}, monoMs)
	for id, timeoutMs := range l.replay.Sessions {
		sessions.Add(id, timeoutMs, monoMs).Log(timeoutMs)
	}
	if l.adopted > 0 {
		s.log.Info("TTL znodes of ZooKeeper 3.5.3 were adopted", "znodes", l.adopted)
	}
	s.proc = apply.New(apply.Config{
		LogBytesMax: logBytesMax, OutBytesMax: outBytesMax, EventBytesMax: eventBytesMax,
		EnforceQuota: s.cfg.EnforceQuota, Digest: s.cfg.DigestEnabled, CloseSessionPaths: s.cfg.CloseSessionTxnEnabled,
		ExtendedTypes: s.cfg.ExtendedTypes, ReconfigEnabled: s.cfg.ReconfigEnabled,
		Reap: apply.ReapConfig{
			CheckIntervalMs: s.cfg.ContainerCheckInterval.Milliseconds(), PerMinuteMax: int64(s.cfg.ContainersPerMinute),
			NeverUsedIntervalMs: s.cfg.ContainerNeverUsed.Milliseconds(),
		},
		AuthSchemes: s.cfg.EnforcedSchemes(), Random: rand.Float64,
		ConnThrottle: connThrottle(&s.cfg.ConnThrottle), Requests: requestThrottle(&s.cfg.RequestThrottle),
	}, l.replay.Tree, l.replay.Zxid, sessions, schemes, s.door, s.log)
	s.snapDue = newSnapLimits(s.cfg, rand.Float64)
	s.door.txns = max(l.replay.Txns, l.adopted) // what no snapshot holds yet counts towards the next one
	return nil
}

func (s *Server) walConfig() wal.Config {
	prealloc := s.cfg.PreAllocKiB << 10
	if prealloc == 0 {
		prealloc = -1
	}
	return wal.Config{
		Dir: s.dirs.log, FS: disk.OS{}, Log: s.log, PreallocBytes: prealloc,
		SegmentBytesMax: max(s.cfg.TxnLogSizeLimitKiB, 0) << 10, BatchBytesMax: batchBytesMax,
		NoSync: !s.cfg.ForceSync, SlowSync: max(s.cfg.FsyncWarningThreshold, 1), // 0 is every sync that takes any time
	}
}

// Run serves until ctx ends or the log fails. At the end of ctx it answers what was accepted and leaves
// everything on disk; the error is nil then.
func (s *Server) Run(ctx context.Context) error {
	if err := s.net.Start(); err != nil {
		return errors.Join(fmt.Errorf("server: %w", err), s.net.Stop(ctx), s.closeData())
	}
	s.outs = make([][]loop.Out, s.net.Loops())
	err := s.drive(ctx)
	return errors.Join(err, s.closeData())
}

func (s *Server) closeData() error {
	err := s.writer.Close()
	if err != nil {
		err = fmt.Errorf("server: close log: %w", err)
	}
	return errors.Join(err, s.dirs.lock.Close())
}

package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"paddock/admin"
	"paddock/apply"
	"paddock/auth"
	"paddock/config"
	"paddock/console"
	"paddock/logging"
	"paddock/loop"
	"paddock/metric"
	"paddock/session"
	"paddock/snap"
	"paddock/tree"
	"paddock/wal"
)

// Limits that are ours, not ZooKeeper's.
const (
	logBytesMax      = 32 << 20  // of transactions in front of the disk before writes wait
	batchBytesMax    = 4 << 20   // per sync
	outBytesMax      = 1 << 20   // unsent replies of a connection before its requests wait
	outTotalBytesMax = 256 << 20 // of all connections, before each may have a sixteenth of that
	eventBytesMax    = 16 << 20  // unsent events of a connection before it is closed
	descriptorsSpare = 64        // kept free for files when connections are refused
	stopTimeout      = 10 * time.Second
	logInterval      = time.Second // between two lines of a kind that clients can cause
)

// outBytesHard only guards against a defect: the processor stops answering a connection long before, and what it
// cannot stop is one reply of any size behind outBytesMax, and events.
const outBytesHard = 1 << 30

// Server is a standalone ZooKeeper server.
type Server struct {
	cfg     *config.Config
	log     *slog.Logger
	limited *slog.Logger // for what clients can cause
	version string

	net     Network
	env     Env
	dirs    dirs
	space   *spaceWatch
	writer  *wal.Writer
	door    *logDoor
	proc    *apply.Processor
	words   *admin.Words
	schemes *auth.Schemes

	started   time.Time
	events    []loop.Event
	frames    [][]byte     // scratch of foresee
	outs      [][]loop.Out // per loop
	snapshot  *snap.Writer // nil when none is being written
	snapDue   snapLimits
	snapTick  *time.Ticker
	purger    *purger       // nil where nothing is purged
	paths     *metric.Paths // nil where they are not counted
	lastTick  int64         // monotonic ms
	gcPercent int
	always    chan struct{} // closed: a case that is always ready
	sweeping  chan struct{} // always while there is something to sweep, else nil

	wordsReceived int64 // four-letter words
	wordsSent     atomic.Int64
	wordsAtReset  struct{ received, sent int64 }
	wordConns     map[uint64]context.CancelFunc // connections that a word came on, and what gives up its answer
	snapDir       string                        // absolute
	logDir        string
	traceMask     atomic.Int64
	tls           tlsCounts
	lastSnapshot  snapshotInfo

	adminHTTP, metricsHTTP *admin.HTTPServer // nil where there is none
	console                *console.Console  // likewise
	endConsole             func()            // nil while it does not measure
	guests                 guests            // of the console

	broken    chan error    // capacity 1: the end of a processor that is carried
	serving   atomic.Bool   // the processor takes questions
	questions chan func()   // see ask
	ended     chan struct{} // closed: it takes none any more
	walks     []*walk       // the first one is on its way

	wantSnapshot  []chan snap.Result // who waits for a snapshot that has not begun
	tellsSnapshot []chan snap.Result // who waits for the one under way
	copying       sync.Mutex         // held by the goroutine that makes a copy or restores one
	failed        error              // what a restore has found: the server cannot go on

	series         series
	atReset        admin.Samples // at the last srst
	statsAtReset   apply.Stats
	latencyAtReset metric.Summary
}

// NewIn binds the port, then locks and loads the data directory, in this order: a port in use leaves the directory
// untouched. Errors: *DataDirError for a directory that cannot be used.
func NewIn(env Env, cfg *config.Config, version string, log *slog.Logger) (*Server, error) {
	s := &Server{cfg: cfg, log: log, limited: logging.Limit(log, logInterval), version: version, env: env.withDefaults(), started: time.Now(), always: make(chan struct{})}
	close(s.always)
	schemes, err := auth.New(auth.Config{
		SuperDigest: cfg.SuperDigest, DigestEnabled: cfg.DigestAuthEnabled, DigestAlg: cfg.DigestAlgorithm,
		SkipACL:  cfg.SkipACL,
		X509:     auth.X509Config{Registered: cfg.TLS.X509, SuperUser: cfg.TLS.SuperUser},
		SASL:     auth.SASLConfig{Registered: cfg.SASL.Registered, SuperUsers: cfg.SASL.SuperUsers, AnyUserID: cfg.SASL.AnyUserID},
		Ensemble: auth.EnsembleConfig{Registered: cfg.EnsembleAuth.Registered, Names: cfg.EnsembleAuth.Names},
	})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.broken = make(chan error, 1)
	s.questions, s.ended, s.wordConns = make(chan func()), make(chan struct{}), map[uint64]context.CancelFunc{}
	s.traceMask.Store(traceMaskDefault)
	s.paths = newPaths(&cfg.PathStats)
	s.schemes = schemes
	s.words = admin.NewWords(cfg.FourLetterWhitelist, cfg.ReadOnlyMode)
	secure, err := tlsConfig(cfg, log)
	if err != nil {
		return nil, err
	}
	if s.net, err = env.listen(s.loopConfig(secure)); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err = s.openHTTP(); err == nil {
		err = s.openData()
	}
	if err != nil {
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		return nil, errors.Join(err, s.closeHTTP(), s.net.Stop(stopped))
	}
	s.warnOfRestore()
	return s, nil
}

// Addrs are the bound addresses.
func (s *Server) Addrs() []net.Addr { return s.net.Addrs() }

// Znodes counts the znodes that were loaded; it is for the time before Run.
func (s *Server) Znodes() int { return s.proc.Tree().Count() }

func (s *Server) loopConfig(secure loop.TLSConfig) loop.Config {
	cfg := s.cfg
	limit := func(n int) func() int { return func() int { return n } }
	return loop.Config{
		Addrs:         listenOn(cfg.ClientPortAddress, cfg.ClientPort),
		SecureAddrs:   listenOn(cfg.SecureClientPortAddress, cfg.SecureClientPort),
		TLS:           secure,
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

// listenOn is a list of one address, or of none where the port is negative.
func listenOn(host string, port int) []string {
	if port < 0 {
		return nil
	}
	return []string{net.JoinHostPort(host, strconv.Itoa(port))}
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
func (s *Server) openData() error {
	var err error
	if s.dirs, err = s.env.open(s.cfg); err != nil {
		return err
	}
	walCfg := s.walConfig()
	s.space = newSpaceWatch(s.dirs, walCfg.PreallocBytes, s.log)
	l, err := load(s.cfg, s.dirs, walCfg, s.log)
	if err != nil {
		return errors.Join(err, s.dirs.lock.Close())
	}
	if s.writer, err = wal.Open(walCfg, l.position); err != nil {
		return errors.Join(fmt.Errorf("server: %w", err), s.dirs.lock.Close())
	}
	s.door = &logDoor{writer: s.writer, batchBytesMax: batchBytesMax / 2}
	if l.adopted > 0 {
		s.log.Info("TTL znodes of ZooKeeper 3.5.3 were adopted", "znodes", l.adopted)
	}
	s.proc = s.newProcessor(l.replay.Tree, l.replay.Zxid, l.replay.Sessions)
	s.loadedInto(&l)
	s.snapDue = newSnapLimits(s.cfg, s.env.Random)
	s.space.snapshotBytes.Store(s.snapshotBytesAbout())
	s.door.txns = max(l.replay.Txns, l.adopted) // what no snapshot holds yet counts towards the next one
	return nil
}

// newProcessor makes a processor around a state: the tree after a transaction, and the timeouts of its sessions by their ids.
func (s *Server) newProcessor(t *tree.Tree, zxid int64, timeouts map[int64]int32) *apply.Processor {
	_, monoMs := s.env.Clock()
	sessions := session.New(session.Config{
		ServerID: config.SessionServerID, TickMs: int32(s.cfg.TickTime.Milliseconds()),
		MinTimeoutMs: int32(s.cfg.MinSessionTimeout.Milliseconds()),
		MaxTimeoutMs: int32(s.cfg.MaxSessionTimeout.Milliseconds()),
	}, monoMs)
	for id, timeoutMs := range timeouts {
		sessions.Add(id, timeoutMs, monoMs).Log(timeoutMs)
	}
	return apply.New(apply.Config{
		LogBytesMax: logBytesMax, OutBytesMax: outBytesMax, OutTotalBytesMax: outTotalBytesMax, EventBytesMax: eventBytesMax,
		EnforceQuota: s.cfg.EnforceQuota, Digest: s.cfg.DigestEnabled, CloseSessionPaths: s.cfg.CloseSessionTxnEnabled,
		ExtendedTypes: s.cfg.ExtendedTypes, ReconfigEnabled: s.cfg.ReconfigEnabled,
		Reap: apply.ReapConfig{
			CheckIntervalMs: s.cfg.ContainerCheckInterval.Milliseconds(), PerMinuteMax: int64(s.cfg.ContainersPerMinute),
			NeverUsedIntervalMs: s.cfg.ContainerNeverUsed.Milliseconds(),
		},
		AuthSchemes: s.cfg.EnforcedSchemes(), Random: s.env.Random,
		SASL: s.cfg.SASL.Service, AllowSASLFailed: s.cfg.SASL.AllowFailed,
		ConnThrottle: connThrottle(&s.cfg.ConnThrottle), Requests: requestThrottle(&s.cfg.RequestThrottle),
		Audit: s.env.Audit, AuditUser: s.env.AuditUser, Visited: s.visited(),
	}, t, zxid, sessions, s.schemes, s.door, s.limited)
}

func (s *Server) walConfig() wal.Config {
	prealloc := s.cfg.PreAllocKiB << 10
	if prealloc == 0 {
		prealloc = -1
	}
	return wal.Config{
		Dir: s.dirs.log, FS: s.dirs.fs, Log: s.log, PreallocBytes: prealloc,
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
	purging, endPurging := context.WithCancel(context.Background())
	s.purger = s.startPurger(purging)
	var helpers sync.WaitGroup
	helpers.Go(func() { s.space.run(purging) })
	helpers.Go(func() { reloadKeytab(purging, &s.cfg.SASL, s.log) })
	helpers.Go(func() { reportPaths(purging, s.paths, &s.cfg.PathStats, s.log) })
	err := s.drive(ctx)
	endPurging()
	s.purger.stop()
	helpers.Wait()
	return errors.Join(err, s.closeData())
}

func (s *Server) closeData() error {
	err := s.writer.Close()
	if err != nil {
		err = fmt.Errorf("server: close log: %w", err)
	}
	return errors.Join(err, s.closeHTTP(), s.dirs.lock.Close())
}

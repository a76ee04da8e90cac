package server

import (
	"fmt"
	"log/slog"
	"time"

	"paddock/config"
	"paddock/snap"
)

// snapStepInterval is the pause between two slices of a snapshot: 64 KiB each, so that a snapshot goes to the
// disk with at most 64 MB/s and takes a fraction of the processor's time.
const snapStepInterval = time.Millisecond

// snapLimits says when the next snapshot is due: after half of snapCount and a random part of the other half, so
// that the servers of an ensemble do not all write at once; likewise for the log's size (SyncRequestProcessor.
// shouldSnapshot, 3.9.5).
type snapLimits struct {
	count   int
	bytes   int64
	random  func() float64
	txnsDue int
	sizeDue int64 // 0: never
}

func newSnapLimits(cfg *config.Config, random func() float64) snapLimits {
	l := snapLimits{count: cfg.SnapCount, bytes: cfg.SnapSizeLimitKiB << 10, random: random}
	l.draw()
	return l
}

func (l *snapLimits) draw() {
	l.txnsDue = l.count/2 + int(l.random()*float64(l.count/2))
	l.sizeDue = 0
	if l.bytes > 0 {
		l.sizeDue = l.bytes/2 + int64(l.random()*float64(l.bytes/2))
	}
}

func (l *snapLimits) reached(d *logDoor) bool {
	return d.txns > l.txnsDue || l.sizeDue > 0 && d.bytes > l.sizeDue
}

// snapConfig says where and how snapshots are written.
func snapConfig(cfg *config.Config, d dirs, log *slog.Logger) snap.Config {
	method, _ := snap.ParseMethod(cfg.SnapshotCompression) // what is unknown is plain, as config has warned
	return snap.Config{
		FS: d.fs, Dir: d.snap, Log: log, Now: time.Now, Compression: method,
		Blocks: snap.Blocks{NoDigest: !cfg.DigestEnabled, NoLastZxid: !cfg.SerializeLastProcessedZxid},
	}
}

// beginSnapshot starts one of the tree as it is; the log goes on in a new segment.
func (s *Server) beginSnapshot() {
	s.door.beginSegment()
	s.snapDue.draw()
	var sessions []snap.Session
	s.proc.Sessions(func(id int64, timeoutMs int32) {
		sessions = append(sessions, snap.Session{ID: id, TimeoutMs: timeoutMs})
	})
	zxid := s.proc.Applied()
	s.log.Info("snapshotting", "zxid", fmt.Sprintf("0x%x", zxid), "znodes", s.proc.Tree().Count())
	s.snapshot = snap.Begin(snapConfig(s.cfg, s.dirs, s.log), s.proc.Tree(), sessions, zxid)
	s.snapTick.Reset(snapStepInterval)
}

// stepSnapshot encodes the next slice, or takes the result. A snapshot that fails is only reported, and the next one is due
// when it would have been: the log holds everything that it would have.
func (s *Server) stepSnapshot() {
	if s.snapshot == nil {
		return
	}
	s.series.slices++
	if s.snapshot.Step(s.proc.Applied()) {
		return
	}
	select {
	case r := <-s.snapshot.Done(): // which has logged its result
		s.snapshotDone(&r)
		s.tellSnapshot(&r)
		s.snapshot = nil
		s.snapTick.Stop()
	default: // the helper still syncs
	}
}

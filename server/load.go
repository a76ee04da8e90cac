package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"paddock/apply"
	"paddock/config"
	"paddock/snap"
	"paddock/tree"
	"paddock/wal"
)

// loaded is what a data directory held.
type loaded struct {
	replay   apply.Replay
	position wal.Position
	snapshot snapshotInfo
	// How long the two halves took.
	snapshotTook, replayTook time.Duration
	mismatch                 bool // of the digests
	adopted                  int  // TTL znodes that had the form of ZooKeeper 3.5.3
}

// load reads the newest snapshot and the log behind it (FileTxnSnapLog.restore, 3.9.5).
func load(cfg *config.Config, d dirs, walCfg wal.Config, log *slog.Logger) (loaded, error) {
	start := time.Now()
	var l loaded
	found, err := snap.Load(d.fs, d.snap, log)
	first := errors.Is(err, snap.ErrNone)
	switch {
	case first:
		if err := checkEmpty(cfg, d); err != nil {
			return l, err
		}
		l.replay = apply.Replay{Tree: tree.New(), Sessions: map[int64]int32{}}
	case err != nil:
		return l, fmt.Errorf("server: load snapshot: %w", err)
	default:
		l.replay = apply.Replay{Tree: found.Tree, Sessions: found.Sessions, Zxid: found.Zxid}
	}
	l.snapshot = newestSnapshot(d, found.File, found.Zxid)
	l.snapshotTook = time.Since(start)
	l.replay.FuzzyUntil = found.ChangedUntil()
	l.position, err = replayLog(walCfg, &l.replay)
	if err != nil {
		return l, fmt.Errorf("server: replay log: %w", err)
	}
	l.replayTook = time.Since(start) - l.snapshotTook
	if n := l.replay.Tree.UnknownACLs(); n > 0 {
		return l, fmt.Errorf("server: %w: %d znodes of %s have an ACL id that its table lacks", snap.ErrCorrupt, n, found.File)
	}
	if err := l.checkEnd(d, &found); err != nil {
		return l, err
	}
	if err := readyFolders(cfg, d, first); err != nil {
		return l, err
	}
	if until := found.ChangedUntil(); until > l.replay.Zxid {
		log.Warn("the snapshot was written while the tree changed, and there is no log to go with it: it may hold parts of later "+
			"transactions", "snapshot", found.File, "completeTo", fmt.Sprintf("0x%x", found.Zxid),
			"changesUpTo", fmt.Sprintf("0x%x", until))
	}
	if want, got, differs := l.replay.Mismatch(); cfg.DigestEnabled && differs {
		l.mismatch = true
		log.Error("digests are not matching after replay: the tree differs from the one that was logged",
			"zxid", fmt.Sprintf("0x%x", l.replay.Zxid), "logged", fmt.Sprintf("%x", want), "tree", fmt.Sprintf("%x", got))
	}
	// Only now: what the log says of the digest is true of the owners as they were stored.
	if cfg.Emulate353TTL && cfg.ExtendedTypes {
		l.adopted = l.replay.Tree.AdoptTTL353()
	}
	level := slog.LevelInfo
	if found.File == "" && l.replay.Txns == 0 {
		level = slog.LevelDebug // a fresh directory is no news
	}
	log.Log(context.Background(), level, "data loaded", "znodes", l.replay.Tree.Count(), "sessions", len(l.replay.Sessions),
		"snapshot", found.File, "transactions", l.replay.Txns, "zxid", fmt.Sprintf("0x%x", l.replay.Zxid),
		"took", time.Since(start).Round(time.Millisecond))
	return l, nil
}

// checkEnd refuses data that ends before what a snapshot tells of, for only durable transactions get into a snapshot: a log that
// ends within the walk of the one that was loaded, and files that without a broken one do not come to its zxid, or come to
// another tree than the one that was logged. That one may have been all there was, after a restore, which begins an epoch:
// where no digest tells, nothing that is passed over may lie in a later epoch than what was loaded.
func (l *loaded) checkEnd(d dirs, found *snap.Loaded) error {
	zxid := l.replay.Zxid
	if file, end := l.position.End(); file != "" && found.ChangedUntil() > zxid {
		return fmt.Errorf("server: %w: %s ends at byte %d with zxid 0x%x, but %s holds changes up to zxid 0x%x: transactions "+
			"are lost. Restore the data directory from a backup, or move this snapshot aside to start from the one before, without them",
			wal.ErrCorrupt, filepath.Join(d.log, file), end, zxid, filepath.Join(d.snap, found.File), found.ChangedUntil())
	}
	if found.Passed == nil {
		return nil
	}
	_, _, differs := l.replay.Mismatch()
	isRestored := !l.replay.HasDigest() && found.Passed.Zxid>>32 > found.Zxid>>32
	if found.Passed.Zxid <= zxid && !differs && !isRestored {
		return nil
	}
	left := fmt.Sprintf("ends with zxid 0x%x", zxid)
	switch {
	case found.Passed.Zxid > zxid:
	case differs:
		left = "makes another tree than the one that was logged"
	default:
		left = fmt.Sprintf("is of an earlier epoch, 0x%x, and the log has no digests to tell whether a restore lies in between", found.Zxid>>32)
	}
	return fmt.Errorf("server: %s is needed and cannot be used, for what is left without it %s: %w. Make it readable again, restore the "+
		"data directory from a backup, or move this snapshot aside to start with what is left",
		filepath.Join(d.snap, found.Passed.File), left, found.Passed.Err)
}

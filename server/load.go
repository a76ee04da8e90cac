package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"paddock/apply"
	"paddock/config"
	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/wal"
)

// loaded is what a data directory held.
type loaded struct {
	replay   apply.Replay
	position wal.Position
	adopted  int // TTL znodes that had the form of ZooKeeper 3.5.3
}

// load reads the newest snapshot and the log behind it (FileTxnSnapLog.restore, 3.9.5). A fresh directory gets
// its first snapshot: Apache refuses logs without one.
func load(cfg *config.Config, d dirs, walCfg wal.Config, log *slog.Logger) (loaded, error) {
	start := time.Now()
	var l loaded
	found, err := snap.Load(disk.OS{}, d.snap, log)
	switch {
	case errors.Is(err, snap.ErrNone):
		if err := startEmpty(cfg, d); err != nil {
			return l, err
		}
		l.replay = apply.Replay{Tree: tree.New(), Sessions: map[int64]int32{}}
	case err != nil:
		return l, fmt.Errorf("server: load snapshot: %w", err)
	default:
		l.replay = apply.Replay{Tree: found.Tree, Sessions: found.Sessions, Zxid: found.Zxid}
	}
	l.position, err = wal.Recover(walCfg, l.replay.Zxid, func(_ int64, payload []byte) error {
		return l.replay.Apply(payload)
	})
	if err != nil {
		return l, fmt.Errorf("server: replay log: %w", err)
	}
	if n := l.replay.Tree.UnknownACLs(); n > 0 {
		return l, fmt.Errorf("server: %w: %d znodes of %s have an ACL id that its table lacks", snap.ErrCorrupt, n, found.File)
	}
	if found.Digest.Zxid > l.replay.Zxid {
		log.Error("the snapshot holds changes that the log lacks: its end is lost", "snapshot", found.File,
			"complete to", fmt.Sprintf("0x%x", found.Digest.Zxid), "log ends", fmt.Sprintf("0x%x", l.replay.Zxid))
	}
	if want, got, differs := l.replay.Mismatch(); cfg.DigestEnabled && differs {
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

// startEmpty readies a directory without snapshots: it must have no log either, unless snapshot.trust.empty says
// that this is known (F49).
func startEmpty(cfg *config.Config, d dirs) error {
	segments, err := wal.Segments(disk.OS{}, d.log)
	if err != nil {
		return fmt.Errorf("server: list log: %w", err)
	}
	if len(segments) > 0 && !cfg.SnapshotTrustEmpty {
		return fmt.Errorf("server: no snapshot found in %s, but there are log files in %s: something is missing; "+
			"set snapshot.trust.empty=true only if the log is complete from its first transaction", d.snap, d.log)
	}
	if err := snap.WriteEmpty(disk.OS{}, d.snap, snapBlocks(cfg)); err != nil {
		return fmt.Errorf("server: write first snapshot: %w", err)
	}
	return nil
}

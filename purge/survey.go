package purge

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"paddock/disk"
	"paddock/snap"
	"paddock/wal"
)

// KeepMin is the least number of snapshots to keep (QuorumPeerConfig.MIN_SNAP_RETAIN_COUNT, 3.9.5).
const KeepMin = 3

// asidePrefix begins the names of what the log's recovery has cut off (package wal).
const asidePrefix = "paddock.cut."

// ErrKeep refuses to keep fewer than KeepMin, in Apache's words.
var ErrKeep = errors.New("count should be greater than or equal to 3")

// Config says where to look and what to keep.
type Config struct {
	FS      disk.FS // nil is the operating system's
	SnapDir string  // the folder version-2 with the snapshots
	LogDir  string  // the folder version-2 with the logs; may be the same
	Keep    int     // whole snapshots
	Log     *slog.Logger
	// Pace is told how many bytes of a snapshot were read to verify it. It may wait, and its error ends the survey. nil is
	// full speed.
	Pace func(bytes int) error
}

func (c Config) withDefaults() Config {
	if c.FS == nil {
		c.FS = disk.OS{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Pace == nil {
		c.Pace = func(int) error { return nil }
	}
	return c
}

// File is a file of the data directory.
type File struct {
	Path  string
	Zxid  int64 // in its name; 0 for what is aside
	Bytes int64
}

// Plan is what stays and what goes.
type Plan struct {
	Keep   []File // snapshots that are whole, newest first
	Broken []File // snapshots that are not, but newer than the last of Keep, newest first
	Logs   []File // logs that recovery from any of Keep reads, oldest first
	Aside  []File // what was cut off the log

	Snapshots []File // to be removed, oldest first
	OldLogs   []File // to be removed after them, oldest first
}

// Remove is everything that goes, in order.
func (p *Plan) Remove() []File { return slices.Concat(p.Snapshots, p.OldLogs) }

// Survey looks at the folders and decides. It changes nothing.
func Survey(cfg Config) (Plan, error) {
	cfg = cfg.withDefaults()
	if cfg.Keep < KeepMin {
		return Plan{}, fmt.Errorf("purge: keep %d snapshots: %w", cfg.Keep, ErrKeep)
	}
	var p Plan
	// The logs first: one that appears later is newer than all of these, and stays.
	segments, err := wal.Segments(cfg.FS, cfg.LogDir)
	if err != nil {
		return Plan{}, fmt.Errorf("purge: %w", err)
	}
	found, err := snapshots(cfg)
	if err != nil {
		return Plan{}, err
	}
	oldest, ok, err := p.choose(cfg, found)
	if err != nil {
		return Plan{}, err
	}
	if !ok && len(found) > 0 {
		cfg.Log.Warn("no snapshot is whole: nothing is purged", "folder", cfg.SnapDir, "snapshots", len(found))
	}
	first := firstNeeded(segments, oldest)
	for i, s := range segments {
		f := File{Path: filepath.Join(cfg.LogDir, s.Name), Zxid: s.Zxid, Bytes: s.Size}
		if ok && i < first {
			p.OldLogs = append(p.OldLogs, f)
		} else {
			p.Logs = append(p.Logs, f)
		}
	}
	return p, p.listAside(cfg)
}

// snapshots lists those that have exactly the name that a server gives, newest first. Apache and Load take more for a
// snapshot, such as snapshot.5.bak; whoever made that shall remove it.
func snapshots(cfg Config) ([]snap.File, error) {
	found, err := snap.List(cfg.FS, cfg.SnapDir)
	if err != nil {
		return nil, fmt.Errorf("purge: %w", err)
	}
	return slices.DeleteFunc(found, func(f snap.File) bool {
		return f.Name != snap.Plain.FileName(f.Zxid) && f.Name != snap.Gzip.FileName(f.Zxid) &&
			f.Name != snap.Snappy.FileName(f.Zxid)
	}), nil
}

// choose sorts the snapshots, newest first, into those that stay and those that go, and gives the zxid of the oldest
// whole one that stays. Two files of the same zxid, compressed and not, count once.
func (p *Plan) choose(cfg Config, found []snap.File) (oldest int64, ok bool, err error) {
	kept := 0
	for _, s := range found {
		f := File{Path: filepath.Join(cfg.SnapDir, s.Name), Zxid: s.Zxid, Bytes: s.Bytes}
		if kept == cfg.Keep && s.Zxid < oldest {
			p.Snapshots = append(p.Snapshots, f)
			continue
		}
		whole, err := isWhole(cfg, f)
		switch {
		case err != nil:
			return 0, false, err
		case !whole:
			p.Broken = append(p.Broken, f)
		default:
			if kept == 0 || s.Zxid < oldest {
				kept++
			}
			oldest = s.Zxid
			p.Keep = append(p.Keep, f)
		}
	}
	if kept == 0 {
		return 0, false, nil
	}
	// With fewer than asked for, broken ones older than the last whole one go.
	young := slices.IndexFunc(p.Broken, func(f File) bool { return f.Zxid < oldest })
	if young >= 0 {
		p.Snapshots = slices.Concat(p.Broken[young:], p.Snapshots)
		p.Broken = p.Broken[:young]
	}
	slices.Reverse(p.Snapshots)
	return oldest, true, nil
}

// isWhole reads a snapshot to its end. One that a bad disk does not give is not whole. Every other failure voids the survey:
// somebody else is purging, or there are too many open files, and then older ones would seem broken that are not.
func isWhole(cfg Config, f File) (bool, error) {
	_, err := snap.Scan(paced{cfg.FS, cfg.Pace}, f.Path, snap.Visitor{})
	if err == nil {
		return true, nil
	}
	var ended pacedError
	if errors.As(err, &ended) || !errors.Is(err, snap.ErrCorrupt) && !errors.Is(err, syscall.EIO) {
		return false, fmt.Errorf("purge: %w", err)
	}
	cfg.Log.Warn("snapshot does not count: it is broken", "file", f.Path, "err", err)
	return false, nil
}

// firstNeeded is the place of the first log that recovery from a snapshot reads: the last one whose name is not above the
// snapshot's zxid may hold later transactions.
func firstNeeded(segments []wal.Segment, zxid int64) int {
	after := slices.IndexFunc(segments, func(s wal.Segment) bool { return s.Zxid > zxid })
	if after < 0 {
		after = len(segments)
	}
	return max(after-1, 0)
}

func (p *Plan) listAside(cfg Config) error {
	entries, err := cfg.FS.ReadDir(cfg.LogDir)
	if err != nil {
		return fmt.Errorf("purge: list %s: %w", cfg.LogDir, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name, asidePrefix) {
			p.Aside = append(p.Aside, File{Path: filepath.Join(cfg.LogDir, e.Name), Bytes: e.Size})
		}
	}
	return nil
}

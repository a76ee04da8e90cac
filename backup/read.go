package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"paddock/apply"
	"paddock/disk"
	"paddock/snap"
	"paddock/wal"
)

// Numbers of Read.
const (
	// DefaultPatience is Source.Patience unless that is set: a write that is under way is whole within milliseconds, or seconds
	// where the machine is stalled.
	DefaultPatience = 5 * time.Second
	// alarmIntervalMin is the first wait behind a damage that may be a write under way, alarmIntervalMax the longest: each further
	// look at a damaged log reads all that is behind the damage, which takes a while.
	alarmIntervalMin = 20 * time.Millisecond
	alarmIntervalMax = time.Second
	// attemptsMax bounds how often a changing folder lets the reading start over.
	attemptsMax = 10
)

// ErrDigest says that the tree differs from the digest in the log: the server has, or had, another tree than its log makes.
var ErrDigest = errors.New("backup: the tree differs from the digest that the server has logged")

var errRestored = errors.New("backup: the server's state was replaced, by a restore, each time it was read")

// Source is the data of a server.
type Source struct {
	FS      disk.FS // nil is the operating system's
	SnapDir string  // the folder version-2 with the snapshots
	LogDir  string  // the folder version-2 with the logs; may be the same
	Log     *slog.Logger
	// IgnoreDigest lets a tree pass that differs from the logged digest. A server with digests switched off needs it only
	// where it had them once.
	IgnoreDigest bool
	// Patience is how long the log may seem damaged at the same place before it is. 0 is the default.
	Patience time.Duration
}

// State is a server's state after one transaction.
type State struct {
	apply.Replay
	Snapshot string // the file it was made from
}

// Read makes the state up to the present end of the log.
func Read(ctx context.Context, src Source) (*State, error) {
	if src.FS == nil {
		src.FS = disk.OS{}
	}
	if src.Patience == 0 {
		src.Patience = DefaultPatience
	}
	for attempt := 1; ; attempt++ {
		before, err := src.listing()
		if err != nil {
			return nil, err
		}
		state, err := src.read(ctx)
		if ctx.Err() != nil {
			return nil, cmp.Or(err, ctx.Err())
		}
		after, listErr := src.listing()
		if listErr != nil {
			return nil, errors.Join(err, listErr)
		}
		// A whole state may be one that never was, if it begins before a restore and ends behind it.
		whole := err == nil || errors.Is(err, ErrDigest)
		if whole && slices.Equal(restored(before), restored(after)) {
			return state, err
		}
		if !whole && slices.Equal(before, after) || attempt == attemptsMax {
			return nil, cmp.Or(err, errRestored)
		}
		src.Log.Info("the files have changed while they were read, starting over", "err", err)
	}
}

// restored gives the snapshots that begin an epoch, as those of a server's command restore do.
func restored(entries []disk.Entry) (names []string) {
	const counter = 1<<32 - 1
	for _, e := range entries {
		if zxid, ok := snap.ParseName(e.Name); ok && zxid&counter == 0 {
			names = append(names, e.Name)
		}
	}
	return names
}

// listing is what both folders hold.
func (s *Source) listing() ([]disk.Entry, error) {
	var all []disk.Entry
	for _, dir := range []string{s.SnapDir, s.LogDir} {
		entries, err := s.FS.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("backup: list %s: %w", dir, err)
		}
		all = append(all, entries...)
	}
	return all, nil
}

func (s *Source) read(ctx context.Context) (*State, error) {
	found, err := snap.Load(s.FS, s.SnapDir, s.Log)
	if errors.Is(err, snap.ErrNone) {
		return nil, fmt.Errorf("backup: %w in %s; is that a server's dataDir?", err, s.SnapDir)
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	st := &State{Snapshot: found.File}
	st.Tree, st.Sessions, st.Zxid = found.Tree, found.Sessions, found.Zxid
	files, err := s.replay(ctx, st)
	if err != nil {
		return nil, err
	}
	if err := s.check(st, found); err != nil {
		return nil, err
	}
	return st, s.sync(files)
}

// replay applies the log behind the snapshot, and gives the files that it has read.
func (s *Source) replay(ctx context.Context, st *State) (files []string, err error) {
	var alarm *wal.CorruptError
	for waited, pause := time.Duration(0), alarmIntervalMin; ; waited, pause = waited+pause, min(2*pause, alarmIntervalMax) {
		rep, err := wal.Inspect(wal.Config{Dir: s.LogDir, FS: s.FS}, st.Zxid, func(_ int64, payload []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return st.Apply(payload)
		})
		if err = errors.Join(ctx.Err(), err); err != nil {
			return nil, fmt.Errorf("backup: read the log: %w", err)
		}
		for _, f := range rep.Files {
			if !slices.Contains(files, f.Path) {
				files = append(files, f.Path)
			}
		}
		switch {
		case rep.Damage == nil:
			return files, nil
		case alarm != nil && rep.Records > 0:
			return files, nil // it was a write under way: the log has got further
		case waited >= s.Patience:
			return nil, fmt.Errorf("backup: %w", rep.Damage)
		}
		alarm = rep.Damage
		time.Sleep(pause)
	}
}

// check holds the state against what the files say of it.
func (s *Source) check(st *State, found snap.Loaded) error {
	if n := st.Tree.UnknownACLs(); n > 0 {
		return fmt.Errorf("backup: %w: %d znodes of %s have an ACL id that its table lacks", snap.ErrCorrupt, n, found.File)
	}
	// As a server has it: a restore may have begun the epoch of the one that is passed over.
	if p := found.Passed; p != nil && (p.Zxid > st.Zxid || !st.HasDigest() && p.Zxid>>32 > found.Zxid>>32) {
		return fmt.Errorf("backup: %s is needed and cannot be used, for what is left without it, from %s to zxid 0x%x, may be "+
			"another state: %w", filepath.Join(s.SnapDir, p.File), found.File, uint64(st.Zxid), p.Err)
	}
	if to := found.ChangedUntil(); to > st.Zxid {
		return fmt.Errorf("backup: %w: %s holds changes up to zxid 0x%x, and the log in %s ends at 0x%x: its end is lost",
			wal.ErrCorrupt, found.File, uint64(to), s.LogDir, uint64(st.Zxid))
	}
	want, got, differs := st.Mismatch()
	if differs && !s.IgnoreDigest {
		return fmt.Errorf("%w: at zxid 0x%x it logged %x, the tree made from %s and the log has %x; "+
			"compare the servers, or back up what the files say with --ignore-digest",
			ErrDigest, uint64(st.Zxid), want, found.File, got)
	}
	return nil
}

// sync makes durable what was read. A file that has been purged meanwhile is of no concern: what it held is in a snapshot.
func (s *Source) sync(files []string) error {
	for _, path := range files {
		err := s.syncFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("backup: sync %s: %w", path, err)
		}
	}
	if err := s.FS.SyncDir(s.LogDir); err != nil {
		return fmt.Errorf("backup: sync %s: %w", filepath.Clean(s.LogDir), err)
	}
	return nil
}

func (s *Source) syncFile(path string) error {
	f, err := s.FS.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.SyncData(), f.Close())
}

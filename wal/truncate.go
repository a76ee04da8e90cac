package wal

import (
	"errors"
	"fmt"
	"slices"

	"paddock/disk"
)

// cutTail makes the log end, durably, where Recover found its end: a torn record is cut off, for in zero-filled space a stale
// record behind a hole could come alive once the hole is filled. A file without a record is removed when it has no header
// (Apache dies on an empty one that is not the last) or when its name lies ahead: a reader that starts behind that zxid
// would take it for the file to start with. What is cut off and not zeros is kept aside and reported.
func cutTail(cfg Config, pos Position) error {
	for _, t := range slices.Backward(pos.tail) {
		if t.stop.offset < headerBytes || t.used <= t.stop.offset {
			if err := cutOne(cfg, t, pos.LastZxid); err != nil {
				return err
			}
			continue
		}
		kept, err := keepCut(cfg, t, zxidLabel(pos.LastZxid))
		if err != nil {
			return err
		}
		if err := cutOne(cfg, t, pos.LastZxid); err != nil {
			return err
		}
		cfg.Log.Warn("the end of the log was not whole and is cut off, as after a crash",
			"file", cfg.path(t.name), "offset", t.stop.offset, "bytes", t.used-t.stop.offset,
			"zxid", fmt.Sprintf("%#x", pos.LastZxid), "expected", t.stop.expected, "found", t.stop.found, "keptIn", kept)
	}
	// Always: the names read may be in memory only, Apache never syncs the folder.
	return cfg.syncDir()
}

// cutOne ends a file where its records end, or removes it.
func cutOne(cfg Config, t tailFile, last int64) error {
	ahead := t.empty && t.zxid > last
	if t.stop.offset >= headerBytes && !ahead {
		return cutFile(cfg, t.name, t.begin, t.stop.offset)
	}
	if err := cfg.FS.Remove(cfg.path(t.name)); err != nil {
		return fmt.Errorf("wal: remove empty %s: %w", cfg.path(t.name), err)
	}
	return nil
}

// cutFile ends a file at the offset, behind the record that starts at begin, and makes durable what is left, even if it
// has that length already: the process that wrote it may have died before its own sync, or of it. After a sync that failed,
// Linux holds the pages for clean, reads them, and has them not on the disk; another sync does nothing. So what may belong to
// the last batch is written once more.
func cutFile(cfg Config, name string, begin, offset int64) (err error) {
	path := cfg.path(name)
	f, err := cfg.FS.OpenWrite(path)
	if err != nil {
		return fmt.Errorf("wal: open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(offset); err != nil {
		return fmt.Errorf("wal: cut %s at byte %d: %w", path, offset, err)
	}
	if cfg.NoSync {
		return nil
	}
	if err := rewrite(f, max(begin-int64(cfg.BatchBytesMax), 0), offset); err != nil {
		return fmt.Errorf("wal: write the end of %s once more: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("wal: sync %s: %w", path, err)
	}
	return nil
}

// rewrite writes the bytes from, …, to-1 of a file as they are. Cut short, that changes nothing.
func rewrite(f disk.File, from, to int64) error {
	buf := make([]byte, min(windowBytes, to-from))
	for off := from; off < to; off += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), to-off)]
		if err := readFull(f, buf, off); err != nil {
			return err
		}
		if _, err := f.WriteAt(buf, off); err != nil {
			return err
		}
	}
	return nil
}

// TruncateAfter removes every transaction above the zxid, which must be in the log; nothing may be writing to it. Later
// files go first, newest first, so that a crash in between leaves a log that ends, later than wanted, without a gap.
func TruncateAfter(cfg Config, zxid int64) error {
	cfg = cfg.withDefaults()
	files, err := Segments(cfg.FS, cfg.Dir)
	if err != nil {
		return err
	}
	files = startingAt(files, zxid)
	if len(files) == 0 {
		return fmt.Errorf("wal: truncate after zxid %#x: no log files in %s", zxid, cfg.Dir)
	}
	begin, end, err := endOf(cfg, files[0].Name, zxid)
	if err != nil {
		return err
	}
	for _, f := range slices.Backward(files[1:]) {
		if err := cfg.FS.Remove(cfg.path(f.Name)); err != nil {
			return fmt.Errorf("wal: remove %s: %w", cfg.path(f.Name), err)
		}
		if err := cfg.syncDir(); err != nil {
			return err
		}
	}
	return cutFile(cfg, files[0].Name, begin, end)
}

// endOf finds where the last record of the zxid begins and ends in the file.
func endOf(cfg Config, name string, zxid int64) (begin, end int64, err error) {
	r := newRecovery(cfg, 0, nil)
	err = r.withReader(name, func(rd *reader) error {
		ok, err := rd.header()
		for ok && err == nil {
			at := rd.off
			var payload []byte
			if payload, ok, err = rd.next(); ok && payloadZxid(payload) == zxid {
				begin, end = at, rd.off
			}
		}
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("wal: read %s: %w", cfg.path(name), err)
	}
	if end == 0 {
		return 0, 0, fmt.Errorf("wal: truncate after zxid %#x: it is not in %s", zxid, cfg.path(name))
	}
	return begin, end, nil
}

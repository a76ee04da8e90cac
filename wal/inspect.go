package wal

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
)

// Anywhere, given to Inspect as the zxid to begin after, takes all files of the folder, and lets the log begin with any
// transaction.
const Anywhere = int64(-1)

// Report is what Inspect has found.
type Report struct {
	Files    []FileReport  // those that were looked at, oldest first
	LastZxid int64         // up to which the log is good
	Records  int64         // up to there that are above the zxid to begin after
	Damage   *CorruptError // nil: a server starts on this log
	Lost     Loss          // what Repair takes out of the log because of the damage
	after    int64
}

// Loss is what stands from the damage on.
type Loss struct {
	Files   []string // later files, full paths, which go as a whole
	Bytes   int64    // without padding
	Records int64    // whole ones among them

	FirstZxid, LastZxid int64 // the lowest and the highest of these records
}

// FileReport tells one file up to its first record that is not whole.
type FileReport struct {
	Segment
	Path      string
	Records   int64
	FirstZxid int64 // 0 without a record
	LastZxid  int64 // 0 without a record
	End       int64 // behind the last whole record, in bytes from the file's beginning; below 16 it has no whole header
	Used      int64 // behind the last byte that is not zero; End if only padding follows
	// Expected and Found say what stands at End. Whether that is an end or damage depends on the files behind: see Report.
	Expected, Found string
}

// Inspect says what a server would make of the log behind the snapshot of zxid after, and what a repair would cost. fn is
// called for every record above after, in order, up to the damage; an error of it counts as damage. It may be nil.
// Inspect changes nothing, and a server may be at work meanwhile. Its own errors are those of the disk.
func Inspect(cfg Config, after int64, fn func(zxid int64, payload []byte) error) (Report, error) {
	cfg = cfg.withDefaults()
	cfg.FS = liveFS{cfg.FS}
	files, err := Segments(cfg.FS, cfg.Dir)
	if err != nil {
		return Report{}, err
	}
	if fn == nil {
		fn = func(int64, []byte) error { return nil }
	}
	r := newRecovery(cfg, after, fn)
	rep := Report{after: after}
	for _, s := range startingAt(files, after) {
		f, err := r.scan(s)
		if err != nil {
			return Report{}, err
		}
		rep.Files = append(rep.Files, f)
	}
	err = r.run(startingAt(files, after))
	rep.LastZxid, rep.Records = max(r.pos.LastZxid, 0), r.pos.Records
	if rep.Damage = damageOf(err); rep.Damage == nil {
		return rep, err
	}
	rep.Lost, err = r.loss(rep)
	return rep, err
}

// damageOf takes the damage out of an error of reading; nil is an error of the disk, or none.
func damageOf(err error) *CorruptError {
	if damage, ok := errors.AsType[*CorruptError](err); ok {
		return damage
	}
	if rec, ok := errors.AsType[*RecordError](err); ok {
		return &CorruptError{File: rec.File, Offset: rec.Offset, Expected: "a transaction that can be read", Found: rec.Err.Error()}
	}
	return nil
}

// scan reads one file by itself.
func (r *recovery) scan(s Segment) (FileReport, error) {
	f := FileReport{Segment: s, Path: r.cfg.path(s.Name)}
	err := r.withReader(s.Name, func(rd *reader) error {
		ok, err := rd.header()
		for ok && err == nil {
			var payload []byte
			if payload, ok, err = rd.next(); ok {
				f.LastZxid = payloadZxid(payload)
				if f.Records++; f.Records == 1 {
					f.FirstZxid = f.LastZxid
				}
			}
		}
		if err != nil {
			return err
		}
		f.End, f.Expected, f.Found = rd.stop.offset, rd.stop.expected, rd.stop.found
		f.Used, err = rd.used(f.End)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("wal: read %s: %w", f.Path, err)
	}
	return f, nil
}

// loss counts what stands from the damage on.
func (r *recovery) loss(rep Report) (Loss, error) {
	l := Loss{FirstZxid: math.MaxInt64}
	damaged := filepath.Base(rep.Damage.File)
	behind := false
	for _, f := range rep.Files {
		from := int64(0)
		switch {
		case f.Name == damaged:
			behind, from = true, rep.Damage.Offset
		case !behind:
			continue
		default:
			l.Files = append(l.Files, f.Path)
		}
		if err := r.withReader(f.Name, func(rd *reader) error { return l.add(rd, from) }); err != nil {
			return l, fmt.Errorf("wal: read %s: %w", f.Path, err)
		}
	}
	if l.Records == 0 {
		l.FirstZxid = 0
	}
	return l, nil
}

// add counts a file from an offset on. A whole record is one wherever it begins.
func (l *Loss) add(rd *reader, from int64) error {
	used, err := rd.used(from)
	if err != nil {
		return err
	}
	l.Bytes += used - from
	for rd.off = from; ; {
		off, found, err := rd.findRecord(rd.off, -1)
		if err != nil || !found {
			return err
		}
		rd.off = off
		payload, _, err := rd.next()
		if err != nil {
			return err
		}
		l.Records++
		zxid := payloadZxid(payload)
		l.FirstZxid, l.LastZxid = min(l.FirstZxid, zxid), max(l.LastZxid, zxid)
	}
}

package wal

import (
	"fmt"
)

// Position is where the log ends. Recover makes it and Open goes on from it.
type Position struct {
	LastZxid int64 // of the last transaction, in the log or in the snapshot before it
	Records  int64 // delivered, so after the snapshot
	Bytes    int64 // read, of all records

	// tail are the last file that holds a record and the files behind it, which hold none, with their true ends.
	tail []tailFile
}

// End is where the last record ends: in which file, without the folder, and at which byte. The file is empty if none has a
// record.
func (p Position) End() (file string, offset int64) {
	if len(p.tail) == 0 || p.tail[0].empty {
		return "", 0
	}
	return p.tail[0].name, p.tail[0].stop.offset
}

type tailFile struct {
	name  string
	zxid  int64 // by its name
	last  int64 // zxid of its last whole record, if it is not empty
	begin int64 // where that record starts
	stop  stop
	empty bool  // of records
	used  int64 // where the zeros behind the stop begin; stop.offset if there is nothing else
}

// next is the lowest zxid that the record at the stop may have.
func (t tailFile) next() int64 {
	if t.empty {
		return t.zxid
	}
	return t.last + 1
}

// fits says whether the record at the stop may have this zxid.
func (t tailFile) fits(zxid int64) bool {
	if t.empty {
		return zxid == t.zxid
	}
	return zxid == t.last || follows(t.last, zxid)
}

// Recover reads the log in the folder and calls fn for every record whose zxid is above after, in order. The payload is
// borrowed for the call. An error of fn ends the reading and comes back within a RecordError. Damage is an error that
// matches ErrCorrupt; what is damage, and what is merely the end, is told in the package's documentation.
// It changes nothing on the disk.
func Recover(cfg Config, after int64, fn func(zxid int64, payload []byte) error) (Position, error) {
	cfg = cfg.withDefaults()
	files, err := Segments(cfg.FS, cfg.Dir)
	if err != nil {
		return Position{}, err
	}
	r := newRecovery(cfg, after, fn)
	if err := r.run(startingAt(files, after)); err != nil {
		return Position{}, err
	}
	return r.pos, nil
}

// recovery is one run of Recover.
type recovery struct {
	cfg    Config
	after  int64
	fn     func(int64, []byte) error
	window []byte // shared by the readers of all files, one after the other
	large  []byte
	pos    Position
}

func newRecovery(cfg Config, after int64, fn func(int64, []byte) error) *recovery {
	return &recovery{cfg: cfg, after: after, fn: fn, window: make([]byte, windowBytes), pos: Position{LastZxid: after}}
}

// run reads the files one after the other, then judges the end.
func (r *recovery) run(files []Segment) error {
	for _, f := range files {
		if err := r.file(f); err != nil {
			return err
		}
	}
	return r.checkTail()
}

// file delivers one file's records.
func (r *recovery) file(s Segment) error {
	return r.withReader(s.Name, func(rd *reader) error {
		ok, err := rd.header()
		if err != nil {
			return fmt.Errorf("wal: read %s: %w", r.cfg.path(s.Name), err)
		}
		last, begin := int64(0), int64(headerBytes)
		for first := true; ok; first = false {
			at := rd.off
			var payload []byte
			payload, ok, err = rd.next()
			if err != nil {
				return fmt.Errorf("wal: read %s at byte %d: %w", r.cfg.path(s.Name), at, err)
			}
			if !ok {
				break
			}
			if err := r.record(s, at, first, payload); err != nil {
				return err
			}
			last, begin = payloadZxid(payload), at
			if first {
				r.pos.tail = nil // the files before end where they end: this one goes on from there
			}
		}
		empty := rd.stop.offset <= headerBytes
		r.pos.tail = append(r.pos.tail, tailFile{name: s.Name, zxid: s.Zxid, last: last, begin: begin, stop: rd.stop, empty: empty})
		return nil
	})
}

// withReader opens a file for one reader. Nothing was written, so the result of closing does not matter.
func (r *recovery) withReader(name string, use func(*reader) error) error {
	f, err := r.cfg.FS.Open(r.cfg.path(name))
	if err != nil {
		return fmt.Errorf("wal: open %s: %w", r.cfg.path(name), err)
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		return fmt.Errorf("wal: measure %s: %w", r.cfg.path(name), err)
	}
	rd := newReader(f, size, r.window)
	rd.large = r.large
	err = use(rd)
	r.large = rd.large
	return err
}

// record checks one whole record's place in the order, and delivers it.
func (r *recovery) record(s Segment, at int64, first bool, payload []byte) error {
	zxid := payloadZxid(payload)
	if first && zxid != s.Zxid && max(zxid, s.Zxid) > r.after {
		return &CorruptError{
			File: r.cfg.path(s.Name), Offset: at,
			Expected: fmt.Sprintf("zxid %#x, as the name says", s.Zxid),
			Found:    fmt.Sprintf("zxid %#x", zxid),
		}
	}
	r.pos.Bytes += int64(len(payload) + frameBytes)
	if zxid <= r.after {
		return nil
	}
	last := r.pos.LastZxid
	joins := first || r.pos.Records == 0
	if r.after == Anywhere && r.pos.Records == 0 {
		joins = false
	}
	switch {
	case zxid < last:
		return r.disorder(s.Name, at, zxid, "not below")
	case joins && zxid != last && !follows(last, zxid):
		return r.gap(s.Name, at, zxid)
	}
	if err := r.fn(zxid, payload); err != nil {
		return &RecordError{File: r.cfg.path(s.Name), Offset: at, Zxid: zxid, Err: err}
	}
	r.pos.LastZxid = zxid
	r.pos.Records++
	return nil
}

func (r *recovery) disorder(name string, at, zxid int64, relation string) error {
	return &CorruptError{
		File: r.cfg.path(name), Offset: at,
		Expected: fmt.Sprintf("a transaction %s zxid %#x", relation, r.pos.LastZxid),
		Found:    fmt.Sprintf("zxid %#x", zxid),
	}
}

// gap blames the file before, which ended too early, if there is one.
func (r *recovery) gap(name string, at, zxid int64) error {
	n := len(r.pos.tail)
	if n == 0 {
		return r.disorder(name, at, zxid, "that follows")
	}
	t := r.pos.tail[n-1]
	return &CorruptError{
		File: r.cfg.path(t.name), Offset: t.stop.offset,
		Expected: fmt.Sprintf("the transactions after zxid %#x, so %s", r.pos.LastZxid, t.stop.expected),
		Found:    fmt.Sprintf("%s, and %s goes on at zxid %#x", t.stop.found, name, zxid),
	}
}

// checkTail tells the end of the log from damage in its last file.
func (r *recovery) checkTail() error {
	for i := range r.pos.tail {
		t := &r.pos.tail[i]
		if t.stop.hard {
			return r.damaged(*t, t.stop.found)
		}
		against := ""
		err := r.withReader(t.name, func(rd *reader) (err error) {
			if t.used, err = rd.used(t.stop.offset); err == nil && t.used > t.stop.offset {
				against, err = r.weigh(rd, *t)
			}
			if err != nil {
				return fmt.Errorf("wal: read %s behind byte %d: %w", r.cfg.path(t.name), t.stop.offset, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if against != "" {
			return r.damaged(*t, t.stop.found+", "+against)
		}
	}
	return nil
}

// weigh says what speaks against a crash having left behind what stands at a stop. A crash loses no more than one batch, so
// a whole record that starts further on is one that somebody was told yes for.
func (r *recovery) weigh(rd *reader, t tailFile) (against string, err error) {
	if t.stop.offset < headerBytes {
		if rd.size < headerBytes {
			return "", nil // the beginning of a header
		}
		return "with other bytes behind", nil
	}
	from := t.stop.offset + int64(r.cfg.BatchBytesMax) + 1
	covered := t.next() <= r.after // the snapshot has it, so it may be damaged; but no batch goes on behind it
	if covered {
		from = t.stop.offset + 1
	}
	off, found, err := rd.findRecord(from, r.pos.LastZxid)
	if err != nil || found {
		return fmt.Sprintf("with a whole record behind it at byte %d", off), err
	}
	if covered {
		return "", nil
	}
	torn := tear{r: rd, at: t.stop.offset, used: t.used, last: r.pos.LastZxid, fits: t.fits}
	return torn.judge()
}

func (r *recovery) damaged(t tailFile, found string) error {
	return &CorruptError{File: r.cfg.path(t.name), Offset: t.stop.offset, Expected: t.stop.expected, Found: found}
}

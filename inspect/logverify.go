package inspect

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"paddock/codec"
	"paddock/disk"
	"paddock/snap"
	"paddock/wal"
)

// LogVerdict is what a server would make of a log.
type LogVerdict struct {
	Report  wal.Report
	Snap    string       // the newest whole snapshot, which the log continues; "" without one
	SnapErr []string     // what is wrong with newer ones
	Bare    string       // the folder that was judged without knowing any snapshots; "" if that was not so
	Older   []LogVerdict // files that the snapshot covers, each by itself: no server reads them
}

// Damage is the first damage that was found, the log's before that of older files.
func (v *LogVerdict) Damage() *wal.CorruptError {
	if v.Report.Damage != nil {
		return v.Report.Damage
	}
	for i := range v.Older {
		if d := v.Older[i].Damage(); d != nil {
			return d
		}
	}
	return nil
}

// Numbers of looking again: a server may be writing, and a record that is half written looks like damage.
const (
	lookAgain = 100 * time.Millisecond
	looksMax  = 20
)

// VerifyLogs judges the log of a folder. With a folder of snapshots it does so as a server at its start, behind the newest
// whole snapshot; without one (snapDir "") the log may begin anywhere. Every transaction is decoded.
func VerifyLogs(fs disk.FS, logDir, snapDir string) (LogVerdict, error) {
	v := LogVerdict{}
	after := wal.Anywhere
	if snapDir == "" {
		v.Bare = logDir
	} else {
		if err := v.newest(fs, snapDir, &after); err != nil {
			return v, err
		}
	}
	if err := v.older(fs, logDir, after); err != nil {
		return v, err
	}
	for looks := 1; ; looks++ {
		before := v.Report.Damage
		var err error
		v.Report, err = wal.Inspect(wal.Config{Dir: logDir, FS: fs}, after, decodes)
		d := v.Report.Damage
		if err != nil || d == nil || looks == looksMax || before != nil && before.File == d.File && before.Offset == d.Offset {
			return v, err
		}
		time.Sleep(lookAgain)
	}
}

// older judges the files that the snapshot covers: all before the last one that begins at its zxid or earlier.
func (v *LogVerdict) older(fs disk.FS, dir string, after int64) error {
	files, err := wal.Segments(fs, dir)
	if err != nil {
		return err
	}
	for i, f := range files {
		if i+1 == len(files) || files[i+1].Zxid > after {
			return nil
		}
		old, err := VerifyLog(fs, filepath.Join(dir, f.Name))
		if err != nil {
			return err
		}
		v.Older = append(v.Older, old)
	}
	return nil
}

// newest finds the newest snapshot that is whole. Without any the log has to be whole from its beginning.
func (v *LogVerdict) newest(fs disk.FS, dir string, after *int64) error {
	files, err := snap.List(fs, dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := snap.Scan(fs, filepath.Join(dir, f.Name), snap.Visitor{}); err != nil {
			v.SnapErr = append(v.SnapErr, err.Error())
			continue
		}
		*after, v.Snap = f.Zxid, f.Name
		return nil
	}
	return nil
}

func decodes(_ int64, payload []byte) error {
	_, _, _, err := codec.DecodeTxn(payload)
	return err
}

// VerifyLog judges one file by itself, whatever its name, as if it were the last of a log.
func VerifyLog(fs disk.FS, path string) (LogVerdict, error) {
	alone, err := newSolo(fs, path)
	if err != nil {
		return LogVerdict{}, err
	}
	rep, err := wal.Inspect(wal.Config{Dir: filepath.Dir(path), FS: alone}, wal.Anywhere, decodes)
	for i := range rep.Files {
		rep.Files[i].Path, rep.Files[i].Name = path, filepath.Base(path)
	}
	if rep.Damage != nil {
		rep.Damage.File = path
	}
	return LogVerdict{Report: rep}, err
}

// solo is a folder in which one file stands alone, under the name that a log of its first transaction has.
type solo struct {
	disk.FS
	path  string
	entry disk.Entry
}

func newSolo(fs disk.FS, path string) (*solo, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	const zxidAt = 16 + 12 + 12 // behind the file's header, the record's prefix, and the client's id and xid
	zxid := uint64(0)
	if size >= zxidAt+8 {
		var b [8]byte
		if _, err := f.ReadAt(b[:], zxidAt); err != nil {
			return nil, err
		}
		zxid = binary.BigEndian.Uint64(b[:]) &^ (1 << 63) // no name has a negative number
	}
	return &solo{FS: fs, path: path, entry: disk.Entry{Name: "log." + strconv.FormatUint(zxid, 16), Size: size}}, nil
}

// ReadDir implements disk.FS.
func (s *solo) ReadDir(string) ([]disk.Entry, error) { return []disk.Entry{s.entry}, nil }

// Open implements disk.FS.
func (s *solo) Open(string) (disk.File, error) { return s.FS.Open(s.path) }

// Text tells the verdict, a line per file.
func (v *LogVerdict) Text() string {
	var b strings.Builder
	if v.Bare != "" {
		fmt.Fprintf(&b, "%s holds no snapshots: the log is judged by itself, and may begin anywhere; --snapshots DIR, or --config, "+
			"judges it as a server does\n", v.Bare)
	}
	for _, e := range v.SnapErr {
		fmt.Fprintf(&b, "broken snapshot: %s\n", e)
	}
	for i := range v.Older {
		b.WriteString(strings.TrimSuffix(v.Older[i].Text(), "\n") + "; no server needs it\n")
	}
	if v.Snap != "" {
		fmt.Fprintf(&b, "the log behind %s:\n", v.Snap)
	}
	for i, f := range v.Report.Files {
		fmt.Fprintf(&b, "%s: %s\n", f.Path, v.file(f, i == len(v.Report.Files)-1))
	}
	return b.String()
}

// file tells about one file.
func (v *LogVerdict) file(f wal.FileReport, last bool) string {
	const headerBytes = 16
	said := "header whole, no transaction"
	switch {
	case f.End < headerBytes:
		said = "no whole header"
	case f.Records > 0:
		said = fmt.Sprintf("header whole, %d transactions, zxid 0x%x to 0x%x, up to byte %d of %d",
			f.Records, uint64(f.FirstZxid), uint64(f.LastZxid), f.End, f.Size)
	}
	damage := v.Report.Damage
	switch {
	case damage != nil && damage.File == f.Path:
		return fmt.Sprintf("DAMAGED at byte %d: expected %s, found %s; %s", damage.Offset, damage.Expected, damage.Found, said)
	case f.Used > f.End && last:
		return fmt.Sprintf("%s; torn end of %d bytes, as a crash leaves: expected %s, found %s; the next start cuts it off and keeps it",
			said, f.Used-f.End, f.Expected, f.Found)
	case f.Used > f.End:
		return fmt.Sprintf("%s; torn end of %d bytes; the next file goes on behind it", said, f.Used-f.End)
	case f.Size > f.End:
		return said + "; then padding"
	}
	return said
}

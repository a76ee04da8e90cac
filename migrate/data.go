package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"paddock/apply"
	"paddock/snap"
	"paddock/tree"
	"paddock/wal"
)

const aboutData = "data"

// Data is what the data directory holds, as a server would load it.
type Data struct {
	Snapshot      string  `json:"snapshot,omitempty"` // the newest whole one
	SnapshotBytes int64   `json:"snapshotBytes"`
	LogFiles      int     `json:"logFiles"`     // that the snapshot needs
	Transactions  int     `json:"transactions"` // in them, behind the snapshot
	Zxid          string  `json:"zxid"`         // of the last one, in hex
	TornBytes     int64   `json:"tornBytes"`    // at the log's end, as a crash leaves them
	WrittenBy     string  `json:"writtenBy"`    // which releases, as far as the files tell
	LoadSeconds   float64 `json:"loadSeconds"`  // that it took now
	MemoryBytes   int64   `json:"memoryBytes"`  // that Paddock would need, about
	Content       Content `json:"content"`
}

// loading is the data on its way.
type loading struct {
	*Data
	snapDir, logDir string
	replay          apply.Replay
	found           snap.Loaded
	log             wal.Report
}

// data loads what is there. Its errors are those of ctx: everything else becomes a finding.
func (c *checker) data(ctx context.Context) error {
	l := &loading{Data: &Data{}}
	l.snapDir, l.logDir = c.folders()
	start, told := c.Now(), len(c.Findings)
	err := c.load(ctx, l)
	if c.disk.denied != nil {
		c.Findings, err = c.Findings[:told], c.disk.denied // what was found without that file says nothing
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errNothing):
		c.addf(Note, aboutData, "%s holds no data yet; a server begins with an empty tree", c.Files.DataDir)
		c.room(0)
		return nil
	case errors.Is(err, fs.ErrPermission):
		c.unreadable(err)
		return nil
	case err != nil:
		c.add(Refused, aboutData, err.Error())
		return nil
	}
	l.LoadSeconds = c.Now().Sub(start).Round(time.Millisecond).Seconds()
	l.Zxid = fmt.Sprintf("0x%x", uint64(l.replay.Zxid))
	l.Transactions = l.replay.Txns
	l.WrittenBy = c.writtenBy(l)
	l.MemoryBytes = memory(l.replay.Tree)
	c.Data = l.Data
	c.judge(l)
	snapshotBytes := c.content(l)
	c.room(snapshotBytes)
	return nil
}

// memory is about what a server with this tree has resident: itself, the tree, and the garbage that its collector allows
// (server.gcPercent).
func memory(t *tree.Tree) int64 {
	const itself, garbageMin, garbageShare = 10 << 20, 32 << 20, 16
	bytes := t.MemoryBytes().Total()
	return itself + bytes + max(min(garbageMin, bytes), bytes/garbageShare)
}

// errNothing says that there is no data.
var errNothing = errors.New("no data")

// load does what a server does at its start (server.load), and changes nothing.
func (c *checker) load(ctx context.Context, l *loading) error {
	var err error
	l.found, err = snap.Load(c.FS, l.snapDir, slog.New(remarks{c.Report}))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNothing
	case errors.Is(err, snap.ErrNone):
		if err := c.withoutSnapshot(l); err != nil {
			return err
		}
		l.found = snap.Loaded{Tree: tree.New(), Sessions: map[int64]int32{}}
	case err != nil:
		return err
	}
	l.replay = apply.Replay{Tree: l.found.Tree, Sessions: l.found.Sessions, Zxid: l.found.Zxid, FuzzyUntil: l.found.Digest.Zxid}
	if files, err := snap.List(c.FS, l.snapDir); err == nil {
		if i := slices.IndexFunc(files, func(f snap.File) bool { return f.Name == l.found.File }); i >= 0 {
			l.Snapshot, l.SnapshotBytes = l.found.File, files[i].Bytes
		}
	}
	return c.replayLog(ctx, l)
}

// withoutSnapshot is an error unless a server starts on a folder without any.
func (c *checker) withoutSnapshot(l *loading) error {
	entries, err := c.FS.ReadDir(l.logDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	logs := slices.DeleteFunc(names(entries), func(name string) bool { return !strings.HasPrefix(name, "log.") })
	switch {
	case len(logs) == 0:
		return errNothing
	case !c.isTrue("snapshot.trust.empty"):
		return fmt.Errorf("there is no whole snapshot in %s, but there are log files in %s, such as %s: no server starts on that, "+
			"unless snapshot.trust.empty says that the log is complete from its first transaction", l.snapDir, l.logDir, logs[0])
	}
	return nil
}

// replayLog applies the log behind the snapshot. Where a server is writing, the end may look damaged for a moment: it counts when
// the log gets no further there.
func (c *checker) replayLog(ctx context.Context, l *loading) error {
	const lookAgain = 50 * time.Millisecond
	for waited := time.Duration(0); ; waited += lookAgain {
		var err error
		l.log, err = wal.Inspect(wal.Config{Dir: l.logDir, FS: c.FS}, l.replay.Zxid, func(_ int64, payload []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return l.replay.Apply(payload)
		})
		if err != nil || ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		if l.log.Damage == nil || c.Server == nil || waited >= c.Patience {
			break
		}
		time.Sleep(lookAgain)
	}
	for _, f := range l.log.Files {
		if f.Records > 0 && f.LastZxid > l.found.Zxid {
			l.LogFiles++
		}
	}
	return nil
}

// judge says what a server would say of what was loaded.
func (c *checker) judge(l *loading) {
	t := l.replay.Tree
	if l.log.Damage != nil {
		c.tellDamage(l.log)
	}
	if n := t.UnknownACLs(); n > 0 {
		c.addf(Refused, aboutData, "%d znodes of %s have an ACL id that its table lacks", n, l.found.File)
	}
	if l.found.Digest.Zxid > l.replay.Zxid && len(l.log.Files) > 0 {
		c.addf(Refused, aboutData, "%s holds changes up to zxid 0x%x, and the log ends at 0x%x: its end is lost",
			l.found.File, uint64(l.found.Digest.Zxid), uint64(l.replay.Zxid))
	}
	if want, got, differs := l.replay.Mismatch(); differs && l.log.Damage == nil && c.isTrue("digest.enabled") {
		c.addf(Different, aboutData, "the tree differs from the digest that the server logged at zxid 0x%x: logged %x, loaded %x",
			uint64(l.replay.Zxid), want, got).
			advise("both servers start on it and log the same mismatch; it was there before")
	}
	c.tail(l)
}

func (c *checker) tellDamage(log wal.Report) {
	d := log.Damage
	f := c.addf(Refused, aboutData, "the log is damaged: %s at byte %d: expected %s, found %s; %s behind it",
		d.File, d.Offset, d.Expected, d.Found, counted(int(log.Lost.Records), "whole transaction"))
	if c.Server != nil {
		f.advise("the running server has everything in memory: do not stop it before it has written a newer snapshot; then check again")
		return
	}
	f.advise("ZooKeeper does not start at a wrong checksum either, and forgets what is missing at a hole; decide with " +
		"'paddock log verify' and 'paddock log repair', on a copy")
}

// tail looks at the end of the last file.
func (c *checker) tail(l *loading) {
	if len(l.log.Files) == 0 || l.log.Damage != nil || c.Server != nil {
		return // a server that writes has no end
	}
	last := l.log.Files[len(l.log.Files)-1]
	if l.TornBytes = last.Used - last.End; l.TornBytes > 0 {
		c.addf(Note, aboutData, "the log ends with %d bytes that a crash has torn, at byte %d of %s; nobody was told yes for them",
			l.TornBytes, last.End, last.Path).
			advise("Paddock cuts them off at its start and keeps them in a file paddock.cut.…")
	}
}

// writtenBy tells the releases by the form of the newest files. Each block is written by default since that release.
func (c *checker) writtenBy(l *loading) string {
	if _, err := os.Stat(filepath.Join(l.logDir, "paddock.lock")); err == nil {
		return "Paddock, lately or once"
	}
	hasDigest, hasLastZxid := l.found.Digest.Zxid != 0, l.found.LastZxid != 0
	if !hasDigest && !hasLastZxid && l.found.File != "" { // the zxids may be zero: the blocks then say so
		s, err := snap.Scan(c.FS, filepath.Join(l.snapDir, l.found.File), snap.Visitor{})
		hasDigest, hasLastZxid = err == nil && s.HasDigest, err == nil && s.HasLastZxid
	}
	switch {
	case hasLastZxid:
		return "ZooKeeper 3.9"
	case hasDigest:
		return "ZooKeeper 3.6 to 3.8"
	case l.replay.Tree.Lookup("/zookeeper/config") != 0:
		return "ZooKeeper 3.5, or a later one without digests"
	}
	return "ZooKeeper 3.4 or older"
}

package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"paddock/admin"
	"paddock/apply"
	"paddock/backup"
	"paddock/snap"
	"paddock/zk"
)

// The admin commands snapshot and restore.
//
// A snapshot that a server writes while it runs is no state: only the log behind it makes one. So what is given away is made by
// backup.Read on the goroutine that asks: the newest snapshot and the log behind it, up to a durable transaction, in a tree of
// its own, which is written out while it stands still.
//
// A restore makes a new processor around the tree of a snapshot and puts it into the place of the old one. Zxids go on: the new state
// is that of the next epoch's zxid 0, above everything that any client has seen, and the log may jump to a later epoch.
// Every connection ends. Clients that come back keep their sessions if the snapshot knows them, and lose them otherwise.
//
//	spool, load, check ─▶ snapshot.<new epoch>0 in a folder aside, synced ─▶ processor: everybody out, drain the log,
//	                      rename, sync the folder ══ from here on a restart finds the restored state ══ ─▶ new processor
//
// What a crash leaves: before the rename the state as it was, and the folder aside, which is removed at the next restore or
// start; behind it the restored state.

// restoreDir is the folder aside, in the folder of the snapshots. ZooKeeper ignores its name.
const restoreDir = "paddock.restoring"

// Authorize implements admin.Copier (Commands.handleAuthentication and handleAuthorization, 3.9.5).
func (s *Server) Authorize(ctx context.Context, from, header string) error {
	parts := strings.Split(strings.TrimRight(header, " "), " ")
	if len(parts) > 2 {
		return admin.ErrNotAuthenticated
	}
	var secret []byte
	if len(parts) == 2 {
		secret = []byte(parts[1])
	}
	ids, ok := s.schemes.Add(nil, parts[0], secret)
	if parts[0] == "ip" {
		ids = []zk.ID{{Scheme: "ip", ID: from}}
	}
	if !ok || len(ids) == 0 {
		return admin.ErrNotAuthenticated
	}
	var acl []zk.ACL
	err := s.ask(ctx, func() {
		t := s.proc.Tree()
		acl = slices.Clone(t.ACLList(t.ACLRef(t.Lookup("/"))))
	})
	if err != nil {
		return err
	}
	if !s.mayAll(acl, ids) {
		return admin.ErrNotAuthorized
	}
	return nil
}

// mayAll tells whether a list gives every permission to somebody.
func (s *Server) mayAll(acl []zk.ACL, ids []zk.ID) bool {
	for _, perm := range []zk.Perm{zk.PermRead, zk.PermWrite, zk.PermCreate, zk.PermDelete, zk.PermAdmin} {
		if !s.schemes.Allowed(acl, perm, ids) {
			return false
		}
	}
	return true
}

// warnOfRestore says that strangers may replace everything. It is for the time before Run.
func (s *Server) warnOfRestore() {
	a, bound := &s.cfg.Admin, s.AdminAddr()
	if bound == nil || !a.Restore || !s.cfg.SerializeLastProcessedZxid {
		return
	}
	if from, err := netip.ParseAddrPort(bound.String()); err != nil || from.Addr().Unmap().IsLoopback() {
		return
	}
	t := s.proc.Tree()
	if stranger := []zk.ID{{Scheme: "digest", ID: "nobody:"}}; !s.mayAll(t.ACLList(t.ACLRef(t.Lookup("/"))), stranger) {
		return
	}
	s.log.Warn("whoever reaches the admin server may replace all data with the command restore, for the ACL of / lets everybody do everything: "+
		"set admin.restore.enabled=false, or admin.serverAddress=127.0.0.1, or an ACL for /", "address", bound.String())
}

// Count implements admin.Copier.
func (s *Server) Count(what admin.Outcome) {
	// Without a processor nobody is left to count for.
	_ = s.ask(context.Background(), func() {
		switch what {
		case admin.SnapshotFailed:
			s.series.snapshotErrors++
		case admin.SnapshotTooSoon:
			s.series.snapshotsLimited++
		case admin.RestoreFailed:
			s.series.restoreErrors++
		case admin.RestoreTooSoon:
			s.series.restoresLimited++
		}
	})
}

// Snapshot implements admin.Copier.
func (s *Server) Snapshot(ctx context.Context, content bool) (admin.Copy, error) {
	if content {
		return s.stateCopy(ctx)
	}
	done := make(chan snap.Result, 1)
	if err := s.ask(ctx, func() { s.wantSnapshot = append(s.wantSnapshot, done) }); err != nil {
		return admin.Copy{}, err
	}
	select {
	case r := <-done:
		return admin.Copy{Zxid: r.Zxid, Bytes: r.Bytes}, r.Err
	case <-ctx.Done():
		return admin.Copy{}, ctx.Err()
	case <-s.ended:
		return admin.Copy{}, errEnded
	}
}

// wantedSnapshots begins a snapshot that somebody waits for. One that is under way already is older than the wish.
func (s *Server) wantedSnapshots() {
	if s.snapshot == nil && len(s.wantSnapshot) > 0 {
		s.tellsSnapshot, s.wantSnapshot = s.wantSnapshot, nil
		s.beginSnapshot()
	}
}

// tellSnapshot tells whoever waits for the snapshot that has just ended.
func (s *Server) tellSnapshot(r *snap.Result) {
	for _, done := range s.tellsSnapshot {
		done <- *r
	}
	s.tellsSnapshot = nil
}

// stateCopy makes a snapshot that is a state, and opens it. Only one at a time: each is a second tree in memory.
func (s *Server) stateCopy(ctx context.Context) (c admin.Copy, err error) {
	s.copying.Lock()
	defer s.copying.Unlock()
	if s.env.FS != nil {
		return c, errors.New("server: no copies of a disk that is a test's")
	}
	if err := s.roomFor(s.space.snapshotBytes.Load()); err != nil {
		return c, err
	}
	dir, err := os.MkdirTemp(s.dirs.snap, copyingDirs)
	if err != nil {
		return c, fmt.Errorf("server: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // who reads the file has it open
	start := time.Now()
	state, err := backup.Read(ctx, backup.Source{SnapDir: s.dirs.snap, LogDir: s.dirs.log, Log: s.log, IgnoreDigest: !s.cfg.DigestEnabled})
	if err != nil {
		return c, fmt.Errorf("server: %w", err)
	}
	r, err := s.writeStill(ctx, dir, &state.Replay, state.Zxid)
	if err != nil {
		return c, err
	}
	f, err := os.Open(filepath.Join(dir, r.File))
	if err != nil {
		return c, fmt.Errorf("server: %w", err)
	}
	s.log.Info("a copy of the state was made", "zxid", fmt.Sprintf("0x%x", r.Zxid), "bytes", r.Bytes, "took", time.Since(start))
	return admin.Copy{Zxid: r.Zxid, Bytes: r.Bytes, Content: f}, nil
}

// copyingDirs begins the names of folders in which copies are made.
const copyingDirs = "paddock.copying-"

// removeCopies removes what a crash has left of copies and restores.
func (s *Server) removeCopies() {
	if s.env.FS != nil {
		return
	}
	left, err := filepath.Glob(filepath.Join(s.dirs.snap, copyingDirs+"*"))
	if err == nil {
		left = append(left, filepath.Join(s.dirs.snap, restoreDir))
	}
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		s.log.Warn("what a copy of the data has left behind could not be removed", "err", err)
	}
}

// stillSlice is how much of a tree that nobody changes is encoded at a time.
const stillSliceNodes, stillSliceBytes = 1 << 14, 1 << 20

// writeStill writes a snapshot of a tree that stands still. It is plain, whatever the configuration says of the server's own: a
// stream has no name that tells how it is compressed.
func (s *Server) writeStill(ctx context.Context, dir string, state *apply.Replay, zxid int64) (snap.Result, error) {
	cfg := snapConfig(s.cfg, s.dirs, s.log)
	cfg.Dir, cfg.Compression, cfg.SliceNodes, cfg.SliceBytes = dir, snap.Plain, stillSliceNodes, stillSliceBytes
	sessions := make([]snap.Session, 0, len(state.Sessions))
	for id, timeoutMs := range state.Sessions {
		sessions = append(sessions, snap.Session{ID: id, TimeoutMs: timeoutMs})
	}
	w := snap.Begin(cfg, state.Tree, sessions, zxid)
	for w.Step(zxid) {
		if ctx.Err() != nil {
			w.Abort()
			break
		}
		time.Sleep(stillPause) // a step does nothing while the file is behind
	}
	r := <-w.Done()
	if r.Err != nil {
		return r, fmt.Errorf("server: write a snapshot: %w", r.Err)
	}
	return r, nil
}

const stillPause = 50 * time.Microsecond

// Restore implements admin.Copier.
func (s *Server) Restore(ctx context.Context, from io.Reader) (int64, error) {
	s.copying.Lock()
	defer s.copying.Unlock()
	start := time.Now()
	if s.env.FS != nil {
		return 0, errors.New("server: no restore to a disk that is a test's")
	}
	dir := filepath.Join(s.dirs.snap, restoreDir)
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755)); err != nil {
		return 0, fmt.Errorf("server: %w", err)
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			s.log.Warn("what a restore has put aside could not be removed", "folder", dir, "err", err)
		}
	}()
	found, err := s.receive(dir, from)
	if err != nil {
		return 0, err
	}
	var zxid int64
	if err := s.ask(ctx, func() { zxid = epochAfter(s.proc.Applied(), found.ChangedUntil()) }); err != nil {
		return 0, err
	}
	if zxid <= 0 { // nothing has been touched yet
		return 0, fmt.Errorf("server: the snapshot says that it is of zxid 0x%x: there is no epoch behind that", found.ChangedUntil())
	}
	if s.cfg.Emulate353TTL && s.cfg.ExtendedTypes { // as at a start
		found.Tree.AdoptTTL353()
	}
	state := &apply.Replay{Tree: found.Tree, Sessions: found.Sessions}
	r, err := s.writeStill(ctx, dir, state, zxid)
	if err != nil {
		return 0, err
	}
	var swapErr error
	if err := s.ask(ctx, func() { swapErr = s.swap(filepath.Join(dir, r.File), r.File, state, zxid, start) }); err != nil {
		return 0, err
	}
	return zxid, swapErr
}

// epochAfter is the first zxid of the epoch behind both; below 0 if one of them is of the last epoch there can be.
func epochAfter(a, b int64) int64 { return (max(a>>32, b>>32) + 1) << 32 }

// roomFor refuses what would leave the log without space: a full disk ends the server.
func (s *Server) roomFor(bytes int64) error {
	for _, p := range s.space.places {
		bytes += p.segments
	}
	free, err := s.dirs.fs.FreeBytes(s.dirs.snap)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if free < bytes {
		return fmt.Errorf("server: folder %s has %d bytes free, and %d are needed, with what the log has to have", s.dirs.snap, free, bytes)
	}
	return nil
}

// spoolStep is how much is received between two looks at the free space.
const spoolStep = 4 << 20

// spool writes a file of unknown length for as long as there is room, for its copy too.
type spool struct {
	to           io.Writer
	room         func(bytes int64) error
	bytes, until int64
}

// Write implements io.Writer.
func (s *spool) Write(b []byte) (int, error) {
	if s.bytes += int64(len(b)); s.bytes > s.until {
		s.until = s.bytes + spoolStep
		if err := s.room(s.until + spoolStep); err != nil {
			return 0, err
		}
	}
	return s.to.Write(b)
}

// receive spools a snapshot to the disk and loads it. Nothing of it is believed before its seals and its tree are checked.
func (s *Server) receive(dir string, from io.Reader) (found snap.Loaded, err error) {
	path := filepath.Join(dir, "received")
	f, err := os.Create(path)
	if err != nil {
		return found, fmt.Errorf("server: %w", err)
	}
	_, err = io.Copy(&spool{to: f, room: s.roomFor}, from)
	if err = errors.Join(err, f.Close()); err != nil {
		return found, fmt.Errorf("server: receive the snapshot: %w", err)
	}
	if found, err = snap.LoadFile(s.dirs.fs, path, s.log); err != nil {
		return found, fmt.Errorf("server: %w", err)
	}
	if n := found.Tree.UnknownACLs(); n > 0 {
		return found, fmt.Errorf("server: %w: %d znodes have an ACL id that the snapshot's table lacks: it is no state without its log", snap.ErrCorrupt, n)
	}
	if d := found.Digest; d.Zxid != 0 && d.Tree != found.Tree.Digest() {
		s.log.Warn("the snapshot to be restored is not exactly one state: it was taken while the tree changed, as ZooKeeper takes them",
			"digest", fmt.Sprintf("%x", d.Tree), "tree", fmt.Sprintf("%x", found.Tree.Digest()))
	}
	return found, os.Remove(path)
}

// swap puts the restored state into the place of the old one, on the processor's goroutine. Once the snapshot has its name
// there is no way back.
func (s *Server) swap(file, name string, state *apply.Replay, zxid int64, start time.Time) error {
	if err := s.quiesce(); err != nil {
		return err
	}
	if s.proc.Applied() >= zxid {
		return fmt.Errorf("server: the epoch changed during the restore: 0x%x is not above 0x%x", zxid, s.proc.Applied())
	}
	if err := os.Rename(file, filepath.Join(s.dirs.snap, name)); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if err := s.dirs.fs.SyncDir(s.dirs.snap); err != nil {
		// Nobody knows which state a restart would find: this must not go on, and the next pass ends it.
		s.failed = fmt.Errorf("server: sync folder %s during a restore: %w", s.dirs.snap, err)
		return s.failed
	}
	old := s.proc
	s.log.Warn("the state is replaced by that of a snapshot", "zxidBefore", fmt.Sprintf("0x%x", old.Applied()),
		"zxid", fmt.Sprintf("0x%x", zxid), "znodes", state.Tree.Count(), "sessions", len(state.Sessions))
	s.door.beginSegment()
	s.snapDue.draw()
	s.proc = s.newProcessor(state.Tree, zxid, state.Sessions)
	s.proc.Inherit(old)
	s.lastSnapshot = snapshotInfo{zxid: zxid, atSec: time.Now().Unix()}
	s.setTime()
	s.proc.EndUnknownSessions()
	s.door.kick()
	s.series.restoreMs.Add(time.Since(start).Milliseconds())
	return nil
}

// quiesce ends every connection and what is on its way: the snapshot under way, and the writes in front of the disk.
func (s *Server) quiesce() error {
	if s.snapshot != nil {
		s.snapshot.Abort()
		r := <-s.snapshot.Done()
		s.snapshotDone(&r)
		s.tellSnapshot(&r)
		s.snapshot = nil
		s.snapTick.Stop()
	}
	s.proc.KillAll("the state is being replaced")
	if err := s.drain(); err != nil {
		s.failed = err
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

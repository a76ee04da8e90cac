package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"paddock/codec"
	"paddock/disk"
	"paddock/snap"
	"paddock/wal"
	"paddock/zk"
)

// The server writes right before the k-th read and the one behind it, for every k: so each look at the log's end sees another
// end. As long as no file comes or goes, that is no reason to start over.
func TestALogThatGrowsAtAnyMomentOfTheReadingGivesAPrefix(t *testing.T) {
	for k, reached := 1, true; reached; k++ {
		s := newServer(t)
		s.write(5, 100, false)
		reads, starts, rolls := 0, 0, k%2 == 0
		reached = false
		st, err := Read(t.Context(), s.source(hooked{disk.OS{}, func(op, name string) error {
			if op == "open" && filepath.Base(name) == "snapshot.0" {
				starts++
			}
			if op != "read" {
				return nil
			}
			if reads++; reads == k || reads == k+1 {
				reached = true
				s.write(2, 60<<10, rolls && reads > k)
			}
			return nil
		}}))
		if err != nil {
			t.Fatalf("before read %d: %v", k, err)
		}
		wantPrefix(t, st, 5)
		const startsOnce = 2 // a look, and the reading
		if !rolls && starts != startsOnce {
			t.Errorf("before read %d: the snapshot was opened %d times", k, starts)
		}
		s.stop()
	}
}

func TestBackupsWhileTheLogIsWrittenWithoutAPauseArePrefixes(t *testing.T) {
	s := newServer(t)
	s.write(1, 10, false)
	var over atomic.Bool
	var acked atomic.Int64
	var load sync.WaitGroup
	load.Go(func() {
		for i := 0; !over.Load() && s.last < 20000; i++ {
			s.write(1+i%20, 10+i%7*3000, i%50 == 49)
			acked.Store(s.last)
		}
	})
	for range 15 {
		least := acked.Load()
		st, err := Read(t.Context(), s.source(disk.OS{}))
		check(t, err)
		wantPrefix(t, st, least)
	}
	over.Store(true)
	load.Wait()
}

func TestDamageInTheMidstOfTheLogIsRefusedWithItsPlace(t *testing.T) {
	s := newServer(t)
	for range 4 {
		s.write(3, 5000, false)
	}
	s.stop()
	path := filepath.Join(s.dir, "log.1")
	text, err := os.ReadFile(path)
	check(t, err)
	text[3*5000] ^= 8
	check(t, os.WriteFile(path, text, 0o600))
	looks := 0
	src := s.source(hooked{disk.OS{}, func(op, name string) error {
		if op == "open" && name == path {
			looks++
		}
		return nil
	}})
	src.Patience = time.Second
	_, err = Read(t.Context(), src)
	if looks > 60 { // some four for each; and each reads all that is behind the damage, which may be a whole log
		t.Errorf("%d looks at the log in %s", looks, src.Patience)
	}
	if !errors.Is(err, wal.ErrCorrupt) || !strings.Contains(err.Error(), path+" is damaged at byte ") {
		t.Fatalf("%v", err)
	}
}

func TestALogThatLostItsEndBehindTheSnapshotIsRefused(t *testing.T) {
	s := newServer(t)
	s.write(3, 10, false)
	st, err := Read(t.Context(), s.source(nil))
	check(t, err)
	// A snapshot named by zxid 1 that holds zxid 3, as a fuzzy one does, and a log that ends at 2.
	dir := filepath.Join(t.TempDir(), version2)
	check(t, os.Mkdir(dir, 0o700))
	w := writing{Target: Target{FS: disk.OS{}, Now: now}}
	name, err := w.snapshot(t.Context(), st, dir)
	check(t, err)
	check(t, os.Rename(filepath.Join(dir, name), filepath.Join(dir, "snapshot.1")))
	short := newServer(t)
	short.write(2, 10, false)
	_, err = Read(t.Context(), Source{SnapDir: dir, LogDir: short.dir, Log: quiet()})
	if !errors.Is(err, wal.ErrCorrupt) || !strings.Contains(err.Error(), "up to zxid 0x3, and the log in "+short.dir+" ends at 0x2") {
		t.Fatalf("%v", err)
	}
}

// A purge between the snapshot and the log: what was to be read is gone, and a newer snapshot there.
func TestFilesThatArePurgedWhileTheyAreReadLetItStartOver(t *testing.T) {
	s := newServer(t)
	s.write(4, 100, false)
	s.write(4, 100, true)
	all, err := Read(t.Context(), s.source(nil))
	check(t, err)
	purged := false
	st, err := Read(t.Context(), s.source(hooked{disk.OS{}, func(op, name string) error {
		if op == "open" && filepath.Base(name) == "log.1" && !purged {
			purged = true
			w := writing{Target: Target{FS: disk.OS{}, Now: now}}
			if _, err := w.snapshot(t.Context(), all, s.dir); err != nil {
				t.Error(err)
			}
			return errors.Join(os.Remove(name), os.Remove(filepath.Join(s.dir, "snapshot.0")))
		}
		return nil
	}}))
	check(t, err)
	wantPrefix(t, st, 8)
	if !purged || st.Snapshot != "snapshot.8" {
		t.Errorf("made from %s", st.Snapshot)
	}
}

// A restore on the running server between the snapshot and the log: the log goes on in the next epoch, from another tree.
func TestARestoreWhileTheFilesAreReadLetsItStartOver(t *testing.T) {
	s := newServer(t)
	s.write(2, 100, false)
	early, err := Read(t.Context(), s.source(nil))
	check(t, err)
	s.write(2, 100, false)
	before := false
	st, err := Read(t.Context(), s.source(hooked{disk.OS{}, func(op, name string) error {
		if op == "open" && filepath.Base(name) == "log.1" && !before {
			before = true
			early.Zxid = 1 << 32
			w := writing{Target: Target{FS: disk.OS{}, Now: now}}
			if _, err := w.snapshot(t.Context(), early, s.dir); err != nil {
				t.Error(err)
			}
			s.last = early.Zxid
			s.write(1, 100, true)
		}
		return nil
	}}))
	check(t, err)
	if !before || st.Snapshot != "snapshot.100000000" || st.Zxid != 1<<32+1 || st.Tree.Lookup("/n2") == 0 || st.Tree.Lookup("/n3") != 0 {
		t.Errorf("made from %s up to 0x%x: /n2 is %d, /n3 is %d", st.Snapshot, st.Zxid, st.Tree.Lookup("/n2"), st.Tree.Lookup("/n3"))
	}
}

func TestAFolderThatIsNoDataDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(t.Context(), Source{SnapDir: dir, LogDir: dir, Log: quiet()}); !errors.Is(err, snap.ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Read(t.Context(), Source{SnapDir: dir + "/none", LogDir: dir, Log: quiet()}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestAnEndedContextEndsTheReading(t *testing.T) {
	s := newServer(t)
	s.write(3, 10, false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, s.source(nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestWhatWasReadIsSyncedAndAFailedSyncIsAFailedBackup(t *testing.T) {
	s := newServer(t)
	s.write(3, 10, false)
	s.write(3, 10, true)
	var synced []string
	_, err := Read(t.Context(), s.source(hooked{disk.OS{}, func(op, name string) error {
		if op == "sync" || op == "syncdir" {
			synced = append(synced, op+" "+filepath.Base(name))
		} else if len(synced) > 0 && op == "read" {
			t.Errorf("read %s behind the syncs", name)
		}
		return nil
	}}))
	check(t, err)
	if got := strings.Join(synced, ", "); got != "sync log.1, sync log.4, syncdir version-2" {
		t.Errorf("calls: %s", got)
	}
	_, err = Read(t.Context(), s.source(hooked{disk.OS{}, func(op, name string) error {
		if op == "sync" && filepath.Base(name) == "log.4" {
			return syscall.EIO
		}
		return nil
	}}))
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
}

func TestATreeThatIsNotTheLoggedOneIsRefusedUnlessThatIsWanted(t *testing.T) {
	s := newServer(t)
	s.write(3, 10, false)
	b := wal.NewBatch()
	h := codec.TxnHeader{ClientID: 1, Zxid: 4, Type: zk.OpSetData}
	txn := codec.Txn{Type: zk.OpSetData, Path: "/n1", Version: 1}
	b.Finish(codec.AppendTxn(b.Start(), &h, &txn, codec.TxnDigest{Version: codec.DigestVersion, Tree: 0xabc}), 4)
	s.w.Submit(b)
	check(t, (<-s.w.Committed()).Err)
	src := s.source(nil)
	if _, err := Read(t.Context(), src); !errors.Is(err, ErrDigest) || !strings.Contains(err.Error(), "at zxid 0x4 it logged abc") {
		t.Errorf("%v", err)
	}
	src.IgnoreDigest = true
	st, err := Read(t.Context(), src)
	check(t, err)
	if st.Zxid != 4 || st.Tree.Count() < 3 {
		t.Errorf("the state of zxid %d", st.Zxid)
	}
}

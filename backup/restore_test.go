package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"paddock/disk"
	"paddock/snap"
	"paddock/wal"
)

// made writes a backup of twelve transactions.
func made(t *testing.T) string {
	t.Helper()
	st, src := state(t)
	path, _, err := Write(t.Context(), st, src, Target{Dir: t.TempDir(), Tool: "test", Now: now, Log: quiet()})
	check(t, err)
	return path
}

// oldData makes a data directory with a snapshot of zxid 0 and twenty transactions in its log, which may be elsewhere.
func oldData(t *testing.T, apart bool) Place {
	t.Helper()
	s := newServer(t)
	s.write(20, 10, false)
	s.stop()
	p := Place{DataDir: filepath.Dir(s.dir), LogDir: filepath.Dir(s.dir), Log: quiet(), MoveAside: true, Suffix: "test"}
	if apart {
		p.LogDir = t.TempDir()
		check(t, os.Mkdir(filepath.Join(p.LogDir, version2), 0o700))
		check(t, os.Rename(filepath.Join(s.dir, "log.1"), filepath.Join(p.LogDir, version2, "log.1")))
	}
	return p
}

// startsAt is the zxid that a server would start at, or why it would not. A missing folder is an empty tree: zxid 0.
func startsAt(p Place) (int64, error) {
	snaps, logs := filepath.Join(p.DataDir, version2), filepath.Join(p.LogDir, version2)
	for _, dir := range []string{snaps, logs} {
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			return 0, syscall.ENOTDIR
		}
	}
	files, err := wal.Segments(disk.OS{}, logs)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	l, err := snap.Load(disk.OS{}, snaps, quiet())
	switch {
	case (errors.Is(err, snap.ErrNone) || errors.Is(err, os.ErrNotExist)) && len(files) > 0:
		return 0, snap.ErrNone
	case errors.Is(err, snap.ErrNone) || errors.Is(err, os.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	}
	rep, err := wal.Inspect(wal.Config{Dir: logs}, l.Zxid, nil)
	if rep.Damage != nil {
		return 0, rep.Damage
	}
	return max(l.Zxid, rep.LastZxid), err
}

func TestRestoreReplacesADirectoryAndKeepsTheOldOne(t *testing.T) {
	from := made(t)
	for _, apart := range []bool{false, true} {
		p := oldData(t, apart)
		check(t, os.WriteFile(filepath.Join(p.DataDir, "myid"), []byte("1"), 0o600))
		r, err := Restore(from, p)
		check(t, err)
		if zxid, err := startsAt(p); zxid != 12 || err != nil {
			t.Errorf("a server starts at %d, %v", zxid, err)
		}
		old := Place{DataDir: t.TempDir(), LogDir: t.TempDir()}
		check(t, os.Rename(r.Aside[0], filepath.Join(old.DataDir, version2)))
		old.LogDir = old.DataDir
		if apart {
			old.LogDir = t.TempDir()
			check(t, os.Rename(r.Aside[1], filepath.Join(old.LogDir, version2)))
		}
		if zxid, err := startsAt(old); zxid != 20 || err != nil {
			t.Errorf("from what was moved aside a server starts at %d, %v", zxid, err)
		}
		if entries, err := os.ReadDir(p.DataDir); err != nil || len(entries) != 2 {
			t.Errorf("besides, the directory holds %v, %v", entries, err)
		}
	}
}

// For every k, Restore ends before its k-th call on the disk. Then a server starts from the old data or the new, or not at all,
// and another Restore comes to its end.
func TestARestoreThatEndsAnywhereNeverLetsAServerStartOnAMixture(t *testing.T) {
	from := made(t)
	for _, apart := range []bool{false, true} {
		refused := 0
		for k, ended := 1, true; ended; k++ {
			p := oldData(t, apart)
			calls := 0
			ended = false
			broken := p
			broken.FS = hooked{disk.OS{}, func(string, string) error {
				if calls++; calls >= k {
					ended = true
					return syscall.EIO
				}
				return nil
			}}
			if _, err := Restore(from, broken); (err != nil) != ended {
				t.Fatalf("call %d: %v", k, err)
			}
			zxid, err := startsAt(p)
			switch {
			case errors.Is(err, syscall.ENOTDIR):
				refused++
			case err != nil || zxid != 20 && zxid != 12:
				t.Fatalf("apart %v, call %d: a server starts at %d, %v", apart, k, zxid, err)
			}
			if _, err := Restore(from, p); err != nil {
				t.Fatalf("apart %v, again behind call %d: %v", apart, k, err)
			}
			if zxid, err := startsAt(p); zxid != 12 || err != nil {
				t.Fatalf("apart %v, again behind call %d: a server starts at %d, %v", apart, k, zxid, err)
			}
			keptOnce(t, p, k)
		}
		if refused < 2 {
			t.Errorf("the guard stood there %d times", refused)
		}
	}
}

// Where a file system has no exchange of two names, there is a moment without a folder version-2. A server that finds it missing
// makes an empty one, unless something tells; another restore finds everything again.
func TestAnExchangeInThreeStepsMayEndAnywhere(t *testing.T) {
	from := made(t)
	for _, name := range []string{guardName, restoringName} {
		for k := range 3 {
			p := oldData(t, false)
			data, a := filepath.Join(p.DataDir, version2), filepath.Join(p.DataDir, name)
			check(t, writeFile(disk.OS{}, filepath.Join(p.DataDir, guardName), []byte(guardText)))
			if name == restoringName { // the second exchange: the guard stands there, and the old folder is aside
				check(t, os.Rename(data, filepath.Join(p.DataDir, version2+asideInfix+"x")))
				check(t, os.Rename(filepath.Join(p.DataDir, guardName), data))
				check(t, os.Mkdir(a, 0o755))
			}
			steps := 0
			err := inThreeSteps(a, data, func(from, to string) error {
				if steps++; steps > k {
					return syscall.EIO
				}
				return os.Rename(from, to)
			})
			if !errors.Is(err, syscall.EIO) {
				t.Fatal(err)
			}
			if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) && UnfinishedBeside(data) == "" {
				t.Errorf("%s, %d steps: nothing tells of the restore", name, k)
			}
			_, err = Restore(from, p)
			check(t, err)
			if zxid, err := startsAt(p); zxid != 12 || err != nil {
				t.Errorf("%s, %d steps: a server starts at %d, %v", name, k, zxid, err)
			}
			keptOnce(t, p, k)
			if rest := UnfinishedBeside(data); rest != "" {
				t.Errorf("%s, %d steps: %s is left", name, k, rest)
			}
		}
	}
}

// keptOnce finds the log of the old data exactly once under the names that are kept.
func keptOnce(t *testing.T, p Place, k int) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(p.LogDir, version2+".*", "log.1"))
	check(t, err)
	if len(found) != 1 || !strings.Contains(found[0], asideInfix) {
		t.Fatalf("behind call %d the old log is in %v", k, found)
	}
}

func TestWithoutMoveAsideOnlyAnEmptyDirectoryWillDo(t *testing.T) {
	from := made(t)
	p := oldData(t, false)
	p.MoveAside = false
	if _, err := Restore(from, p); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("%v", err)
	}
	if zxid, err := startsAt(p); zxid != 20 || err != nil {
		t.Errorf("afterwards a server starts at %d, %v", zxid, err)
	}
	p.DataDir, p.LogDir = filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "logs")
	r, err := Restore(from, p)
	check(t, err)
	if zxid, err := startsAt(p); zxid != 12 || err != nil || len(r.Aside) != 0 {
		t.Errorf("a new directory: a server starts at %d, %v; aside %v", zxid, err, r.Aside)
	}
}

func TestALockedDirectoryIsRefused(t *testing.T) {
	from := made(t)
	p := oldData(t, false)
	lock, err := Lock(filepath.Join(p.DataDir, version2))
	check(t, err)
	if _, err := Restore(from, p); !errors.Is(err, ErrInUse) {
		t.Errorf("%v", err)
	}
	check(t, lock.Close())
	_, err = Restore(from, p)
	check(t, err)
}

// Root restores for a server that runs as somebody else; who is not root can only own things himself.
func TestARestoredDirectoryBelongsToTheOwnerOfTheDataDirectory(t *testing.T) {
	from := made(t)
	p := oldData(t, true)
	owner := os.Geteuid()
	if owner == 0 {
		owner = 12345
		check(t, errors.Join(os.Chown(p.DataDir, owner, owner), os.Chown(p.LogDir, owner, owner)))
	}
	_, err := Restore(from, p)
	check(t, err)
	for _, path := range []string{
		filepath.Join(p.DataDir, version2), filepath.Join(p.DataDir, version2, "snapshot.c"), filepath.Join(p.LogDir, version2),
	} {
		info, err := os.Stat(path)
		check(t, err)
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != owner {
			t.Errorf("%s belongs to %+v, want %d", path, info.Sys(), owner)
		}
	}
}

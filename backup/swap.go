package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	restoringName = version2 + ".restoring"
	guardName     = version2 + ".guard"
	asideInfix    = ".before-restore-"
	guardText     = "A restore of this data directory was begun and did not come to its end. Run the same paddock restore again.\n"
)

// swap exchanges the folders version-2 of a data directory for new ones. In between, a file version-2 stands where the folder
// with the snapshots belongs: no server starts on that, be it Paddock or ZooKeeper, whereas on a missing folder both would
// start with an empty tree.
type swap struct {
	p     Place
	dirs  []string // DataDir, and LogDir where it is another one
	guard bool     // an earlier restore has left the guard behind
	lock  io.Closer
}

// newSwap looks at the directories, makes them if need be, and locks them.
func newSwap(p Place) (*swap, error) {
	s := &swap{p: p, dirs: []string{p.DataDir}}
	if filepath.Clean(p.LogDir) != filepath.Clean(p.DataDir) {
		s.dirs = append(s.dirs, p.LogDir)
	}
	var there []string
	for _, dir := range s.dirs {
		if err := p.FS.MkdirAll(dir); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		if err := endExchange(dir); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		info, err := os.Stat(filepath.Join(dir, version2))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("backup: %w", err)
		case info.IsDir():
			there = append(there, filepath.Join(dir, version2))
		case !isGuard(filepath.Join(dir, version2)):
			return nil, fmt.Errorf("backup: %s is not a folder", filepath.Join(dir, version2))
		default:
			s.guard = true
		}
	}
	lock, err := Lock(there...)
	if err != nil {
		return nil, err
	}
	s.lock = lock
	if err := s.refuseFull(there); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func isGuard(path string) bool {
	text, err := os.ReadFile(path)
	return err == nil && string(text) == guardText
}

// refuseFull wants empty folders, unless they may be moved aside. After a restore that did not end they may not be empty.
func (s *swap) refuseFull(folders []string) error {
	if s.p.MoveAside || s.guard {
		return nil
	}
	for _, dir := range folders {
		name, err := firstIn(dir)
		if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		if name != "" {
			return fmt.Errorf("%w: %s holds %s; with --move-aside it is kept under another name", ErrNotEmpty, dir, name)
		}
	}
	return nil
}

// firstIn names something in a folder that is not the lock, "" if there is nothing else.
func firstIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != lockName {
			return e.Name(), nil
		}
	}
	return "", err
}

// prepare makes the new folders; fill puts the snapshot into the one of DataDir.
func (s *swap) prepare(fill func(dir string) error) error {
	if err := s.cleanUp(); err != nil { // what an earlier attempt has left
		return err
	}
	for i, dir := range s.dirs {
		to := filepath.Join(dir, restoringName)
		if err := s.p.FS.MkdirAll(to); err != nil {
			return err
		}
		if i == 0 {
			if err := fill(to); err != nil {
				return err
			}
		}
		if err := errors.Join(ownLike(dir, to), s.p.FS.SyncDir(to), s.p.FS.SyncDir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// ownLike gives a folder and what is in it to the owner of another: root may restore for a server that is not root.
func ownLike(model, path string) error {
	info, err := os.Stat(model)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || owner.Uid == 0 {
		return nil
	}
	return filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(owner.Uid), int(owner.Gid)))
	})
}

// cleanUp removes the new folders while they have no name that counts.
func (s *swap) cleanUp() error {
	var err error
	for _, dir := range s.dirs {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, restoringName)))
	}
	return err
}

// run puts the new folders in place, each step durable before the next.
func (s *swap) run() (aside []string, err error) {
	data := filepath.Join(s.p.DataDir, version2)
	if err := s.putGuard(data, &aside); err != nil {
		return aside, err
	}
	if len(s.dirs) > 1 {
		if err := s.replace(s.p.LogDir, &aside); err != nil {
			return aside, err
		}
	}
	// A rename cannot put a folder in a file's place; an exchange can, and never shows neither.
	if err := exchange(filepath.Join(s.p.DataDir, restoringName), data); err != nil {
		return aside, err
	}
	if err := s.p.FS.SyncDir(s.p.DataDir); err != nil {
		return aside, err
	}
	return aside, os.Remove(filepath.Join(s.p.DataDir, restoringName)) // the guard has this name now
}

// putGuard puts the guard where the snapshots are, and moves them aside.
func (s *swap) putGuard(data string, aside *[]string) error {
	guard := filepath.Join(s.p.DataDir, guardName)
	if isGuard(data) {
		if info, err := os.Stat(guard); err == nil && info.IsDir() {
			return s.setAside(guard, s.p.DataDir, aside) // the earlier restore came so far
		}
		return nil
	}
	if err := writeFile(s.p.FS, guard, []byte(guardText)); err != nil {
		return err
	}
	_, err := os.Stat(data)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.p.FS.Rename(guard, data); err != nil {
			return err
		}
		return s.p.FS.SyncDir(s.p.DataDir)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(exchange(guard, data), s.p.FS.SyncDir(s.p.DataDir)); err != nil {
		return err
	}
	return s.setAside(guard, s.p.DataDir, aside) // which is the old folder now
}

// replace exchanges the log's folder for the new, empty one.
func (s *swap) replace(dir string, aside *[]string) error {
	old, fresh := filepath.Join(dir, version2), filepath.Join(dir, restoringName)
	if _, err := os.Stat(old); err == nil {
		if err := s.setAside(old, dir, aside); err != nil {
			return err
		}
	}
	if err := s.p.FS.Rename(fresh, old); err != nil {
		return err
	}
	return s.p.FS.SyncDir(dir)
}

// setAside gives a folder a name under which it stays. One that holds nothing but the lock goes.
func (s *swap) setAside(path, dir string, aside *[]string) error {
	first, err := firstIn(path)
	if err != nil {
		return err
	}
	if first == "" {
		return errors.Join(os.RemoveAll(path), s.p.FS.SyncDir(dir))
	}
	free := filepath.Join(dir, version2+asideInfix+s.p.Suffix)
	name := free
	for n := 1; exists(name); n++ {
		name = fmt.Sprintf("%s.%d", free, n)
	}
	if err := s.p.FS.Rename(path, name); err != nil {
		return err
	}
	*aside = append(*aside, name)
	return s.p.FS.SyncDir(dir)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// exchange gives two files or folders each other's names in one step, or, where the file system has no such call, in three.
func exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if err == nil {
		return nil
	}
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("exchange %s and %s: %w", a, b, err)
	}
	return inThreeSteps(a, b, os.Rename)
}

// thirdSuffix marks the third name of an exchange in three steps.
const thirdSuffix = ".exchanged"

// inThreeSteps leaves a moment without b. Paddock's server does not start then, because a is there; see server.
func inThreeSteps(a, b string, rename func(from, to string) error) error {
	third := a + thirdSuffix
	for _, step := range [][2]string{{b, third}, {a, b}, {third, a}} {
		if err := rename(step[0], step[1]); err != nil {
			return err
		}
	}
	return nil
}

// endExchange undoes what an exchange in three steps has left behind its first one, and ends it behind its second.
func endExchange(dir string) error {
	data := filepath.Join(dir, version2)
	for _, name := range []string{guardName, restoringName} {
		a := filepath.Join(dir, name)
		if third := a + thirdSuffix; exists(third) {
			to := a
			if !exists(data) {
				to = data
			}
			if err := os.Rename(third, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// UnfinishedBeside names what a restore that did not come to its end has left beside a folder version-2 that is missing; "" is
// nothing. No server may make an empty folder there.
func UnfinishedBeside(dir string) string {
	for _, name := range []string{guardName, restoringName} {
		if path := filepath.Join(filepath.Dir(dir), name); exists(path) {
			return path
		}
	}
	return ""
}

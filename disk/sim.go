package disk

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// Sim is a disk in memory that knows what is not synced. Make one with NewSim.
type Sim struct {
	mu       sync.Mutex
	dirs     map[string]bool
	live     map[string]*simNode // what running programs see
	durable  map[string]*simNode // what the folders on the platter name
	capacity int64               // bytes; 0 is unlimited
	sector   int64               // bytes; of files made from now on
	fault    func(Call) error
	gate     func(Call)
	calls    int
	syncs    int
	off      bool
	boot     int // handles from an earlier boot are dead
}

// NewSim makes an empty disk with the root folder.
func NewSim() *Sim {
	return &Sim{
		dirs:    map[string]bool{"/": true, ".": true},
		live:    map[string]*simNode{},
		durable: map[string]*simNode{},
		sector:  defaultSectorBytes,
	}
}

// defaultSectorBytes is the smallest sector that disks have. A disk with larger ones loses several of these at once.
const defaultSectorBytes = 512

// SetSector sets the unit, in bytes, in which unsynced data survives a crash or is lost, for files made from now on.
func (s *Sim) SetSector(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sector = n
}

// SetCapacity bounds the sum of all file lengths, in bytes; what would exceed it fails with ENOSPC. 0 lifts the bound.
func (s *Sim) SetCapacity(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.capacity = n
}

// SetFault has f asked before every call; an error from it is the call's result. A failing write leaves the first half of
// its bytes, or what a ShortWriteError says; a failing sync drops what it should have made durable; a BitFlipError lets the call
// succeed with something else; and ErrPowerCut turns the disk off until Crash.
func (s *Sim) SetFault(f func(Call) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// SetGate has f called before every call, and before the fault is asked, without any lock: the call waits as long as f
// does, and others go on. Its Call has no numbers yet. So syncs can be slow, and a test can say which of several waiting calls goes first.
func (s *Sim) SetGate(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = f
}

// Damage changes what a file holds, as rot on the platter does: durable at once, and noticed by nobody. It is for files
// that are synced.
func (s *Sim) Damage(name string, change func(data []byte) []byte) error {
	name = filepath.Clean(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.live[name]
	if n == nil {
		return &fs.PathError{Op: "damage", Path: name, Err: syscall.ENOENT}
	}
	n.data = change(slices.Clone(n.data))
	n.synced = slices.Clone(n.data)
	clear(n.dirty)
	return nil
}

// Clone is a second disk with the same contents, durable and not, and without open files, faults and gates: what may
// become of this one can be tried on it.
func (s *Sim) Clone() *Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := NewSim()
	c.dirs, c.capacity, c.sector, c.boot = maps.Clone(s.dirs), s.capacity, s.sector, s.boot
	copies := map[*simNode]*simNode{nil: nil}
	for _, names := range []struct{ from, to map[string]*simNode }{{s.live, c.live}, {s.durable, c.durable}} {
		for name, n := range names.from {
			if copies[n] == nil {
				copies[n] = n.clone()
			}
			names.to[name] = copies[n]
		}
	}
	return c
}

// Unsynced is how often Crash would ask: the sectors, lengths and names that a power cut may lose or not.
func (s *Sim) Unsynced() (n int) {
	s.Clone().Crash(func() bool { n++; return false })
	return n
}

// Counts says how many calls and how many syncs there were so far, over all boots.
func (s *Sim) Counts() (calls, syncs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls, s.syncs
}

// Crash cuts the power and starts again: what was not synced is forgotten, faults are lifted, old handles are dead.
// With keep, each unsynced sector, length and name asks it, in a fixed order, and survives on true:
// disks write when they like.
func (s *Sim) Crash(keep func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if keep == nil {
		keep = func() bool { return false }
	}
	for _, name := range slices.Sorted(maps.Keys(s.names())) {
		if s.live[name] != s.durable[name] && keep() {
			setName(s.durable, name, s.live[name])
		}
	}
	s.live = maps.Clone(s.durable)
	done := map[*simNode]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.live)) {
		if n := s.live[name]; !done[n] {
			done[n] = true
			n.crash(keep)
		}
	}
	s.fault, s.off = nil, false
	s.boot++
}

// names is the union of the live and the durable names.
func (s *Sim) names() map[string]bool {
	out := map[string]bool{}
	for name := range s.live {
		out[name] = true
	}
	for name := range s.durable {
		out[name] = true
	}
	return out
}

func setName(m map[string]*simNode, name string, n *simNode) {
	if n == nil {
		delete(m, name)
		return
	}
	m[name] = n
}

// begin counts a call and asks the fault. The caller holds the lock.
func (s *Sim) begin(c Call) error {
	if s.off {
		return &fs.PathError{Op: string(c.Op), Path: c.Name, Err: ErrPowerCut}
	}
	s.calls++
	if c.Op == OpSync || c.Op == OpSyncDir {
		s.syncs++
	}
	if s.fault == nil {
		return nil
	}
	c.N, c.Sync = s.calls, s.syncs
	err := s.fault(c)
	if err == nil {
		return nil
	}
	s.off = errors.Is(err, ErrPowerCut)
	return &fs.PathError{Op: string(c.Op), Path: c.Name, Err: err}
}

// wait passes the gate. The caller does not hold the lock.
func (s *Sim) wait(c Call) {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		gate(c)
	}
}

// room says whether the files may grow by n bytes.
func (s *Sim) room(n int64) error {
	if s.capacity > 0 && n > 0 && s.used()+n > s.capacity {
		return syscall.ENOSPC
	}
	return nil
}

// Used is the sum of all file lengths, in bytes: what SetCapacity bounds.
func (s *Sim) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used()
}

func (s *Sim) used() int64 {
	var sum int64
	for _, n := range s.live {
		sum += int64(len(n.data))
	}
	return sum
}

func (s *Sim) checkDir(op Op, dir string) error {
	if !s.dirs[dir] {
		return &fs.PathError{Op: string(op), Path: dir, Err: syscall.ENOENT}
	}
	return nil
}

// Create implements FS.
func (s *Sim) Create(name string) (File, error) {
	name = filepath.Clean(name)
	c := Call{Op: OpCreate, Name: name}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return nil, err
	}
	if err := s.checkDir(OpCreate, filepath.Dir(name)); err != nil {
		return nil, err
	}
	n := s.live[name]
	if n == nil {
		n = &simNode{name: name, sector: s.sector, dirty: map[int64]bool{}}
		s.live[name] = n
	}
	n.truncate(0)
	return &simFile{sim: s, node: n, boot: s.boot, writable: true}, nil
}

// sectorsPerBlock is how many sectors a direct write is made of: on real disks, too, a block of 4096 bytes is eight sectors that
// survive each on its own.
const sectorsPerBlock = 8

// CreateDirect implements FS.
func (s *Sim) CreateDirect(name string) (File, int64, error) {
	f, err := s.Create(name)
	if err != nil {
		return nil, 0, err
	}
	direct := f.(*simFile)
	direct.block = sectorsPerBlock * direct.node.sector
	return direct, direct.block, nil
}

// Open implements FS.
func (s *Sim) Open(name string) (File, error) { return s.open(name, false) }

// OpenWrite implements FS.
func (s *Sim) OpenWrite(name string) (File, error) { return s.open(name, true) }

func (s *Sim) open(name string, writable bool) (File, error) {
	name = filepath.Clean(name)
	c := Call{Op: OpOpen, Name: name}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return nil, err
	}
	n := s.live[name]
	if n == nil {
		return nil, &fs.PathError{Op: string(OpOpen), Path: name, Err: syscall.ENOENT}
	}
	return &simFile{sim: s, node: n, boot: s.boot, writable: writable}, nil
}

// Rename implements FS. On the platter the two names change each on its own, until the folder is synced: a pessimistic
// disk, which may even lose both.
func (s *Sim) Rename(from, to string) error {
	from, to = filepath.Clean(from), filepath.Clean(to)
	c := Call{Op: OpRename, Name: from, To: to}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return err
	}
	if err := s.checkDir(OpRename, filepath.Dir(to)); err != nil {
		return err
	}
	n := s.live[from]
	if n == nil {
		return &fs.PathError{Op: string(OpRename), Path: from, Err: syscall.ENOENT}
	}
	delete(s.live, from)
	s.live[to] = n
	n.name = to
	return nil
}

// Remove implements FS.
func (s *Sim) Remove(name string) error {
	name = filepath.Clean(name)
	c := Call{Op: OpRemove, Name: name}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return err
	}
	if s.live[name] == nil {
		return &fs.PathError{Op: string(OpRemove), Path: name, Err: syscall.ENOENT}
	}
	delete(s.live, name)
	return nil
}

// ReadDir implements FS.
func (s *Sim) ReadDir(dir string) ([]Entry, error) {
	dir = filepath.Clean(dir)
	c := Call{Op: OpReadDir, Name: dir}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return nil, err
	}
	if err := s.checkDir(OpReadDir, dir); err != nil {
		return nil, err
	}
	var out []Entry
	for _, name := range slices.Sorted(maps.Keys(s.live)) {
		if filepath.Dir(name) == dir {
			out = append(out, Entry{Name: filepath.Base(name), Size: int64(len(s.live[name].data))})
		}
	}
	return out, nil
}

// MkdirAll implements FS. Folders are durable at once; files in them are not.
func (s *Sim) MkdirAll(dir string) error {
	dir = filepath.Clean(dir)
	c := Call{Op: OpMkdir, Name: dir}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return err
	}
	for ; !s.dirs[dir]; dir = filepath.Dir(dir) {
		s.dirs[dir] = true
	}
	return nil
}

// SyncDir implements FS.
func (s *Sim) SyncDir(dir string) error {
	dir = filepath.Clean(dir)
	c := Call{Op: OpSyncDir, Name: dir}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return err
	}
	if err := s.checkDir(OpSyncDir, dir); err != nil {
		return err
	}
	for name := range s.names() {
		if filepath.Dir(name) == dir {
			setName(s.durable, name, s.live[name])
		}
	}
	return nil
}

// FreeBytes implements FS; without a capacity it is 1 TiB.
func (s *Sim) FreeBytes(dir string) (int64, error) {
	dir = filepath.Clean(dir)
	c := Call{Op: OpFree, Name: dir}
	s.wait(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c); err != nil {
		return 0, err
	}
	if err := s.checkDir(OpFree, dir); err != nil {
		return 0, err
	}
	if s.capacity == 0 {
		return 1 << 40, nil
	}
	return max(0, s.capacity-s.used()), nil
}

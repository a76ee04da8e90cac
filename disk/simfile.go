package disk

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"
)

// simNode is one file's bytes, as programs see them and as the platter holds them.
type simNode struct {
	name   string         // its last one, for faults and errors
	sector int64          // bytes of the unit in which unsynced data survives or is lost
	data   []byte         // as read by running programs
	synced []byte         // as found after a crash
	dirty  map[int64]bool // numbers of the sectors of data written since the last sync
}

func (n *simNode) clone() *simNode {
	return &simNode{name: n.name, sector: n.sector, data: slices.Clone(n.data), synced: slices.Clone(n.synced), dirty: maps.Clone(n.dirty)}
}

func (n *simNode) write(p []byte, off int64) {
	if end := off + int64(len(p)); end > int64(len(n.data)) {
		n.grow(end)
	}
	copy(n.data[off:], p)
	n.mark(off, off+int64(len(p)))
}

func (n *simNode) grow(size int64) {
	old := int64(len(n.data))
	n.data = slices.Grow(n.data, int(size-old))[:size]
	clear(n.data[old:])
	n.mark(old, size)
}

func (n *simNode) truncate(size int64) {
	if size > int64(len(n.data)) {
		n.grow(size)
		return
	}
	n.data = n.data[:size]
}

func (n *simNode) mark(from, to int64) {
	for p := from / n.sector; p*n.sector < to; p++ {
		n.dirty[p] = true
	}
}

// sync brings the platter up to date: the length, then each dirty sector.
func (n *simNode) sync() {
	n.syncLength()
	for p := range n.dirty {
		n.syncSector(p)
	}
	clear(n.dirty)
}

func (n *simNode) syncLength() {
	size := len(n.data)
	if old := len(n.synced); size > old {
		n.synced = slices.Grow(n.synced, size-old)[:size]
		clear(n.synced[old:])
		return
	}
	n.synced = n.synced[:size]
}

func (n *simNode) syncSector(p int64) {
	from := p * n.sector
	to := min(from+n.sector, int64(len(n.data)), int64(len(n.synced)))
	if from < to {
		copy(n.synced[from:to], n.data[from:to])
	}
}

// crash leaves what the platter holds, after a coin for the length and one for each dirty sector.
func (n *simNode) crash(keep func() bool) {
	if len(n.data) != len(n.synced) && keep() {
		n.syncLength()
	}
	sectors := make([]int64, 0, len(n.dirty))
	for p := range n.dirty {
		sectors = append(sectors, p)
	}
	slices.Sort(sectors)
	for _, p := range sectors {
		if keep() {
			n.syncSector(p)
		}
	}
	clear(n.dirty)
	n.data = slices.Clone(n.synced)
}

// simFile is an open handle.
type simFile struct {
	sim      *Sim
	node     *simNode
	boot     int
	writable bool
	closed   bool
	block    int64 // bytes: writes are made of whole ones; 0 is no such rule
}

// begin passes the gate, and locks the disk when it returns nil. The call gets the file's name as it is now.
func (f *simFile) begin(c *Call, write bool) error {
	f.sim.mu.Lock()
	c.Name = f.node.name
	f.sim.mu.Unlock()
	f.sim.wait(*c)
	f.sim.mu.Lock()
	err := f.check(c.Op, write)
	if err != nil {
		f.sim.mu.Unlock()
	}
	return err
}

func (f *simFile) check(op Op, write bool) error {
	var err error
	switch {
	case f.closed:
		err = os.ErrClosed
	case f.boot != f.sim.boot:
		err = ErrPowerCut
	case write && !f.writable:
		err = syscall.EBADF
	default:
		return nil
	}
	return &fs.PathError{Op: string(op), Path: f.node.name, Err: err}
}

// ReadAt implements File.
func (f *simFile) ReadAt(p []byte, off int64) (int, error) {
	c := Call{Op: OpRead, Off: off, Bytes: len(p)}
	if err := f.begin(&c, false); err != nil {
		return 0, err
	}
	defer f.sim.mu.Unlock()
	if off < 0 {
		return 0, &fs.PathError{Op: string(OpRead), Path: f.node.name, Err: syscall.EINVAL}
	}
	n := int(min(int64(len(p)), max(0, int64(len(f.node.data))-off)))
	data := f.node.data[min(off, int64(len(f.node.data))):][:n]
	data, err := flip(data, f.sim.begin(c))
	if err != nil {
		return 0, err
	}
	if copy(p, data) < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements File. A write that fails leaves its beginning.
func (f *simFile) WriteAt(p []byte, off int64) (int, error) {
	c := Call{Op: OpWrite, Off: off, Bytes: len(p)}
	if err := f.begin(&c, true); err != nil {
		return 0, err
	}
	defer f.sim.mu.Unlock()
	if off < 0 || f.block > 0 && (off|int64(len(p)))%f.block != 0 {
		return 0, &fs.PathError{Op: string(OpWrite), Path: f.node.name, Err: syscall.EINVAL}
	}
	p, err := flip(p, f.sim.begin(c))
	if err != nil {
		return f.part(p, off, err)
	}
	if full := f.room(off + int64(len(p))); full != nil {
		return f.part(p, off, &fs.PathError{Op: string(OpWrite), Path: f.node.name, Err: full})
	}
	f.node.write(p, off)
	return len(p), nil
}

// part writes what a failing write leaves: half of its bytes, or as many as the fault says.
func (f *simFile) part(p []byte, off int64, fault error) (int, error) {
	n := len(p) / 2
	if short := (*ShortWriteError)(nil); errors.As(fault, &short) {
		n = min(short.Bytes, len(p))
	}
	if f.sim.off || f.room(off+int64(n)) != nil {
		return 0, fault
	}
	f.node.write(p[:n], off)
	return n, fault
}

// room says whether the file may have this length.
func (f *simFile) room(size int64) error { return f.sim.room(size - int64(len(f.node.data))) }

// Truncate implements File.
func (f *simFile) Truncate(size int64) error {
	c := Call{Op: OpTruncate, Off: size}
	if err := f.begin(&c, true); err != nil {
		return err
	}
	defer f.sim.mu.Unlock()
	if err := f.sim.begin(c); err != nil {
		return err
	}
	if size < 0 {
		return &fs.PathError{Op: string(OpTruncate), Path: f.node.name, Err: syscall.EINVAL}
	}
	if full := f.room(size); full != nil {
		return &fs.PathError{Op: string(OpTruncate), Path: f.node.name, Err: full}
	}
	f.node.truncate(size)
	return nil
}

// Sync implements File. A failed sync leaves the sectors clean and not durable, as Linux does.
func (f *simFile) Sync() error {
	c := Call{Op: OpSync}
	if err := f.begin(&c, false); err != nil {
		return err
	}
	defer f.sim.mu.Unlock()
	if err := f.sim.begin(c); err != nil {
		if !f.sim.off {
			clear(f.node.dirty)
		}
		return err
	}
	f.node.sync()
	return nil
}

// SyncData implements File; the simulated disk keeps no attributes, so it is Sync.
func (f *simFile) SyncData() error { return f.Sync() }

// Size implements File. It reads what the handle knows, so it is no call of its own.
func (f *simFile) Size() (int64, error) {
	f.sim.mu.Lock()
	defer f.sim.mu.Unlock()
	if err := f.check(OpRead, false); err != nil {
		return 0, err
	}
	return int64(len(f.node.data)), nil
}

// Close implements File. It works on a dead disk too, and syncs nothing.
func (f *simFile) Close() error {
	f.sim.mu.Lock()
	defer f.sim.mu.Unlock()
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.node.name, Err: os.ErrClosed}
	}
	f.closed = true
	return nil
}

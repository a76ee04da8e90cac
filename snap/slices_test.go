package snap

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"paddock/disk"
	"paddock/tree"
	"paddock/zk"
)

// broad is a parent with many children, most of them younger than S.
func broad(old, young int) *tree.Tree {
	tr := tree.New()
	tr.Create("/p", nil, zk.OpenACL(), 0, 1, 1, 0)
	for i := range old {
		tr.Create(fmt.Sprintf("/p/old%07d", i), []byte("0123456789"), zk.OpenACL(), 0, int32(i+1), 1, 0)
	}
	for i := range young {
		tr.Create(fmt.Sprintf("/p/young%07d", i), nil, zk.OpenACL(), 0, int32(old+i+1), 2, 0)
	}
	return tr
}

// However many znodes hang below one parent, and however many of them the snapshot passes over: no slice looks at more than
// SliceNodes of them, none has more bytes than SliceBytes and one record, and nothing is allocated for any.
func TestSlicesOfABroadTreeAreBounded(t *testing.T) {
	const old, young, nodes, size = 30_000, 60_000, 256, 64 << 10
	tr := broad(old, young)
	tr.BeginWalk(1)
	e := newEncoder(tr, nil, nodes, size)
	visited, most := 0, 0
	visit := e.visit
	e.visit = func(path, data []byte, acl tree.ACLRef, st *zk.StatPersisted) {
		visited++
		visit(path, data, acl, st)
	}
	buf := newBuffer(size)
	slices, total := 0, 0
	for more := true; more; slices++ {
		visited = 0
		var b []byte
		b, more = e.slice(buf[:0])
		if &b[:1][0] != &buf[:1][0] {
			t.Fatal("a slice of small znodes has outgrown its buffer: it was copied")
		}
		most, total = max(most, visited), total+visited
		if len(b) > size+100 {
			t.Fatalf("a slice of %d bytes", len(b))
		}
	}
	tr.EndWalk()
	if want := old + 1 + 4; total != want || most != nodes { // and /, /zookeeper and the two below
		t.Errorf("%d znodes of %d, at most %d in a slice", total, want, most)
	}
	if slices < (old+young)/nodes {
		t.Errorf("%d slices, so some have looked at more than %d znodes", slices, nodes)
	}
}

func TestSlicesOfSmallZnodesAllocateNothing(t *testing.T) {
	const runs = 100
	tr := broad(256*(runs+10), 0)
	tr.BeginWalk(1)
	defer tr.EndWalk()
	e := newEncoder(tr, nil, 256, 64<<10)
	buf := newBuffer(64 << 10)
	e.slice(buf[:0]) // the header, sessions and ACLs
	e.slice(buf[:0])
	e.slice(buf[:0])
	if n := testing.AllocsPerRun(runs, func() { e.slice(buf[:0]) }); n != 0 {
		t.Errorf("%v allocations per slice of 256 znodes", n)
	}
}

// A large znode makes a large slice, for a record is never cut; the Steps behind it then do nothing until the bytes per Step
// are again what they should be on an average. The helper here has always taken everything.
func TestLargeZnodesAreSpreadOverManySteps(t *testing.T) {
	const znodes, large, size = 20, 1 << 20, 64 << 10
	tr := tree.New()
	for i := range znodes {
		tr.Create(fmt.Sprintf("/n%d", i), make([]byte, large), zk.OpenACL(), 0, int32(i+1), 1, 0)
	}
	tr.BeginWalk(1)
	w := &Writer{
		t: tr, zxid: 1, enc: newEncoder(tr, nil, 256, size), sliceBytes: size,
		free: make(chan []byte, 1000), full: make(chan slice, 1000), failed: make(chan struct{}),
	}
	steps, bytes := 0, 0
	for more := true; more; steps++ {
		w.free <- nil
		more = w.Step(1)
		for len(w.full) > 0 {
			bytes += len((<-w.full).buf)
		}
		if allowed := (steps+1)*size + large + 100; bytes > allowed {
			t.Fatalf("%d bytes in %d steps, allowed are %d", bytes, steps+1, allowed)
		}
	}
	if most := bytes/size + 20; bytes < znodes*large || steps > most {
		t.Errorf("%d bytes in %d steps, want %d steps at most", bytes, steps, most)
	}
}

// countingFile counts the syncs of a real file.
type countingFile struct {
	disk.File
	syncs int
}

func (f *countingFile) SyncData() error {
	f.syncs++
	return f.File.SyncData()
}

func realFile(t *testing.T) disk.File {
	t.Helper()
	f, err := (disk.OS{}).Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// On a real file, what was written is handed to the disk in small parts, with as much on its way at most; where that is not
// possible it is synced in large ones. Either way the file holds what was written.
func TestWritingOutAlongTheWay(t *testing.T) {
	piece := bytes.Repeat([]byte("0123456789abcdef"), 4<<10) // 64 KiB
	const pieces = 300
	f := realFile(t)
	o := newOutFile(f)
	if !o.byRange {
		t.Fatal("a real file cannot be written out in parts")
	}
	for range pieces {
		if _, err := o.Write(piece); err != nil {
			t.Fatal(err)
		}
		if o.byRange && (o.off-o.started >= writeOutBytes || o.started-o.waited > writeOutBytes+int64(len(piece))) {
			t.Fatalf("written %d, started %d, waited for %d", o.off, o.started, o.waited)
		}
	}
	content(t, f, piece, pieces)

	counting := &countingFile{File: realFile(t)}
	o = newOutFile(counting)
	if o.byRange {
		t.Fatal("a file without a descriptor is written out in parts")
	}
	for range pieces {
		if _, err := o.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if want := pieces * len(piece) / syncEveryBytes; counting.syncs != want {
		t.Errorf("%d syncs, want %d", counting.syncs, want)
	}
	content(t, counting, piece, pieces)
}

func content(t *testing.T, f disk.File, piece []byte, pieces int) {
	t.Helper()
	got := make([]byte, len(piece))
	for i := range pieces {
		if _, err := f.ReadAt(got, int64(i*len(piece))); err != nil || !bytes.Equal(got, piece) {
			t.Fatalf("piece %d is not what was written: %v", i, err)
		}
	}
	if size, err := f.Size(); err != nil || size != int64(pieces*len(piece)) {
		t.Errorf("%d bytes: %v", size, err)
	}
}

// The kernel is told to write every byte once, and every piece is waited for once, behind the next one. (What is left at the
// end, the sync does.)
func TestAPieceIsWaitedForBehindTheNext(t *testing.T) {
	o := newOutFile(realFile(t))
	var told, waited int64
	calls := 0
	o.syncRange = func(_ int, off, n int64, flags int) error {
		calls++
		at := &told
		if flags&unix.SYNC_FILE_RANGE_WAIT_AFTER != 0 {
			at = &waited
		}
		if off != *at || n <= 0 {
			t.Errorf("call %d: %d bytes from %d, flags %d; expected from %d", calls, n, off, flags, *at)
		}
		*at += n
		return nil
	}
	for i := range 100 {
		if _, err := o.Write(make([]byte, 50_000+i)); err != nil {
			t.Fatal(err)
		}
		if o.off-told >= writeOutBytes || told-waited > writeOutBytes+51_000 {
			t.Fatalf("%d written, %d told, %d waited for", o.off, told, waited)
		}
	}
	if waited == 0 || waited >= told {
		t.Errorf("%d written, %d told, %d waited for", o.off, told, waited)
	}
}

// A file system that cannot write out a part of a file is no error.
func TestAFileSystemThatCannotWriteOutAPart(t *testing.T) {
	counting := &countingFile{File: realFile(t)}
	o := newOutFile(counting)
	o.byRange = true
	calls := 0
	o.syncRange = func(int, int64, int64, int) error {
		calls++
		return unix.ENOSYS
	}
	for range 2 * syncEveryBytes >> 20 {
		if _, err := o.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 1 || counting.syncs == 0 {
		t.Errorf("tried %d times, %d syncs instead", calls, counting.syncs)
	}
}

// A descriptor that the kernel refuses to write out is an error of the snapshot; one that cannot is not.
func TestAnErrorOfWritingOutIsTold(t *testing.T) {
	f := realFile(t)
	o := newOutFile(f)
	o.fd = -1 // EBADF
	_, err := o.Write(make([]byte, writeOutBytes))
	if err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is for what takes no time on a machine that has any.
const patience = time.Minute

func newAsync(t *testing.T) *Async {
	t.Helper()
	a, err := NewAsync()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("AIO is to be had: %v", a.context != 0)
	return a
}

func closeAll(t *testing.T, all ...io.Closer) {
	t.Helper()
	for _, c := range all {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// wouldWait is what a caller of Ended takes for no failure.
func wouldWait(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) || errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported)
}

// writeDurably writes and syncs as the log does: in the blocking way what cannot be done in the other.
func writeDurably(t *testing.T, a *Async, f File, p []byte, off int64) (writes, syncs int) {
	t.Helper()
	if a.StartWrite(f, p, off) {
		n, err := awaited(t, a)
		switch {
		case err == nil && n == len(p):
			writes = 1
		case err == nil || !wouldWait(err):
			t.Fatalf("%d bytes at %d: %d, %v", len(p), off, n, err)
		}
	}
	if writes == 0 {
		if _, err := f.WriteAt(p, off); err != nil {
			t.Fatal(err)
		}
	}
	if !a.StartSync(f) {
		if err := f.SyncData(); err != nil {
			t.Fatal(err)
		}
		return writes, 0
	}
	if _, err := awaited(t, a); err != nil {
		t.Fatal(err)
	}
	return writes, 1
}

// awaited waits for the signal and then for nothing more.
func awaited(t *testing.T, a *Async) (n int, err error) {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); {
		fds := []unix.PollFd{{Fd: int32(a.Signal()), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, 1000); err != nil && !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
		if fds[0].Revents == 0 {
			continue
		}
		_, _ = unix.Read(a.Signal(), make([]byte, 8)) // the next wait is for the next end
		n, ended, err := a.Ended(false)
		if !ended {
			t.Fatal("signalled before the end")
		}
		return n, err
	}
	t.Fatal("the end of a call was never signalled")
	return 0, nil
}

func TestAnAsyncWritesAndSyncsWhatItWasGiven(t *testing.T) {
	const blocks = 64
	name := filepath.Join(t.TempDir(), "log")
	f, _, err := OS{}.CreateDirect(name)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]byte, blocks*directBlockBytes)
	zeros := Aligned(len(want))
	if _, err := f.WriteAt(zeros, 0); err != nil {
		t.Fatal(err)
	}
	a := newAsync(t)
	rng := rand.New(rand.NewPCG(1, 1))
	writes, syncs := 0, 0
	for range 50 {
		n := 1 + rng.IntN(8)
		at := rng.IntN(blocks - n)
		p := Aligned(n * directBlockBytes)
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		copy(want[at*directBlockBytes:], p)
		w, s := writeDurably(t, a, f, p, int64(at*directBlockBytes))
		writes, syncs = writes+w, syncs+s
	}
	t.Logf("of 50 writes and syncs, %d and %d went without waiting", writes, syncs)
	if writes > 0 && syncs == 0 {
		t.Error("writes are begun, but no sync ever is")
	}
	closeAll(t, a, f)
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file does not hold what was written: %d bytes, %v", len(got), err)
	}
}

// Space that the file does not have yet cannot be written without waiting, on most file systems.
func TestAWriteThatWouldHaveToWaitIsDoneTheOtherWay(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	f, _, err := OS{}.CreateDirect(name)
	if err != nil {
		t.Fatal(err)
	}
	a := newAsync(t)
	var want []byte
	for i := range 5 {
		p := Aligned(3 * directBlockBytes)
		for j := range p {
			p[j] = byte(i + 1)
		}
		writeDurably(t, a, f, p, int64(len(want)))
		want = append(want, p...)
	}
	closeAll(t, a, f)
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file does not hold what was written: %d bytes, %v", len(got), err)
	}
}

// pipe is the one file whose room a test can choose.
func pipe(t *testing.T) (from, to osFile) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return osFile{r}, osFile{w}
}

func TestAFullOrHalfFullFileEndsAWriteEarlyAndSaysSo(t *testing.T) {
	from, to := pipe(t)
	size, err := unix.FcntlInt(to.Fd(), unix.F_SETPIPE_SZ, 16*4096)
	if err != nil {
		t.Fatal(err)
	}
	a, sent := newAsync(t), 0
	for _, write := range []struct {
		what        string
		bytes, want int
		waits       bool
	}{
		{"a write that there is room for", size / 2, size / 2, false},
		{"one that there is half the room for", size, size - size/2, true},
		{"one that there is no room for", size, 0, true},
	} {
		if !a.StartWrite(to, Aligned(write.bytes), 0) {
			t.Logf("%s is refused", write.what)
			continue
		}
		n, ended, err := a.Ended(true)
		if !ended || errors.Is(err, unix.EAGAIN) != write.waits || (err != nil) != write.waits || n != write.want {
			t.Errorf("%s: %d bytes of %d, ended %v, %v", write.what, n, write.bytes, ended, err)
		}
		sent += n
	}
	closeAll(t, a, to)
	if got, err := io.ReadAll(from); err != nil || len(got) != sent {
		t.Errorf("%d bytes were told of, %d arrived, %v", sent, len(got), err)
	}
	closeAll(t, from)
}

func TestTheErrorOfAFileIsReportedWithItsName(t *testing.T) {
	a := newAsync(t)
	from, to := pipe(t)
	closeAll(t, from)
	if a.StartWrite(to, Aligned(directBlockBytes), 0) {
		n, ended, err := a.Ended(true)
		if n != 0 || !ended || !errors.Is(err, unix.EPIPE) || wouldWait(err) || !strings.Contains(err.Error(), to.Name()) {
			t.Errorf("a pipe without a reader: %d, %v, %v", n, ended, err)
		}
	}
	closeAll(t, to)

	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte("old"), fileMode); err != nil {
		t.Fatal(err)
	}
	f, err := OS{}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{unix.EBADF, os.ErrClosed} { // it may not be written, then it is closed
		p := Aligned(directBlockBytes)
		if a.StartWrite(f, p, 0) {
			if _, _, err := a.Ended(true); !errors.Is(err, unix.EBADF) {
				t.Errorf("want %v: %v", want, err)
			}
		}
		if _, err := f.WriteAt(p, 0); !errors.Is(err, want) {
			t.Errorf("the blocking way, want %v: %v", want, err)
		}
		_ = f.Close()
	}
	if a.StartSync(f) {
		t.Error("the sync of a closed file is begun")
	}
	closeAll(t, a)
	if got, err := os.ReadFile(name); err != nil || string(got) != "old" {
		t.Errorf("the file holds %d bytes, %v", len(got), err)
	}
}

func TestAFileOfAnotherDiskIsRefused(t *testing.T) {
	sim := NewSim()
	f, block, err := sim.CreateDirect("/log")
	if err != nil {
		t.Fatal(err)
	}
	a := newAsync(t)
	if a.StartWrite(f, make([]byte, block), 0) || a.StartSync(f) {
		t.Error("begun")
	}
	if size, err := f.Size(); err != nil || size != 0 {
		t.Errorf("the file has %d bytes, %v", size, err)
	}
	closeAll(t, a, f)
}

func TestWithoutAIONothingIsBegunAndKickWorks(t *testing.T) {
	a := newAsync(t)
	if a.context != 0 {
		if _, _, errno := unix.Syscall(unix.SYS_IO_DESTROY, a.context, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
		a.context = 0
	}
	f, block, err := OS{}.CreateDirect(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	if a.StartWrite(f, Aligned(int(block)), 0) || a.StartSync(f) {
		t.Error("begun")
	}
	a.Kick()
	if n, err := unix.Read(a.Signal(), make([]byte, 8)); n != 8 || err != nil {
		t.Errorf("no kick: %d, %v", n, err)
	}
	closeAll(t, a, f)
}

func TestEveryKickEndsAWaitForTheSignalThoughNobodyReadsIt(t *testing.T) {
	a := newAsync(t)
	watch, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	edges := unix.EpollEvent{Fd: int32(a.Signal()), Events: unix.EPOLLIN | unix.EPOLLET}
	if err := unix.EpollCtl(watch, unix.EPOLL_CTL_ADD, a.Signal(), &edges); err != nil {
		t.Fatal(err)
	}
	wait := func(longest time.Duration) int {
		n, err := unix.EpollWait(watch, make([]unix.EpollEvent, 4), int(longest.Milliseconds()))
		for errors.Is(err, unix.EINTR) {
			n, err = unix.EpollWait(watch, make([]unix.EpollEvent, 4), int(longest.Milliseconds()))
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 100 {
		if wait(0) != 0 {
			t.Fatal("signalled without a kick")
		}
		var kicker sync.WaitGroup
		kicker.Go(a.Kick)
		if wait(patience) != 1 {
			t.Fatalf("kick %d did not end the wait", i)
		}
		kicker.Wait()
	}
	closeAll(t, a)
	if err := unix.Close(watch); err != nil {
		t.Error(err)
	}
}

// Its end is added to the signal, so that a copy of that tells whether it has come.
func TestCloseWaitsForACallOnItsWay(t *testing.T) {
	f, err := OS{}.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := f.WriteAt(make([]byte, 8<<20), 0); err != nil { // in the page cache: the sync has something to do
			t.Fatal(err)
		}
		a := newAsync(t)
		signal, err := unix.Dup(a.Signal())
		if err != nil {
			t.Fatal(err)
		}
		begun := a.StartSync(f)
		closeAll(t, a)
		var count [8]byte
		_, err = unix.Read(signal, count[:])
		if ended := err == nil && binary.NativeEndian.Uint64(count[:]) == 1; ended != begun {
			t.Fatalf("a sync was begun: %v; it has ended: %v, %v", begun, ended, err)
		}
		if err := unix.Close(signal); err != nil {
			t.Fatal(err)
		}
	}
	closeAll(t, f)
}

func TestOneCallAtATimeIsAllThatAnAsyncTakes(t *testing.T) {
	a := newAsync(t)
	panics := func(f func()) (did bool) {
		defer func() { did = recover() != nil }()
		f()
		return false
	}
	if !panics(func() { _, _, _ = a.Ended(true) }) {
		t.Error("the end of no call is waited for")
	}
	f, err := OS{}.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	if a.StartSync(f) {
		if !panics(func() { a.StartSync(f) }) {
			t.Error("a second call is begun before the first has ended")
		}
		if _, ended, err := a.Ended(true); !ended || err != nil {
			t.Errorf("ended %v, %v", ended, err)
		}
		if !panics(func() { _, _, _ = a.Ended(false) }) {
			t.Error("a call ends twice")
		}
	}
	closeAll(t, a, f)
}

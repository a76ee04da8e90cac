package wal

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"paddock/disk"
)

// scripted is calls on any disk that a test decides about. Unasked, everything is begun, done at its end, and ends well at once.
type scripted struct {
	t      testing.TB
	w      *Writer
	refuse func(sync bool) bool                    // whether a call is not begun
	end    func(sync bool) (ended bool, err error) // asked whenever Ended is
	early  func() bool                             // whether it is done at its beginning

	writes, syncs int // begun
	file          disk.File
	data, was     []byte // of a write on its way: what the kernel reads, and what it was given
	off           int64
	sync, done    bool
	failed        error // what was done at the beginning, already
}

// script makes a writer use a script instead of the kernel.
func script(t testing.TB, w *Writer, s *scripted) *scripted {
	t.Helper()
	if _, err := w.Async(); err != nil {
		t.Fatal(err)
	}
	s.t, s.w = t, w
	w.mine.calls = s
	return s
}

func (s *scripted) StartWrite(f disk.File, p []byte, off int64) bool {
	if !s.start(f, false) {
		return false
	}
	if end := off + int64(len(p)); end > s.w.own.seg.zeroed {
		s.t.Errorf("a write up to byte %d is begun, there are zeros up to %d", end, s.w.own.seg.zeroed)
	}
	s.writes++
	s.data, s.was, s.off = p, slices.Clone(p), off
	return s.perhapsEarly()
}

func (s *scripted) StartSync(f disk.File) bool {
	if !s.start(f, true) {
		return false
	}
	s.syncs++
	return s.perhapsEarly()
}

func (s *scripted) start(f disk.File, sync bool) bool {
	if s.file != nil {
		s.t.Error("a second call before the first has ended")
	}
	if s.refuse != nil && s.refuse(sync) {
		return false
	}
	s.file, s.sync, s.done, s.failed = f, sync, false, nil
	return true
}

func (s *scripted) perhapsEarly() bool {
	if s.early != nil && s.early() {
		_, s.failed = s.do(nil)
	}
	return true
}

// do does the call, or its first half if it is to fail: an error of the disk is the result all the same.
func (s *scripted) do(fault error) (n int, err error) {
	if s.sync {
		if !s.done && fault == nil {
			fault = s.file.SyncData()
		}
		s.done = true
		return 0, fault
	}
	if !bytes.Equal(s.data, s.was) {
		s.t.Error("the data was changed while the kernel may read it")
	}
	n = len(s.data)
	if fault != nil {
		n = int(int64(n) / 2 / s.w.own.seg.block * s.w.own.seg.block)
	}
	if !s.done && n > 0 {
		if _, err := s.file.WriteAt(s.was[:n], s.off); err != nil {
			return 0, err
		}
	}
	s.done = true
	return n, fault
}

func (s *scripted) Ended(wait bool) (n int, ended bool, err error) {
	if s.file == nil {
		s.t.Error("the end of no call is asked for")
	}
	for ended = s.end == nil; !ended; {
		ended, err = s.end(s.sync)
		if !ended && !wait {
			return 0, false, nil
		}
	}
	if err == nil {
		err = s.failed
	}
	n, err = s.do(err)
	s.file = nil
	return n, true, err
}

// counted counts what the kernel was asked for.
type counted struct {
	calls

	writes, syncs int
}

func (c *counted) StartWrite(f disk.File, p []byte, off int64) bool {
	ok := c.calls.StartWrite(f, p, off)
	if ok {
		c.writes++
	}
	return ok
}

func (c *counted) StartSync(f disk.File) bool {
	ok := c.calls.StartSync(f)
	if ok {
		c.syncs++
	}
	return ok
}

// watch gives a wait for the next edge of a signal, as the loop has one.
func watch(t *testing.T, signal int) (wait func()) {
	t.Helper()
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	edges := unix.EpollEvent{Fd: int32(signal), Events: unix.EPOLLIN | unix.EPOLLET}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, signal, &edges); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		n, err := unix.EpollWait(fd, make([]unix.EpollEvent, 1), int(time.Minute.Milliseconds()))
		if n == 0 && err == nil {
			t.Fatal("nothing was signalled for a minute")
		}
	}
}

// signalled waits for an answer as the loop does.
func signalled(t *testing.T, w *Writer, wait func()) Done {
	t.Helper()
	for {
		w.Poll()
		select {
		case d := <-w.Committed():
			return d
		default:
			wait()
		}
	}
}

// settled is the answer of one who has nothing else to do.
func settled(w *Writer) Done {
	w.Settle()
	return <-w.Committed()
}

// withZeros is a writer whose open segment holds record 1 and has zeros left.
func withZeros(t testing.TB, cfg Config) *Writer {
	t.Helper()
	w, _ := reopen(t, cfg)
	waitForSpare(w, 1)
	commit(t, w, batch("x", 1))
	rest(w)
	return w
}

// rest waits until the goroutine has let go of the batch that it answered: until then it gets the next one as well.
func rest(w *Writer) {
	for w.busy.Load() > 0 {
		time.Sleep(time.Microsecond)
	}
}

// waitForNext waits until the next segment has zeros, however many before had none.
func waitForNext(w *Writer) {
	for len(w.helper.ready) == 0 {
		time.Sleep(time.Microsecond)
	}
}

// dice decides at random what becomes of each call, but never that one fails.
func dice(rng *rand.Rand) *scripted {
	return &scripted{
		refuse: func(sync bool) bool { return !sync && rng.IntN(6) == 0 },
		early:  func() bool { return rng.IntN(2) == 0 },
		end: func(sync bool) (bool, error) {
			if rng.IntN(2) == 0 {
				return false, nil
			}
			if !sync && rng.IntN(5) == 0 {
				return true, unix.EAGAIN
			}
			return true, nil
		},
	}
}

package server

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

// Without digests nothing else tells that the log goes on from another state than the one before it.
func TestABrokenRestoredSnapshotIsNotPassedOverWithoutDigests(t *testing.T) {
	p := newPlace(t, adminLines("digest.enabled=false")...)
	r := p.start(t)
	c := r.dial(client.Options{})
	status, copied, _ := r.http("GET", "/commands/snapshot", superAuth, nil)
	if status != http.StatusOK {
		t.Fatalf("snapshot: %d %s", status, copied)
	}
	_, err := c.Create("/lost", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	if status, text, _ := r.http("POST", "/commands/restore", superAuth, copied); status != http.StatusOK {
		t.Fatalf("restore: %d %s", status, text)
	}
	_, err = r.dial(client.Options{}).Create("/after", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	r.stop()
	restored := filepath.Join(p.version2(), "snapshot.100000000")
	content, err := os.ReadFile(restored)
	check(t, err)
	check(t, os.WriteFile(restored, flipped(content, len(content)/2), 0o600))
	if s, err := New(p.config(t), "test", slog.New(slog.DiscardHandler)); err == nil {
		t.Errorf("it starts with %v", s.state(t))
		check(t, s.Discard())
	} else if !strings.Contains(err.Error(), "snapshot.100000000 is needed") {
		t.Errorf("refused with %v", err)
	}
	check(t, os.WriteFile(restored, content, 0o600))
	if c := p.start(t).dial(client.Options{}); c != nil {
		if _, err := c.Exists("/lost", false); client.Code(err) != zk.ErrNoNode {
			t.Errorf("/lost: %v", err)
		}
	}
}

func TestASnapshotOfTheLastEpochIsRefusedBeforeAnybodyIsSentAway(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	c := r.dial(client.Options{})
	const last = 0x7fffffff_00000001
	dir := t.TempDir()
	w := snap.Begin(snap.Config{FS: disk.OS{}, Dir: dir, Log: slog.New(slog.DiscardHandler), Now: time.Now}, tree.New(), nil, last)
	for w.Step(last) {
		time.Sleep(time.Millisecond)
	}
	result := <-w.Done()
	check(t, result.Err)
	copied, err := os.ReadFile(filepath.Join(dir, result.File))
	check(t, err)
	status, text, _ := r.http("POST", "/commands/restore", superAuth, copied)
	if status != http.StatusInternalServerError || !strings.Contains(string(text), "no epoch") {
		t.Errorf("status %d %s", status, text)
	}
	_, err = c.Create("/still", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
}

// fullFS has hardly any room.
type fullFS struct{ disk.FS }

func (fullFS) FreeBytes(string) (int64, error) { return 1 << 20, nil }

func TestCopiesLeaveRoomForTheLog(t *testing.T) {
	r := newPlace(t, adminLines()...).start(t)
	r.word("ruok") // it serves
	check(t, r.s.ask(context.Background(), func() { r.s.dirs.fs = fullFS{r.s.dirs.fs} }))
	if _, err := r.s.stateCopy(t.Context()); err == nil || !strings.Contains(err.Error(), "bytes free") {
		t.Errorf("a copy: %v", err)
	}
	if _, err := r.s.Restore(t.Context(), strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "bytes free") {
		t.Errorf("a restore: %v", err)
	}
}

// What is received is counted twice, for its copy is written beside it.
func TestASpoolLooksForRoomAgainAndAgain(t *testing.T) {
	full := errors.New("full")
	s := &spool{to: io.Discard, room: func(bytes int64) error {
		if bytes > 20<<20 {
			return full
		}
		return nil
	}}
	n, err := io.Copy(s, io.LimitReader(zeros{}, 1<<30))
	if !errors.Is(err, full) || n < 8<<20 || n > 20<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// Whoever asks again and again and leaves must not leave goroutines behind.
func TestAWordWhoseClientHasGoneIsGivenUp(t *testing.T) {
	r := newPlace(t, "4lw.commands.whitelist=*").start(t)
	r.word("ruok") // it serves
	blocked, cancel := context.WithCancel(t.Context())
	looked := make(chan error, 1)
	go func() { looked <- r.s.walk(blocked, endless(func() bool { return true })) }()
	count := func() (n int) {
		check(t, r.s.ask(t.Context(), func() { n = len(r.s.wordConns) }))
		return n
	}
	raw, err := net.Dial("tcp", r.addr())
	check(t, err)
	_, err = raw.Write([]byte("cons"))
	check(t, err)
	waitFor(t, "the word", func() bool { return count() > 0 })
	check(t, raw.Close())
	waitFor(t, "the word to be given up", func() bool { return count() == 0 && r.s.wordsSent.Load() == 2 })
	cancel()
	if err := <-looked; !errors.Is(err, context.Canceled) {
		t.Errorf("the walk in front: %v", err)
	}
}

// A walk behind another one ends with the patience of whoever asked, too.
func TestALookBehindAnotherIsNotWaitedFor(t *testing.T) {
	r := newPlace(t).start(t)
	r.word("ruok")
	first, endFirst := context.WithCancel(t.Context())
	looked := make(chan error, 1)
	go func() { looked <- r.s.walk(first, endless(func() bool { return true })) }()
	waitFor(t, "the first walk", func() bool {
		n := 0
		check(t, r.s.ask(t.Context(), func() { n = len(r.s.walks) }))
		return n == 1
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := r.s.walk(ctx, func() iter.Seq[struct{}] {
		t.Error("it was begun")
		return endless(func() bool { return false })()
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	endFirst()
	if err := <-looked; !errors.Is(err, context.Canceled) {
		t.Errorf("the walk in front: %v", err)
	}
}

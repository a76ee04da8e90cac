package wal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"paddock/disk"
)

const (
	// spareNow is a segment that the writer began itself because no filled one was ready.
	spareNow = sparePrefix + "now"

	// chunkBytes is how many zeros are written and synced in one go. The open segment's sync may have to wait for one such
	// chunk, some milliseconds, so it is small.
	chunkBytes = 1 << 20
	// spareBytesMin is what even a segment gets whose predecessor was left early.
	spareBytesMin = 8 << 20
	// The pause after a chunk is pauseFactor times what the chunk took, within these bounds, so that most of the disk stays
	// free for the log. 64 MiB are there within a second all the same.
	pauseFactor = 3
	pauseMin    = time.Millisecond
	pauseMax    = 50 * time.Millisecond
	// spareRetry is the wait after a failed attempt; a full disk does not empty itself within seconds.
	spareRetry = 10 * time.Second
	// spareWarnEvery is how many attempts in a row fail between two warnings: ten minutes' worth.
	spareWarnEvery = 60
)

var errStopped = errors.New("wal: stopped")

// helper prepares the next segment and tidies up old ones. Its failures are logged and counted, and never end the server.
type helper struct {
	cfg     Config
	counts  *counters
	ready   chan *segment // at most one: header written, zeros behind it, all durable
	retired chan *segment
	wanted  chan struct{}
	stop    chan struct{}
	exited  chan struct{}
	size    atomic.Int64 // bytes of the next spare
	failed  int          // attempts in a row
	made    int          // spares begun; each has its own name, for the last may still have its first
}

func newHelper(cfg Config, counts *counters) *helper {
	h := &helper{
		cfg:     cfg,
		counts:  counts,
		ready:   make(chan *segment, 1),
		retired: make(chan *segment, 16),
		wanted:  make(chan struct{}, 1),
		stop:    make(chan struct{}),
		exited:  make(chan struct{}),
	}
	h.size.Store(cfg.PreallocBytes)
	h.want()
	return h
}

// learn chooses the size of the next spare from what a segment took until it was left: snapshots begin new ones, often long before
// PreallocBytes, and zeros that nothing is written over are missing elsewhere. One that was too small for the next batch, too, asks
// for twice as much.
func (h *helper) learn(s *segment, nextBytes int) {
	size := s.end + s.end/4
	if s.end+int64(nextBytes) > s.zeroed {
		size = 2 * s.end
	}
	h.size.Store(min(max(size, spareBytesMin), h.cfg.PreallocBytes))
}

// want asks for a spare segment.
func (h *helper) want() {
	select {
	case h.wanted <- struct{}{}:
	default:
	}
}

// retire takes a segment out of service, in front of a batch of so many bytes. With many waiting, the writer does the work itself.
func (h *helper) retire(s *segment, nextBytes int) {
	h.learn(s, nextBytes)
	select {
	case h.retired <- s:
	default:
		h.finish(s)
	}
}

// close ends the goroutine and removes the spare segment when remove is set.
func (h *helper) close(remove bool) error {
	close(h.stop)
	<-h.exited
	var err error
	select {
	case s := <-h.ready:
		err = s.f.Close()
	default:
	}
	if remove {
		err = errors.Join(err, removeSpares(h.cfg))
	}
	return err
}

func (h *helper) run() {
	defer close(h.exited)
	var retry <-chan time.Time
	for {
		select { // an old segment goes first: its zeros are space
		case s := <-h.retired:
			h.finish(s)
			continue
		default:
		}
		select {
		case <-h.stop:
			h.finishAll()
			return
		case s := <-h.retired:
			h.finish(s)
			continue
		case <-retry:
		case <-h.wanted:
		}
		retry = nil
		if !h.provide() {
			retry = time.After(spareRetry)
		}
	}
}

// provide makes a spare unless one is ready. False asks to be called again later.
func (h *helper) provide() bool {
	if h.cfg.PreallocBytes < 0 || len(h.ready) > 0 {
		return true
	}
	s, err := h.fill()
	if errors.Is(err, errStopped) {
		return true
	}
	if err != nil {
		h.counts.spareErrs.Add(1)
		if h.failed%spareWarnEvery == 0 {
			h.cfg.Log.Warn("no spare log segment could be prepared; syncs are slower until one is", "err", err)
		}
		h.failed++
		return false
	}
	h.failed = 0
	h.ready <- s
	h.counts.spares.Add(1) // after: who has seen the count finds the segment
	return true
}

// fill makes a file with a header and real zeros behind it: writing over them changes no metadata, which makes the later
// sync twice as fast as into space that was only reserved.
func (h *helper) fill() (*segment, error) {
	size := headerBytes + h.size.Load()
	if err := h.checkRoom(size); err != nil {
		return nil, err
	}
	h.made++
	s, err := h.cfg.createSegment(sparePrefix + strconv.Itoa(h.made))
	if err != nil {
		return nil, err
	}
	if err := h.zero(s, roundUp(size, s.block)); err != nil {
		return nil, errors.Join(err, s.f.Close(), h.cfg.FS.Remove(h.cfg.path(s.name)))
	}
	return s, nil
}

// checkRoom leaves room for as much again, so that zeros never take the last space from the log itself.
func (h *helper) checkRoom(size int64) error {
	free, err := h.cfg.FS.FreeBytes(h.cfg.Dir)
	if err != nil {
		return fmt.Errorf("wal: free space of %s: %w", h.cfg.Dir, err)
	}
	if free < 2*size {
		return fmt.Errorf("wal: %d bytes free in %s, a spare segment needs twice its %d", free, h.cfg.Dir, size)
	}
	return nil
}

// zero fills the segment up to size, a multiple of its blocks.
func (h *helper) zero(s *segment, size int64) error {
	chunk := disk.Aligned(int(min(chunkBytes, size)))
	appendHeader(chunk[:0])
	for s.zeroed < size {
		start := h.cfg.Now()
		chunk = chunk[:min(int64(len(chunk)), size-s.zeroed)]
		if _, err := s.f.WriteAt(chunk, s.zeroed); err != nil {
			return fmt.Errorf("wal: fill %s: %w", h.cfg.path(s.name), err)
		}
		if !h.cfg.NoSync {
			if err := s.f.SyncData(); err != nil {
				return fmt.Errorf("wal: sync %s: %w", h.cfg.path(s.name), err)
			}
		}
		s.zeroed += int64(len(chunk))
		s.size = s.zeroed
		clear(chunk[:headerBytes])
		if s.zeroed < size && !h.pause(h.cfg.Now().Sub(start)) {
			return errStopped
		}
	}
	return nil
}

func (h *helper) pause(took time.Duration) (goOn bool) {
	t := time.NewTimer(min(max(pauseFactor*took, pauseMin), pauseMax))
	defer t.Stop()
	select {
	case <-h.stop:
		return false
	case <-t.C:
		return true
	}
}

// finish cuts and closes an old segment. All its records are durable, so a failure costs disk space at most.
func (h *helper) finish(s *segment) {
	if err := h.cfg.finish(s); err != nil {
		h.cfg.Log.Warn("an old log segment keeps its padding", "err", err)
	}
}

func (h *helper) finishAll() {
	for {
		select {
		case s := <-h.retired:
			h.finish(s)
		default:
			return
		}
	}
}

// removeSpares removes segments that never went into service. Their names need no sync: what a crash brings back is
// removed at the next start.
func removeSpares(cfg Config) error {
	entries, err := cfg.FS.ReadDir(cfg.Dir)
	if err != nil {
		return fmt.Errorf("wal: list %s: %w", cfg.Dir, err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, sparePrefix) {
			continue
		}
		if err := cfg.FS.Remove(cfg.path(e.Name)); err != nil {
			return fmt.Errorf("wal: remove left-over %s: %w", cfg.path(e.Name), err)
		}
	}
	return nil
}

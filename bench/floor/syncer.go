package floor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fileBytesDefault is the size of the log, Paddock's and ZooKeeper's default for a segment.
const fileBytesDefault = 64 << 20

// submission is one group of writes.
type submission struct {
	records []byte
	done    func()
}

// syncer writes groups into a file of zeros and syncs each, all that wait at once. It begins anew at the file's end.
type syncer struct {
	file  *os.File
	size  int64 // of the file
	queue chan submission
	over  chan struct{}
	err   error // why it ended; read it after over
	at    int64
}

// newSyncer makes the file, fills it and starts.
func newSyncer(dir string, size int64) (*syncer, error) {
	f, err := os.Create(filepath.Join(dir, "floor.log"))
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return nil, errors.Join(fmt.Errorf("floor: fill the log: %w", err), f.Close())
		}
	}
	if err := f.Sync(); err != nil {
		return nil, errors.Join(fmt.Errorf("floor: sync the log: %w", err), f.Close())
	}
	s := &syncer{file: f, size: size, queue: make(chan submission, 64), over: make(chan struct{})} // each stub has one under way
	go s.run()
	return s, nil
}

func (s *syncer) submit(records []byte, done func()) { s.queue <- submission{records, done} }

// close ends the goroutine after what was submitted.
func (s *syncer) close() error {
	close(s.queue)
	<-s.over
	return errors.Join(s.err, s.file.Close())
}

func (s *syncer) run() {
	defer close(s.over)
	var group []submission
	var batch []byte
	for first := range s.queue {
		group, batch = append(group[:0], first), append(batch[:0], first.records...)
		for len(s.queue) > 0 {
			more := <-s.queue
			group, batch = append(group, more), append(batch, more.records...)
		}
		if s.err = s.write(batch); s.err != nil {
			for range s.queue { // nobody is told that a write is safe
			}
			return
		}
		for i := range group {
			group[i].done()
		}
	}
}

func (s *syncer) write(batch []byte) error {
	for len(batch) > 0 {
		if s.at == s.size {
			s.at = 0
		}
		n := min(int64(len(batch)), s.size-s.at)
		if _, err := s.file.WriteAt(batch[:n], s.at); err != nil {
			return fmt.Errorf("floor: write the log: %w", err)
		}
		s.at += n
		batch = batch[n:]
	}
	if err := unix.Fdatasync(int(s.file.Fd())); err != nil {
		return fmt.Errorf("floor: sync the log: %w", err)
	}
	return nil
}

package wal

import (
	"errors"
	"fmt"

	"paddock/disk"
)

// segment is a log file that is being written, or will be.
type segment struct {
	f      disk.File
	name   string // within the folder; changes when the segment goes into service
	end    int64  // where the next record goes
	zeroed int64  // the file was filled with zeros up to here before it went into service
	size   int64  // of the file: what is behind the end is zeros
	block  int64  // bytes: every write is made of whole ones; 1 is no such rule
	room   []byte // where blocks are put together; begins with the bytes of the last, unfinished one
}

// roomBytesMin holds the usual batch.
const roomBytesMin = 64 << 10

// createSegment begins a file in which nothing stands yet but, in its room, the header. With syncs to come it is written past
// the page cache: the batch goes to the disk at once anyway, and nobody reads it back.
func (c Config) createSegment(name string) (*segment, error) {
	s := &segment{name: name, block: 1}
	var err error
	if c.NoSync {
		s.f, err = c.FS.Create(c.path(name))
	} else {
		s.f, s.block, err = c.FS.CreateDirect(c.path(name))
	}
	if err != nil {
		return nil, fmt.Errorf("wal: create %s: %w", c.path(name), err)
	}
	if s.block > 1 {
		s.room = disk.Aligned(roomBytesMin)
		s.end = int64(len(appendHeader(s.room[:0])))
		return s, nil
	}
	if err := s.write(appendHeader(nil)); err != nil {
		return nil, errors.Join(fmt.Errorf("wal: begin %s: %w", c.path(name), err), s.f.Close())
	}
	return s, nil
}

// write puts p at the segment's end, in whole blocks where the file asks for them: the first begins with what it holds already,
// and the last ends with the zeros that stand there.
func (s *segment) write(p []byte) error {
	if s.block == 1 {
		if _, err := s.f.WriteAt(p, s.end); err != nil {
			return err
		}
		s.end += int64(len(p))
		s.size = max(s.size, s.end)
		return nil
	}
	blocks, start := s.lay(p)
	if _, err := s.f.WriteAt(blocks, start); err != nil {
		return err
	}
	s.went(len(p))
	return nil
}

// lay puts together the whole blocks in which p goes to the segment's end, and says where they begin. They are the segment's own.
func (s *segment) lay(p []byte) (blocks []byte, start int64) {
	head := int(s.end % s.block)
	used := head + len(p)
	whole := int(roundUp(int64(used), s.block))
	if whole > len(s.room) {
		room := disk.Aligned(2 * whole)
		copy(room, s.room[:head])
		s.room = room
	}
	copy(s.room[head:], p)
	clear(s.room[used:whole])
	return s.room[:whole], s.end - int64(head)
}

// went notes that the blocks with so many new bytes were written.
func (s *segment) went(n int) {
	used := int(s.end%s.block) + n
	s.size = max(s.size, s.end-s.end%s.block+roundUp(int64(used), s.block))
	s.end += int64(n)
	copy(s.room, s.room[used-int(s.end%s.block):used])
}

func roundUp(n, block int64) int64 { return (n + block - 1) / block * block }

// finish cuts the zeros behind a segment's last record, to spare the disk 64 MiB per restart, and closes it. Apache keeps
// the zeros and reads either. Every record is durable already, so a crash in here leaves zeros and nothing worse.
func (c Config) finish(s *segment) error {
	var err error
	if s.size > s.end {
		err = s.f.Truncate(s.end)
	}
	if err == nil && !c.NoSync {
		err = s.f.Sync()
	}
	if err = errors.Join(err, s.f.Close()); err != nil {
		return fmt.Errorf("wal: finish %s: %w", c.path(s.name), err)
	}
	return nil
}

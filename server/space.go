package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"paddock/disk"
)

const (
	spaceInterval = 10 * time.Second // between two looks at the free space
	spaceRepeat   = 10 * time.Minute // between two warnings of the same folder
	spaceSegments = 2                // log segments that have to fit: the one that is filled ahead of time, and the next
)

// spaceWatch warns before a disk is full: a full disk ends the server, for nobody may be told that a write is safe. It has
// a goroutine of its own, as asking a sick disk may take long.
type spaceWatch struct {
	fs     disk.FS
	log    *slog.Logger
	places []*spacePlace
	// snapshotBytes is what the next snapshot will take, about. The processor sets it.
	snapshotBytes atomic.Int64
}

// spacePlace is a folder that has to have room.
type spacePlace struct {
	dir       string
	segments  int64 // bytes of log that have to fit
	snapshots int64 // snapshots that have to fit
	low       bool
	warned    time.Time
}

// newSpaceWatch watches the folders of a data directory; segmentBytes is the size of a log segment.
func newSpaceWatch(d dirs, segmentBytes int64, log *slog.Logger) *spaceWatch {
	w := &spaceWatch{fs: d.fs, log: log}
	segments := spaceSegments * max(segmentBytes, batchBytesMax)
	if d.log == d.snap {
		w.places = []*spacePlace{{dir: d.log, segments: segments, snapshots: 1}}
		return w
	}
	w.places = []*spacePlace{{dir: d.log, segments: segments}, {dir: d.snap, snapshots: 1}}
	return w
}

// run looks at the folders until ctx ends.
func (w *spaceWatch) run(ctx context.Context) {
	tick := time.NewTicker(spaceInterval)
	defer tick.Stop()
	for {
		w.look(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *spaceWatch) look(now time.Time) {
	for _, p := range w.places {
		free, err := w.fs.FreeBytes(p.dir)
		if err != nil {
			w.log.Warn("the free space of the data directory cannot be told", "folder", p.dir, "err", err)
			continue
		}
		p.judge(w.log, free, p.segments+p.snapshots*w.snapshotBytes.Load(), now)
	}
}

// judge warns at once when space becomes short, then from time to time, and says when there is enough again.
func (p *spacePlace) judge(log *slog.Logger, free, needed int64, now time.Time) {
	switch {
	case free >= needed && p.low:
		p.low = false
		log.Info("there is enough free space again", "folder", p.dir, "freeBytes", free, "neededBytes", needed)
	case free >= needed:
	case !p.low || now.Sub(p.warned) >= spaceRepeat:
		p.low, p.warned = true, now
		log.Warn("the disk is nearly full: it has no room for the next log segments and snapshot. "+
			"Free some space soon; the server ends when a write fails", "folder", p.dir, "freeBytes", free, "neededBytes", needed)
	}
}

// snapshotBytesAbout is what a snapshot of the tree takes: Apache's measure of paths and data, and a znode's other fields.
func (s *Server) snapshotBytesAbout() int64 {
	const fieldBytes = 4 + 4 + 8 + 60 // lengths of path and data, ACL id, stat
	t := s.proc.Tree()
	return t.ApproximateDataSize() + int64(t.Count())*fieldBytes
}

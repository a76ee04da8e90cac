package floor

import (
	"strings"

	"paddock/codec"
	"paddock/zk"
)

// Watches, with an owner only: an event loop knows nothing of the connections of another. They are set by getData and fire
// once, at setData; the events leave with the answer, after the sync. Real servers do the same and more.

// watchers are the connections that wait for one path.
type watchers struct{ list []*peerState }

// watch notes who wants to be told.
func (s *stub) watch(c *peerState, r codec.PathWatch) {
	if !r.Watch || s.watched == nil {
		return
	}
	w := s.watched[r.Path]
	if w == nil {
		w = &watchers{}
		s.watched[strings.Clone(r.Path)] = w // the path is borrowed from the frame
	}
	w.list = append(w.list, c)
}

// fire gives every watcher the event, encoded once. It comes after the change's own answer is in its buffer.
func (s *stub) fire(path string) {
	w := s.watched[path]
	if w == nil || len(w.list) == 0 {
		return
	}
	s.event = codec.AppendEvent(s.event[:0], 1, zk.EventNodeDataChanged, path)
	for _, c := range w.list {
		if !c.ended {
			c.held = append(c.held, s.event...)
			s.mark(c)
		}
	}
	clear(w.list)
	w.list = w.list[:0]
}

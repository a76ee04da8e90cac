package server

import (
	"context"
	"errors"
	"iter"
	"slices"
)

// What others want to know of the processor's state comes as a question, which is answered between two batches; what is
// long comes as a walk, which is taken a few steps at a time between batches, one walk after the other.

// errEnded is what is answered when the processor has ended, or has not begun.
var errEnded = errors.New("server: it does not serve")

// walkSteps is how many steps are taken at a time: about a tenth of a millisecond.
const walkSteps = 256

// walk is a long look at the processor's state.
type walk struct {
	ctx   context.Context //nolint:containedctx // who asks may give up between two steps
	begin func() iter.Seq[struct{}]
	next  func() (struct{}, bool)
	stop  func()
	done  chan error // gets the result, once
}

// ask runs f on the processor's goroutine and waits for it.
func (s *Server) ask(ctx context.Context, f func()) error {
	done := make(chan struct{})
	question := func() {
		f()
		close(done)
	}
	if !s.serving.Load() {
		return errEnded
	}
	select {
	case s.questions <- question:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return errEnded
	}
	<-done // it has been taken, so it is run now
	return nil
}

// walk runs a sequence on the processor's goroutine, where begin makes it too, in slices, and waits for its end. What the
// sequence fills is the caller's afterwards.
func (s *Server) walk(ctx context.Context, begin func() iter.Seq[struct{}]) error {
	w := &walk{ctx: ctx, begin: begin, done: make(chan error, 1)}
	if err := s.ask(ctx, func() { s.walks = append(s.walks, w) }); err != nil {
		return err
	}
	return <-w.done // a walk ends, at the latest with the server
}

// stepWalks goes on with the first walk and tells whether there is more to do.
func (s *Server) stepWalks() (more bool) {
	if len(s.walks) == 0 {
		return false
	}
	w := s.walks[0]
	if w.next == nil {
		w.next, w.stop = iter.Pull(w.begin())
	}
	for range walkSteps {
		if _, more := w.next(); !more {
			s.endWalk(nil)
			return len(s.walks) > 0
		}
	}
	if err := w.ctx.Err(); err != nil {
		s.endWalk(err)
	}
	return len(s.walks) > 0
}

// endWalk tells whoever waits for the first walk.
func (s *Server) endWalk(err error) {
	w := s.walks[0]
	s.walks = append(s.walks[:0], s.walks[1:]...)
	w.end(err)
}

// dropWalks ends the walks that nobody waits for any more, wherever they stand.
func (s *Server) dropWalks() {
	s.walks = slices.DeleteFunc(s.walks, func(w *walk) bool {
		err := w.ctx.Err()
		if err != nil {
			w.end(err)
		}
		return err != nil
	})
}

func (w *walk) end(err error) {
	if w.stop != nil {
		w.stop()
	}
	w.done <- err
}

// endQuestions is the end of all questions: there is no processor any more.
func (s *Server) endQuestions() {
	s.serving.Store(false)
	close(s.ended)
	for len(s.walks) > 0 {
		s.endWalk(errEnded)
	}
}

// inTurn makes one sequence of steps of several.
func inTurn(parts ...iter.Seq[struct{}]) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		for _, part := range parts {
			for range part {
				if !yield(struct{}{}) {
					return
				}
			}
		}
	}
}

// each makes steps of a visit.
func each[T any](seq iter.Seq[T], visit func(T)) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		for v := range seq {
			if visit(v); !yield(struct{}{}) {
				return
			}
		}
	}
}

// each2 is each for pairs.
func each2[A, B any](seq iter.Seq2[A, B], visit func(A, B)) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		for a, b := range seq {
			if visit(a, b); !yield(struct{}{}) {
				return
			}
		}
	}
}

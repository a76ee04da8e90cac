package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paddock/apply"
	"paddock/loop"
	"paddock/tree"
	"paddock/wal"
)

// drive is the life of the processor: on this goroutine, or, where there is one loop, on that one's.
func (s *Server) drive(ctx context.Context) error {
	tick := time.NewTicker(tickInterval(s.cfg.TickTime))
	defer tick.Stop()
	s.snapTick = time.NewTicker(snapStepInterval)
	s.snapTick.Stop()
	defer s.snapTick.Stop()
	s.begin()
	s.serving.Store(true)
	defer s.endQuestions()
	carried, err := s.carry()
	if err != nil {
		s.log.Error("the event loop cannot be made to carry the processor: stopping", "err", err)
		return fmt.Errorf("server: %w", s.end(err))
	}
	ready, committed := s.net.Ready(), s.writer.Committed()
	if carried {
		ready, committed = nil, nil
	}
	var todo work // one for all turns: it is on the heap
	for {
		todo = work{}
		var sweeping chan struct{}
		if !carried {
			sweeping = s.sweeping
		}
		select {
		case <-ctx.Done():
			if carried {
				s.net.PutDown()
			}
			if s.failed != nil { // in a last round
				return s.fail(s.failed)
			}
			return s.stop()
		case err = <-s.broken:
		case <-ready:
		case done := <-committed:
			todo.landed, todo.done = true, done
		case at := <-tick.C:
			todo.tick, todo.due = true, at
		case todo.question = <-s.questions:
		case <-s.snapTick.C:
			todo.snapshot = true
		case <-sweeping:
		}
		switch {
		case err != nil:
		case carried:
			if !s.net.Do(func() { err = s.turn(&todo) }) {
				err = errors.New("the event loop has ended")
			}
		default:
			err = s.turn(&todo)
		}
		if err != nil {
			if carried {
				s.net.PutDown()
			}
			return s.fail(err)
		}
	}
}

// work is what the driver has for the processor besides what queued up.
type work struct {
	landed   bool
	done     wal.Done // if landed
	tick     bool
	due      time.Time // of the tick
	question func()
	snapshot bool // the next step of one is due
}

// turn does some work, then what queued up. After the first error it does neither: nobody is answered any more.
func (s *Server) turn(w *work) error {
	if w.question != nil { // whoever asks waits for it, also at the end
		s.setTime()
		w.question()
	}
	if s.failed == nil {
		s.failed = s.workOff(w)
	}
	return s.failed
}

func (s *Server) workOff(w *work) error {
	switch {
	case w.landed:
		s.setTime()
		if err := s.landed(w.done); err != nil {
			return err
		}
	case w.tick:
		s.series.lagUs.Add(time.Since(w.due).Microseconds())
	case w.snapshot:
		s.stepSnapshot()
	}
	return s.pass(w.tick)
}

// carry gives the processor to the loop, if there is only one: requests and replies change goroutines, and on a small machine cores,
// no more. Whoever touches the processor, or what belongs to it, does so on the loop's goroutine from then on: in a round, or by Do.
func (s *Server) carry() (bool, error) {
	if s.net.Loops() != 1 {
		return false, nil
	}
	signal, err := s.writer.Async()
	if err != nil {
		return false, err
	}
	return s.net.Carry(func() (more bool) {
		if s.failed != nil {
			return false // the driver is about to put it down
		}
		if s.failed = s.pass(false); s.failed != nil {
			s.broken <- s.failed // there is room: this is the only one
		}
		return s.sweeping != nil
	}, signal)
}

// eventsPerTurn is after how many events the log writer and the loops get what there is for them, so that they work while
// the rest of a long list is taken. Fewer would wake them for little.
const eventsPerTurn = 64

// spareEventsMax is how large an emptied list of events may be to be used again.
const spareEventsMax = 64 << 10

// tickInterval is how often sessions are looked at: four times per tickTime, but neither madly often nor so
// seldom that a session outlives its bucket noticeably.
func tickInterval(tick time.Duration) time.Duration {
	return min(max(tick/4, 10*time.Millisecond), 500*time.Millisecond)
}

// begin does what is due once, before the first request.
func (s *Server) begin() {
	s.lastTick = s.setTime()
	s.proc.EndUnknownSessions()
	s.door.kick()
	s.tuneGC()
	if s.door.txns > 0 { // a restart from here should not replay the same again (F47)
		s.beginSnapshot()
	}
}

// pass takes everything that has queued up, and hands everything on that came of it.
func (s *Server) pass(ticked bool) error {
	start, monoMs := time.Now(), s.setTime()
	s.writer.Poll()
	s.events = s.net.Take(s.events[:0])
	if n := len(s.events); n > 0 {
		s.series.passEvents.Add(int64(n))
		defer func() { s.series.passUs.Add(time.Since(start).Microseconds()) }()
	}
	turn := 0 // events since the last hand-over
	for i := range s.events {
		if i%tree.ForeseeMax == 0 {
			s.foresee(s.events[i:])
		}
		e := &s.events[i]
		s.event(e)
		turn++
		if turn >= eventsPerTurn && i+1 < len(s.events) && s.events[i+1].Conn != e.Conn {
			turn = 0
			if err := s.handOver(); err != nil {
				return err
			}
		}
		*e = loop.Event{} // its frame is free to go
	}
	if cap(s.events) > spareEventsMax {
		s.events = nil
	}
	if ticked {
		s.tick(monoMs)
		s.dropWalks()
	}
	if err := s.handOver(); err != nil {
		return err
	}
	s.sweeping = nil
	if more := s.proc.Sweep(); s.stepWalks() || more {
		s.sweeping = s.always
	}
	s.door.kick() // what waited for a slice to end may be a write
	s.wantedSnapshots()
	if s.snapshot == nil && s.snapDue.reached(s.door) {
		s.beginSnapshot()
	}
	return nil
}

// foresee tells the processor of the next requests.
func (s *Server) foresee(next []loop.Event) {
	for i := range next[:min(len(next), tree.ForeseeMax)] {
		if next[i].Kind == loop.Frame {
			s.frames = append(s.frames, next[i].Frame)
		}
	}
	s.proc.Foresee(s.frames)
	clear(s.frames)
	s.frames = s.frames[:0]
}

// handOver applies what has become durable, and lets the log writer and the loops go on with what there is for them.
func (s *Server) handOver() error {
	s.writer.Poll()
	select {
	case done := <-s.writer.Committed():
		if err := s.landed(done); err != nil {
			return err
		}
	default:
	}
	s.door.kick()
	s.flush()
	return nil
}

// setTime tells the processor the time and gives the monotonic one.
func (s *Server) setTime() int64 {
	wallMs, monoMs := s.env.Clock()
	s.proc.SetTime(wallMs, monoMs)
	return monoMs
}

func (s *Server) event(e *loop.Event) {
	id := uint64(e.Conn)
	switch e.Kind {
	case loop.Opened:
		s.opened(e)
	case loop.Frame:
		s.proc.Frame(id, e.Frame)
	case loop.Drained:
		s.proc.Drained(id)
	case loop.Progress:
		s.proc.Progress(id)
	case loop.Closed:
		if giveUp := s.wordConns[id]; giveUp != nil {
			giveUp()
			delete(s.wordConns, id)
		}
		if e.Reason == loop.ReasonPeer || e.Reason == loop.ReasonReset {
			s.series.dropped++
		}
		delete(s.tls.secure, id)
		s.proc.Closed(id)
	case loop.Word:
		s.answerWord(e)
	}
}

// standstillMin is the shortest gap between two ticks that is more than a busy machine.
const standstillMin = 200 * time.Millisecond

// tick expires sessions, unless the process itself stood still: then clients had no chance to be heard. One tick is
// the most that can be let pass: a session of two ticks may have been silent for two thirds of one before.
func (s *Server) tick(monoMs int64) {
	gap := time.Duration(monoMs-s.lastTick) * time.Millisecond
	s.lastTick = monoMs
	if gap > max(s.cfg.TickTime, standstillMin) {
		s.log.Warn("the server stood still: sessions get a fresh interval", "gap", gap)
		s.series.pauseMs.Add(gap.Milliseconds())
		s.proc.Renew()
		return
	}
	s.proc.Tick()
	s.tuneGC()
	s.space.snapshotBytes.Store(s.snapshotBytesAbout())
}

func (s *Server) landed(done wal.Done) error {
	if done.Err != nil {
		return done.Err
	}
	s.door.landed()
	s.door.kick() // the disk need not wait until these are applied
	s.series.synced(&done)
	s.proc.Committed(done.LastZxid)
	s.series.queuedTxns.Add(int64(s.proc.Gauges().Pending))
	return nil
}

// flush posts what the processor has for the connections, one call per loop.
func (s *Server) flush() {
	s.proc.Flush(func(o apply.Out) {
		if s.guests.take(&o) {
			return
		}
		s.outs[o.Loop] = append(s.outs[o.Loop], loop.Out{
			Conn: loop.ConnID(o.Conn), DoneBytes: o.DoneBytes, Established: o.Established, Buf: o.Buf,
			Ack: o.Ack, Close: o.Close, Kill: o.Kill, Reason: o.Reason,
		})
	})
	for i, outs := range s.outs {
		if len(outs) > 0 {
			s.net.Post(i, outs)
			clear(outs)
			s.outs[i] = outs[:0]
		}
	}
}

// fail ends the server when the log cannot be written: nothing that is not durable may be answered.
func (s *Server) fail(err error) error {
	s.log.Error("the log cannot be written: stopping, unacknowledged writes are not answered", "err", err)
	return fmt.Errorf("server: %w", s.end(err))
}

// stop is the end in good order: no new connections, what was received is answered, everything is on disk.
func (s *Server) stop() error {
	s.log.Info("stopping", "zxid", fmt.Sprintf("0x%x", s.proc.Applied()))
	s.net.StopAccepting()
	if err := s.pass(false); err != nil {
		return s.fail(err)
	}
	if err := s.drain(); err != nil {
		return s.fail(err)
	}
	return s.end(nil)
}

// drain ends what is done in slices and the writes on their way, and answers them; what is answered may bring more.
func (s *Server) drain() error {
	for {
		for more := true; more; {
			more = s.proc.Sweep()
			s.flush()
		}
		s.door.kick()
		if s.proc.Idle() {
			return nil
		}
		s.writer.Settle()
		if err := s.landed(<-s.writer.Committed()); err != nil {
			return err
		}
	}
}

// end closes the connections and gives up a snapshot under way. It waits for the snapshot last: the disk may hang.
func (s *Server) end(err error) error {
	if s.snapshot != nil {
		s.snapshot.Abort()
		defer func() { <-s.snapshot.Done() }()
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if stopErr := s.net.Stop(ctx); stopErr != nil {
		s.log.Warn("some replies were not sent before the end", "err", stopErr)
	}
	return err
}

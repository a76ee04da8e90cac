package cli

import (
	"context"
	"time"

	"paddock/cli/getopt"
	"paddock/cli/link"
	"paddock/zk"
)

// streamBacklog bounds the events that wait to be printed; what comes beyond is counted and told.
const streamBacklog = 10000

// stream prints the events of a subtree until Ctrl-C. The watch goes with the command, unless it was there before.
func stream(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path := p.Args[1]
	limit, err := number(p, "c", -1)
	if err != nil {
		return err
	}
	mode, kind := link.ModeRecursive, link.KindRecursive
	if p.Has("n") {
		mode, kind = link.ModePersistent, link.KindPersistent
	}
	events, release := s.listen()
	defer release()
	had := s.link.HasWatch(path, kind)
	if err := s.link.AddWatch(ctx, path, mode); err != nil {
		return err
	}
	defer func() {
		if !had {
			_ = s.link.RemoveWatches(context.Background(), path, kind, true) // a lost session has lost its watches
		}
	}()
	if _, err := s.link.Exists(ctx, path, false); link.Code(err) == zk.ErrNoNode {
		s.complain("%s does not exist yet; its creation will show", path)
	}
	if isTerminal(s.opts.Out) && !s.set.json {
		s.complain("Watching %s; Ctrl-C ends.", path)
	}
	return s.streamEvents(ctx, events, p.Has("d"), limit)
}

func (s *Shell) streamEvents(ctx context.Context, events <-chan link.Event, withData bool, limit int) error {
	for seen := 0; seen != limit; {
		select {
		case e := <-events:
			if e.Type != link.EventNone {
				seen++
			}
			if err := s.showEvent(ctx, e, withData); err != nil {
				return err
			}
			if e.Type == link.EventNone && !s.link.State().Alive() {
				return &link.Error{Code: zk.ErrSessionExpired}
			}
		case <-ctx.Done():
			return nil // that is how it is meant to end
		}
	}
	return nil
}

// listen diverts the events from the screen to a channel.
func (s *Shell) listen() (events <-chan link.Event, release func()) {
	backlog := make(chan link.Event, streamBacklog)
	lost := 0
	s.mu.Lock()
	s.listener = func(e link.Event) {
		select {
		case backlog <- e:
		default:
			lost++
		}
	}
	s.mu.Unlock()
	return backlog, func() {
		s.mu.Lock()
		s.listener = nil
		n := lost
		s.mu.Unlock()
		if n > 0 {
			s.complain("%s came too fast to be printed", counted(n, "event"))
		}
	}
}

func (s *Shell) showEvent(ctx context.Context, e link.Event, withData bool) error {
	var data []byte
	read := withData && (e.Type == zk.EventNodeCreated || e.Type == zk.EventNodeDataChanged)
	if read {
		var err error
		if data, _, err = s.link.Get(ctx, e.Path, false); err != nil && !refusal(err) && !link.Interrupted(err) {
			return err
		}
	}
	now := s.opts.Now()
	if s.set.json {
		out := eventJSON(e)
		out["time"] = now.UTC().Format(time.RFC3339Nano)
		if read {
			out["data"] = toData(data)
		}
		s.printJSON(out)
		return nil
	}
	what := e.Path
	if e.Type == link.EventNone {
		what = "(" + e.State + ")"
	}
	s.printf("%s  %-19s  %s\n", now.Format("15:04:05.000"), link.TypeName(e.Type), safeName(what))
	if read && len(data) > 0 {
		s.write(append(data, '\n'))
	}
	return nil
}

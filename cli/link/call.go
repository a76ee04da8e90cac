package link

import (
	"bytes"
	"context"
	"errors"

	"paddock/client"
	"paddock/zk"
)

// Pending is a request under way.
type Pending struct {
	path   string
	link   *Link
	answer chan outcome
}

type outcome struct {
	body []byte // a copy
	code zk.Err
	lost bool
}

// send waits for a connection, at most until the attempt under way has failed, and sends one request. then runs on the reading
// goroutine with the answer's code, before the next event is looked at; it may be nil and may change the code.
func (l *Link) send(ctx context.Context, path string, put func(*client.Client, client.Handler) error, then func(zk.Err) zk.Err,
) (*Pending, error) {
	conn, err := l.current(ctx, path)
	if err != nil {
		return nil, err
	}
	p := &Pending{path: path, link: l, answer: make(chan outcome, 1)} // holds the answer even if nobody waits any more
	err = put(conn, func(r *client.Reply) {
		got := outcome{code: r.Code, lost: r.Lost != nil}
		if got.lost {
			got.code = ErrConnectionLoss
		}
		if then != nil {
			got.code = then(got.code)
		}
		if got.code == zk.ErrOK {
			got.body = bytes.Clone(r.Body)
		}
		p.answer <- got
	})
	if err != nil {
		return nil, l.lostError(path)
	}
	return p, nil
}

// current gives the connection.
func (l *Link) current(ctx context.Context, path string) (*client.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for attempts := l.attempts; ; {
		switch {
		case !l.state.Alive():
			return nil, &Error{Code: deadCode(l.state), Path: path}
		case l.conn != nil:
			return l.conn, nil
		case l.attempts != attempts:
			return nil, &Error{Code: ErrConnectionLoss, Path: path}
		}
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			l.mu.Lock()
			return nil, ctx.Err()
		}
		l.mu.Lock()
	}
}

// flush lets what was sent leave.
func (l *Link) flush() {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if conn != nil {
		conn.Flush()
	}
}

// wait gives the body of the answer, which is the caller's.
func (p *Pending) wait(ctx context.Context) ([]byte, error) {
	select {
	case got := <-p.answer:
		switch {
		case got.code == ErrConnectionLoss && got.lost:
			return nil, p.link.lostError(p.path)
		case got.code != zk.ErrOK:
			return nil, &Error{Code: got.code, Path: p.path}
		}
		return got.body, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// do sends and waits.
func (l *Link) do(ctx context.Context, path string, put func(*client.Client, client.Handler) error, then func(zk.Err) zk.Err,
) ([]byte, error) {
	p, err := l.send(ctx, path, put, then)
	if err != nil {
		return nil, err
	}
	l.flush()
	return p.wait(ctx)
}

// lostError says why an answer did not come, from where the Link stands now.
func (l *Link) lostError(path string) error {
	return &Error{Code: deadCode(l.State()), Path: path}
}

// deadCode is what the Java client makes of requests that no server answered (ClientCnxn.conLossPacket).
func deadCode(s State) zk.Err {
	switch s {
	case AuthFailed:
		return zk.ErrAuthFailed
	case Closed:
		return zk.ErrSessionExpired
	default:
		return ErrConnectionLoss
	}
}

// Interrupted tells whether an error is the caller's own wish.
func Interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

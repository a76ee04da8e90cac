package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"paddock/client"
	"paddock/zk"
)

// Session timeouts. lastingTimeout outlives any pause of a loaded machine; fleetingTimeout expires while we watch.
const (
	lastingTimeout  = 10 * time.Minute
	fleetingTimeout = 600 * time.Millisecond
)

// role is how a worker treats its sessions.
type role int

const (
	lasting  role = iota // comes back to its session after each restart, and now and then closes it for a new one
	fleeting             // opens a session, writes a little, and leaves it to expire
	auditor              // reads everything once after each start
)

// worker is one client over the whole life of a directory. Everything in it belongs to its own goroutine, but for what
// learn keeps, which the connection's lock guards.
type worker struct {
	number   int
	role     role
	plan     plan
	site     *site
	session  *client.Session
	lastZxid int64
	closing  bool // the session's end was asked for, without an answer so far

	ops      []*operation
	trails   []*trail
	expiring []int64 // its sessions that nobody keeps alive

	versions map[string]int32 // by path, as last seen
	own      []string         // sequential znodes to delete
}

func newWorker(number int, r role, s *site, seed uint64) *worker {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	return &worker{
		number: number, role: r, site: s, plan: plan{rng: rng, worker: number}, versions: map[string]int32{},
	}
}

// run works on each life of the server until the last one is over.
func (w *worker) run(ctx context.Context) error {
	for life := 0; ; {
		addr, current, ok := w.site.await(life)
		if !ok {
			return w.leave(ctx)
		}
		t, err := w.connect(ctx, addr, current)
		if err != nil {
			return err
		}
		if t == nil { // the server is gone again, or this one has nothing left for us
			time.Sleep(time.Millisecond)
			continue
		}
		goOn := w.work(t)
		if err := w.put(t); err != nil {
			return err
		}
		if w.role == fleeting && goOn {
			w.session = nil // one session has one connection in each life: that is how the log tells its requests apart
		}
		if w.role == auditor && goOn {
			life = current // once per life is enough
		}
	}
}

// connect opens a connection with the worker's session, or with a new one. nil, without an error: try again.
func (w *worker) connect(ctx context.Context, addr string, life int) (*talk, error) {
	t := &talk{now: w.site.now, life: life, trail: &trail{worker: w.number}, room: make(chan struct{}, 1+w.plan.rng.IntN(5))}
	opts := client.Options{
		SessionTimeout: lastingTimeout, Resume: w.session, LastZxidSeen: w.lastZxid, OnEvent: t.event, Timeout: patience,
	}
	if w.role == fleeting {
		opts.SessionTimeout = fleetingTimeout
	}
	called := w.site.now()
	conn, err := client.Dial(ctx, addr, opts)
	if refusal, is := errors.AsType[*client.Error](err); is {
		return nil, w.refused(refusal, called, life)
	}
	if err != nil {
		return nil, nil //nolint:nilerr // a server that was killed: the next one will answer
	}
	session := conn.Session()
	if w.role == fleeting && w.session == nil {
		w.expiring = append(w.expiring, session.ID)
	}
	t.conn, w.session, w.closing = conn, &session, false
	t.trail.session = session.ID
	t.learn = w.learn
	return t, nil
}

// refused is right for a session whose end was asked for, or that nobody kept alive.
func (w *worker) refused(err error, called time.Duration, life int) error {
	if w.session == nil || w.role != fleeting && !w.closing {
		return fmt.Errorf("crash: worker %d: session %+v, which nobody has ended, was refused: %w", w.number, w.session, err)
	}
	w.ops = append(w.ops, &operation{
		kind: kindGone, worker: w.number, session: w.session.ID, life: life, family: everyFamily, called: called, returned: w.site.now(),
	})
	w.session, w.closing = nil, false
	return nil
}

// work sends requests until the server or the session has ended, the site closes, or there is nothing more to do. It
// returns false if the connection broke.
func (w *worker) work(t *talk) bool {
	if w.role == auditor {
		return w.audit(t)
	}
	left := -1
	if w.role == fleeting {
		left = 5 + w.plan.rng.IntN(40)
	}
	for ; left != 0 && !w.site.closed(); left-- {
		if w.role == lasting && w.plan.rng.IntN(150) == 0 {
			w.closing = true
			return w.send(t, &operation{kind: kindClose, worker: w.number, family: everyFamily})
		}
		t.mu.Lock()
		o := w.plan.next(w.versions, &w.own)
		t.mu.Unlock()
		if !w.send(t, o) {
			return false
		}
	}
	return true
}

func (w *worker) send(t *talk, o *operation) bool {
	sent := t.send(o)
	if sent {
		w.ops = append(w.ops, o)
	}
	return sent
}

// audit reads every znode of every family.
func (w *worker) audit(t *talk) bool {
	for family := range families {
		list := &operation{kind: kindList, worker: w.number, family: family}
		if !w.send(t, list) {
			return false
		}
		for range cap(t.room) { // until the answer is there, and nothing else is under way
			select {
			case t.room <- struct{}{}:
			case <-t.conn.Done():
				return false
			}
		}
		for range cap(t.room) {
			<-t.room
		}
		for _, name := range list.names {
			if !w.send(t, &operation{kind: kindGet, worker: w.number, family: family, name: name}) {
				return false
			}
		}
	}
	return true
}

// learn keeps what later requests build on. The connection's lock is held.
func (w *worker) learn(o *operation) {
	w.site.answers.Add(1)
	if (o.kind == kindGet || o.kind == kindExists) && o.code == zk.ErrOK {
		w.versions[childPath(o.family, o.name)] = o.stat.Version
	}
	if o.kind == kindWrite && o.succeeded() {
		for i := range o.parts {
			if o.parts[i].mode.Sequential() {
				w.own = append(w.own, o.results[i].Path)
			}
		}
	}
}

// put ends a connection and files what came over it.
func (w *worker) put(t *talk) error {
	if err := t.finish(); err != nil {
		return err
	}
	w.lastZxid = max(w.lastZxid, t.conn.LastZxid())
	w.trails = append(w.trails, t.trail)
	closed := slices.ContainsFunc(t.trail.arrivals, func(a arrival) bool { return a.op != nil && a.op.kind == kindClose })
	if closed {
		w.session, w.closing = nil, false
	}
	return nil
}

// leave ends the session at the last server, so that its ephemerals must go; a fleeting worker just goes.
func (w *worker) leave(ctx context.Context) error {
	if w.role == fleeting || w.session == nil {
		return nil
	}
	addr, life := w.site.last()
	t, err := w.connect(ctx, addr, life)
	if err != nil || t == nil {
		return errors.Join(err, ctx.Err())
	}
	w.send(t, &operation{kind: kindClose, worker: w.number, family: everyFamily})
	return w.put(t)
}

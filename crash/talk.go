package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// talk is one connection of a worker: it sends operations and keeps what comes back. The sender is the worker's goroutine;
// handlers and events run on the connection's.
type talk struct {
	conn  *client.Client
	trail *trail
	now   func() time.Duration
	life  int
	sent  int32
	room  chan struct{} // holds one for each request under way

	mu    sync.Mutex
	learn func(*operation) // called with mu held, for each answer
	err   error            // an answer that cannot be read
}

// send sends one request and returns false when the connection has ended before it could leave.
func (t *talk) send(o *operation) bool {
	select {
	case t.room <- struct{}{}:
	case <-t.conn.Done():
		return false
	}
	o.session, o.life, o.called = t.conn.Session().ID, t.life, t.now()
	done := func(r *client.Reply) {
		t.answer(o, r)
		<-t.room
	}
	if err := t.post(o, done); err != nil { // nothing was sent, and done is not called
		return false
	}
	t.sent++
	o.xid = t.sent
	t.conn.Flush()
	return true
}

func (t *talk) post(o *operation, done client.Handler) error {
	path := childPath(o.family, o.name)
	switch o.kind {
	case kindWrite:
		parts := requests(o)
		if o.multi {
			return t.conn.SendMulti(parts, 0, done)
		}
		return t.single(&parts[0], done)
	case kindGet:
		return t.conn.SendRead(zk.OpGetData, path, o.watch, 0, done)
	case kindExists:
		return t.conn.SendRead(zk.OpExists, path, o.watch, 0, done)
	case kindList:
		return t.conn.SendRead(zk.OpGetChildren2, path, o.watch, 0, done)
	case kindSync:
		return t.conn.SendPath(zk.OpSync, path, 0, done)
	case kindAddWatch:
		const persistent = 0
		return t.conn.SendRequest(zk.OpAddWatch, codec.AppendInt32(codec.AppendString(nil, path), persistent), 0, done)
	case kindClose:
		return t.conn.SendRequest(zk.OpCloseSession, nil, 0, done)
	case kindGone:
	}
	panic(fmt.Sprintf("crash: %s cannot be sent", o))
}

func (t *talk) single(p *client.Part, done client.Handler) error {
	switch p.Op {
	case zk.OpCreate2:
		return t.conn.SendCreate(p.Op, &codec.CreateRequest{Path: p.Path, Data: p.Data, ACL: p.ACL, Mode: p.Mode}, 0, done)
	case zk.OpSetData:
		return t.conn.SendSetData(p.Path, p.Data, p.Version, 0, done)
	case zk.OpDelete:
		return t.conn.SendDelete(p.Path, p.Version, 0, done)
	default: // check goes only in a multi: alone, servers do not take it
		panic("crash: a single " + p.Op.String())
	}
}

// requests are the parts as the client takes them.
func requests(o *operation) []client.Part {
	var parts []client.Part
	for i := range o.parts {
		p := &o.parts[i]
		parts = append(parts, client.Part{
			Op: p.op, Path: childPath(o.family, p.name), Data: []byte(p.data), ACL: zk.OpenACL(), Mode: p.mode, Version: p.version,
		})
	}
	return parts
}

// answer keeps what came back. It runs on the reading goroutine.
func (t *talk) answer(o *operation, r *client.Reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.Lost != nil {
		o.lost = true
		return
	}
	o.returned, o.zxid, o.code = t.now(), r.Zxid, r.Code
	if err := o.decode(r); err != nil && t.err == nil {
		t.err = fmt.Errorf("crash: answer to %s: %w", o, err)
	}
	t.trail.arrivals = append(t.trail.arrivals, arrival{op: o})
	if t.learn != nil {
		t.learn(o)
	}
}

func (t *talk) event(e client.Event) { t.trail.arrivals = append(t.trail.arrivals, arrival{event: e}) }

func (o *operation) decode(r *client.Reply) error {
	if o.code != zk.ErrOK {
		if o.kind == kindWrite && !o.multi {
			o.results = []client.PartResult{{Op: o.parts[0].op, Code: o.code}}
		}
		return nil
	}
	d := codec.NewDecoder(r.Body)
	switch o.kind {
	case kindWrite:
		return o.decodeWrite(&d, r)
	case kindGet:
		o.data, o.stat = string(d.Buffer()), d.Stat()
	case kindExists:
		o.stat = d.Stat()
	case kindList:
		for _, name := range d.Strings() {
			o.names = append(o.names, strings.Clone(name))
		}
		slices.Sort(o.names)
		o.stat = d.Stat()
	case kindSync, kindAddWatch, kindClose, kindGone:
	}
	return d.Err()
}

func (o *operation) decodeWrite(d *codec.Decoder, r *client.Reply) (err error) {
	if o.multi {
		o.results, err = client.DecodeMulti(r.Body, nil)
		for i := range o.results {
			o.results[i].Path = strings.Clone(o.results[i].Path)
		}
		return err
	}
	got := client.PartResult{Op: o.parts[0].op}
	switch got.Op {
	case zk.OpCreate2:
		got.Path, got.Stat = strings.Clone(d.Path()), d.Stat()
	case zk.OpSetData:
		got.Stat = d.Stat()
	default:
	}
	o.results = []client.PartResult{got}
	return d.Err()
}

// finish waits for the answers under way, ends the connection, and tells of answers that could not be read.
func (t *talk) finish() error {
	for range cap(t.room) {
		select {
		case t.room <- struct{}{}:
		case <-t.conn.Done():
		}
	}
	t.conn.Disconnect()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

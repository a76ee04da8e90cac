package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"paddock/interop"
)

// record runs a client through a proxy and stores the first pair of request and reply of each kind, and a summary of what
// the client sent.
func record(server *interop.Server, client, out string, run func(addr string, restart func(kill bool) error) error) error {
	proxy, err := interop.NewProxy(server.Addr())
	if err != nil {
		return err
	}
	err = errors.Join(run(proxy.Addr(), proxy.Restarter(server)), proxy.Close())
	if err != nil {
		return fmt.Errorf("capture: %s: %w", client, err)
	}
	k := &keeper{client: client, out: out, seen: map[string]bool{}, sent: map[string]int{}}
	conns := map[int]*dialogue{}
	for _, f := range proxy.Frames() {
		d := conns[f.Conn]
		if d == nil {
			d = &dialogue{keeper: k}
			conns[f.Conn] = d
		}
		if err := d.take(f); err != nil {
			return err
		}
	}
	return k.summary()
}

// keeper decides which frames of one client are stored: the first of each name.
type keeper struct {
	client, out string
	seen        map[string]bool
	sent        map[string]int
}

func (k *keeper) pair(name string, request, reply []byte) error {
	if k.seen[name] || len(request)+len(reply) > 4<<10 {
		return nil
	}
	k.seen[name] = true
	if err := store(k.out, name+".request", k.client+" to Apache 3.9.5: "+name, request); err != nil {
		return err
	}
	return store(k.out, name+".reply", "Apache 3.9.5 to "+k.client+": "+name, reply)
}

func (k *keeper) event(name string, frame []byte) error {
	if k.seen[name] {
		return nil
	}
	k.seen[name] = true
	return store(k.out, name, "Apache 3.9.5 to "+k.client+": "+name, frame)
}

func (k *keeper) summary() error {
	var lines []string
	for name, n := range k.sent {
		lines = append(lines, fmt.Sprintf("%-20s %d", name, n))
	}
	slices.Sort(lines)
	return os.WriteFile(filepath.Join(k.out, "sent.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

// dialogue pairs the requests and replies of one connection: replies come in the order of requests, except those of auth
// and ping, which have xids of their own.
type dialogue struct {
	keeper  *keeper
	hello   []byte
	greeted bool
	waiting []waiting
}

type waiting struct {
	xid   int32
	name  string
	frame []byte
}

func (d *dialogue) take(f interop.Recorded) error {
	r := interop.Read(f.Frame[4:])
	switch {
	case f.ToServer && d.hello == nil:
		d.hello = f.Frame
		return nil
	case f.ToServer:
		w := waiting{xid: r.Int(), name: opName(r.Int()), frame: f.Frame}
		d.keeper.sent[w.name]++
		d.waiting = append(d.waiting, w)
		return r.Err
	case !d.greeted:
		d.greeted = true
		return d.greeting(f.Frame)
	}
	return d.reply(f.Frame, r)
}

func (d *dialogue) greeting(reply []byte) error {
	request, answer := interop.Read(d.hello[4:]), interop.Read(reply[4:])
	request.Int()
	request.Long()
	request.Int()
	answer.Long()
	name := "connect"
	switch asked, got := request.Long(), answer.Long(); {
	case got == 0:
		name = "connect-refused"
	case asked != 0:
		name = "connect-renew"
	}
	d.keeper.sent[name]++
	return d.keeper.pair(name, d.hello, reply)
}

func (d *dialogue) reply(frame []byte, r *interop.Reader) error {
	xid := r.Int()
	r.Long()
	code := r.Int()
	if xid == -1 {
		return d.keeper.event(eventName(r.Int()), frame)
	}
	i := slices.IndexFunc(d.waiting, func(w waiting) bool { return w.xid == xid })
	if i < 0 {
		return fmt.Errorf("capture: %s: a reply to xid %d that nobody asked", d.keeper.client, xid)
	}
	w := d.waiting[i]
	d.waiting = slices.Delete(d.waiting, i, i+1)
	name := w.name
	if code != 0 {
		name += "-" + codeName(code)
	} else if w.name == "multi" && r.Int() == -1 && !r.Bool() {
		name += "-failed"
	}
	return d.keeper.pair(name, w.frame, frame)
}

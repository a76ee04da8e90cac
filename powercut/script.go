package powercut

import (
	"bytes"
	"fmt"

	"paddock/zk"
)

const (
	longMs  = 20 * tickMs // the longest timeout that the server grants
	shortMs = 2 * tickMs  // the shortest
)

// opening makes three sessions and some znodes, large ones too, so that a snapshot takes several slices.
func (w *World) opening() {
	for _, timeoutMs := range []int32{longMs, longMs, shortMs} {
		w.open(timeoutMs)
	}
	w.drain()
	c := w.clients[0]
	for _, path := range []string{"/app", "/app/q", "/app/big"} {
		c.create(path, nil, zk.OpenACL(), zk.ModePersistent)
	}
	for i := range 6 {
		c.create(fmt.Sprintf("/app/big/%d", i), w.data(16<<10), zk.OpenACL(), zk.ModePersistent)
	}
	for i, c := range w.clients {
		c.create(fmt.Sprintf("/app/mine-%d", i), []byte("here"), zk.OpenACL(), zk.ModeEphemeral)
	}
	w.drain()
}

// steps sends random requests of every kind, with calls on the disk let through and time going by in between. A third on, the
// third session's client goes away, and at two thirds the second session is closed.
func (w *World) steps(n int) {
	for i := range n {
		switch {
		case w.err != nil || w.dead():
			return
		case i == n/3 && len(w.clients) > 2 && !w.clients[2].ended:
			w.expire(w.clients[2])
		case i == 2*n/3 && len(w.clients) > 1 && !w.clients[1].ended:
			w.clients[1].close()
			w.clients[1].ended = true
			w.open(longMs)
		default:
			w.step(w.anyone(), i)
		}
		for range w.rng.IntN(7) {
			w.let()
		}
		if w.rng.IntN(3) == 0 {
			w.pass(1)
		}
	}
	w.drain()
}

// anyone is a client with a session.
func (w *World) anyone() *client {
	var able []*client
	for _, c := range w.clients {
		if c.known && !c.ended {
			able = append(able, c)
		}
	}
	return able[w.rng.IntN(len(able))]
}

// expire lets a client go away, and its session end for that.
func (w *World) expire(c *client) {
	w.drain() // so that nothing comes between
	c.leave()
	w.hist.write(w.wallMs(), func(t *change) zk.Err {
		t.end(c.session)
		return zk.ErrOK
	})
	for range 4 * shortMs / 10 {
		for _, other := range w.clients {
			if other.known && !other.ended {
				other.ping()
			}
		}
		w.pass(10)
		w.drain()
	}
}

func (w *World) step(c *client, i int) {
	path := w.path()
	switch w.rng.IntN(14) {
	case 0, 1:
		c.create(fmt.Sprintf("/app/n%d", i), w.data(w.rng.IntN(900)), zk.OpenACL(), zk.ModePersistent)
	case 2:
		c.create(path+"/below", nil, zk.OpenACL(), zk.ModePersistent)
	case 3:
		c.create("/app/q/s-", w.data(30), zk.OpenACL(), zk.ModePersistentSequential)
	case 4:
		c.create(fmt.Sprintf("/app/e%d", i), []byte("e"), zk.OpenACL(), zk.ModeEphemeral)
	case 5:
		c.create("/app/q/t-", nil, zk.OpenACL(), zk.ModeEphemeralSequential)
	case 6, 7:
		c.setData(path, w.data(w.rng.IntN(1500)), -1)
	case 8:
		c.setData(path, w.data(10), int32(w.rng.IntN(3)))
	case 9, 10:
		c.delete(path, int32(w.rng.IntN(3)-1))
	case 11:
		c.setACL(path, []zk.ACL{zk.OpenACL()[0], {Perms: 5, ID: zk.ID{Scheme: "ip", ID: fmt.Sprintf("10.0.0.%d", w.rng.IntN(5))}}}, -1)
	case 12:
		c.multi(fmt.Sprintf("/app/m%d", i), path, w.path(), w.data(100), int32(w.rng.IntN(3)))
	default:
		c.read(path)
	}
}

// path is one that most probably exists, and that may have children if it is no ephemeral.
func (w *World) path() string {
	all := w.hist.last().below("/app")
	if len(all) == 0 {
		return "/app"
	}
	return all[w.rng.IntN(len(all))]
}

// data is n bytes that differ from one call to the next, with runs of zeros in them.
func (w *World) data(n int) []byte {
	b := bytes.Repeat([]byte(fmt.Sprintf("%d-", w.rng.Int())), n/8+1)[:n]
	if n > 200 && w.rng.IntN(3) == 0 {
		clear(b[n/4 : n/2])
	}
	return b
}

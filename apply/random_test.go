package apply

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

// A seeded storm of operations from several sessions, made durable in random portions: the processor's own
// assertions hold, and what was logged gives the same tree again.
func TestWhatIsLoggedGivesTheSameTreeAgain(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			h := newHouse(t)
			r := rand.New(rand.NewPCG(seed, 1))
			clients := []*client{h.client(), h.client(), h.client()}
			for i := range 2000 {
				c := clients[r.IntN(len(clients))]
				op, body := randomRequest(r)
				if op == zk.OpCloseSession {
					c.send(op, body)
					h.commit()
					for k := range clients {
						if clients[k] == c {
							clients[k] = h.client()
						}
					}
					continue
				}
				c.send(op, body)
				if r.IntN(10) == 0 {
					h.commit()
				}
				if i%500 == 0 {
					h.pass(100)
				}
			}
			h.commit()
			for _, c := range clients {
				for _, f := range c.got() {
					if f.event == nil && f.Err == zk.ErrMarshallingError {
						t.Errorf("a well-formed request got %v", f.Err)
					}
				}
			}
			if n := h.p.Stats().Outstanding; n != 0 {
				t.Errorf("%d requests outstanding in the end", n)
			}
			h.checkReplay()
		})
	}
}

func randomRequest(r *rand.Rand) (zk.Op, []byte) {
	path := fmt.Sprintf("/%c", 'a'+rune(r.IntN(4)))
	for range r.IntN(3) {
		path += fmt.Sprintf("/%c", 'a'+rune(r.IntN(3)))
	}
	version := int32(r.IntN(4)) - 1
	switch r.IntN(20) {
	case 0, 1, 2, 3, 4:
		return zk.OpCreate, createWith(path, []byte(path), zk.CreateMode(r.IntN(4)), zk.OpenACL())
	case 5, 6:
		return zk.OpCreate2, createWith(path, nil, zk.CreateMode(r.IntN(4)), zk.OpenACL())
	case 7, 8, 9:
		return zk.OpDelete, pathVersion(path, version)
	case 10, 11:
		return zk.OpSetData, setData(path, fmt.Sprint(r.Int()), version)
	case 12:
		return zk.OpSetACL, codec.AppendSetACLRequest(nil, path, zk.OpenACL(), version)
	case 13:
		return zk.OpGetChildren2, pathWatch(path, true)
	case 14:
		return zk.OpExists, pathWatch(path, true)
	case 15, 16, 17:
		var parts []any
		for range r.IntN(5) {
			op, body := randomRequest(r)
			switch op {
			case zk.OpCreate, zk.OpCreate2, zk.OpDelete, zk.OpSetData:
				parts = append(parts, op, body)
			default:
				parts = append(parts, zk.OpCheck, pathVersion(path, version))
			}
		}
		return zk.OpMulti, multiBody(parts...)
	case 18:
		if r.IntN(10) == 0 {
			return zk.OpCloseSession, nil
		}
		return zk.OpPing, nil
	default:
		return zk.OpGetData, pathWatch(path, true)
	}
}

package main

import (
	"fmt"
	"strings"

	"paddock/interop"
	"paddock/zk"
)

// compareTrees reads every znode on both sides as super.
func (r *run) compareTrees() error {
	for n := range r.slots {
		if r.slots[n].conns[0] != nil {
			if err := r.settle(n); err != nil {
				return err
			}
		}
	}
	if err := r.compareCounts(); err != nil {
		return err
	}
	const n = 0
	r.hangUp(n)
	r.slots[n].memory = nil
	if err := r.connect(n, hello{tail: []byte{0}, timeout: 400_000}); err != nil {
		return err
	}
	if !r.plan.variant.noDigest {
		if err := r.ask(n, []request{r.plan.auth("digest", "super:"+interop.SuperSecret)}); err != nil {
			return err
		}
	}
	for todo := []string{"/"}; len(todo) > 0; todo = todo[1:] {
		names, err := r.compareNode(n, todo[0])
		if err != nil {
			return err
		}
		for _, name := range names {
			todo = append(todo, strings.TrimSuffix(todo[0], "/")+"/"+name)
		}
	}
	for _, s := range r.pair {
		if fault := s.clock.backwards(); fault != "" {
			return &mismatch{text: fmt.Sprintf("%s: %s", s.name, fault)}
		}
	}
	return nil
}

// compareNode reads all of one znode and returns its children's names.
func (r *run) compareNode(n int, path string) (names []string, err error) {
	for _, op := range []zk.Op{zk.OpGetData, zk.OpGetACL, zk.OpGetChildren2} {
		r.plan.xid++
		q := request{xid: r.plan.xid, op: op, path: path, note: "tree"}
		b := interop.Body(nil).String(path)
		if op != zk.OpGetACL {
			b = b.Bool(false)
		}
		q.body = b
		if err := r.ask(n, []request{q}); err != nil {
			return nil, err
		}
	}
	return r.plan.children, nil
}

package interop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Workload is a series of requests that depends on its seed alone: every kind of znode, data and access list, several
// sessions, multis, deletes and failures. Run twice on fresh servers it gets the same answers, but for times and session ids.
type Workload struct {
	Seed         uint64
	Base         string // a znode below which everything happens
	Steps        int
	BigDataBytes int  // the largest data; 200 KB is common
	Only34       bool // leave out create2, which came with 3.5
}

// Left is what a workload leaves behind.
type Left struct {
	Sessions []Session // open, with ephemerals; their connections were dropped
	Answers  []string  // each answer in order, without times and session ids
}

// names of the sessions by what they authenticated as; the last one is closed half-way.
const (
	asAlice = iota
	asBob
	asNobody
	closing
	sessions
)

type worker struct {
	Workload
	rng     *rand.Rand
	conns   [sessions]*Conn
	paths   []string // created by us and, as far as we know, still there
	serial  int
	answers []string
}

// Run sends the requests one at a time. Only an answer that no server may give is an error.
func (w Workload) Run(addr string) (Left, error) {
	r := &worker{Workload: w, rng: rand.New(rand.NewPCG(w.Seed, 1))}
	for i := range r.conns {
		c, err := Dial(addr, Hello{Session: Session{Timeout: time.Minute}})
		if err != nil {
			return Left{}, err
		}
		defer func() { _ = c.Drop() }()
		r.conns[i] = c
	}
	err := errors.Join(r.conns[asAlice].Auth("digest", "alice:wonder"), r.conns[asBob].Auth("digest", "bob:builder"))
	if err != nil {
		return Left{}, err
	}
	if err := r.run(); err != nil {
		return Left{}, err
	}
	left := Left{Answers: r.answers}
	for _, c := range r.conns[:closing] {
		left.Sessions = append(left.Sessions, c.Session)
	}
	return left, nil
}

func (r *worker) run() error {
	if err := r.opening(); err != nil {
		return err
	}
	for step := range r.Steps {
		if step == r.Steps/2 {
			if err := r.do(closing, OpCloseSession, nil); err != nil {
				return err
			}
		}
		who := r.rng.IntN(closing)
		if step < r.Steps/2 {
			who = r.rng.IntN(sessions)
		}
		if err := r.step(who); err != nil {
			return err
		}
	}
	return nil
}

// opening makes what every run must have: each session's ephemerals, a deep chain, null, empty and big data.
func (r *worker) opening() error {
	var all error
	create := func(who int, path string, data []byte, acl []ACL, flags int32) {
		all = errors.Join(all, r.do(who, OpCreate, CreateBody(r.Base+path, data, acl, flags)))
		if flags == 0 {
			r.paths = append(r.paths, r.Base+path)
		}
	}
	create(asNobody, "", nil, Open(), 0)
	for who := range r.conns {
		create(who, fmt.Sprintf("/eph-%d", who), []byte("mine"), Open(), Ephemeral)
		create(who, "/seq-", nil, Open(), Ephemeral|Sequential)
	}
	for _, deep := range chain(12) {
		create(asAlice, deep, []byte(deep), Open(), 0)
	}
	create(asBob, "/null", nil, Open(), 0)
	create(asBob, "/empty", []byte{}, Open(), 0)
	create(asBob, "/big", r.data(r.BigDataBytes), Open(), 0)
	create(asAlice, "/gr\u00fc\u00df-\u65e5\u672c", []byte("u"), Open(), 0)
	for i, acl := range r.lists() {
		create(asAlice, fmt.Sprintf("/acl-%d", i), []byte("guarded"), acl, 0)
	}
	return all
}

// chain returns the paths of n znodes, each below the one before.
func chain(n int) []string {
	paths := []string{"/d0"}
	for i := 1; i < n; i++ {
		paths = append(paths, fmt.Sprintf("%s/d%d", paths[i-1], i))
	}
	return paths
}

// lists are access lists of several kinds; "auth" works for those who have authenticated.
func (r *worker) lists() [][]ACL {
	anyone := ACL{Perms: 1, Scheme: "world", ID: "anyone"}
	return [][]ACL{
		Open(),
		{{Perms: 31, Scheme: "auth"}},
		{{Perms: 31, Scheme: "digest", ID: DigestID("alice", "wonder")}, anyone},
		{{Perms: 29, Scheme: "ip", ID: "127.0.0.1"}, {Perms: 3, Scheme: "ip", ID: "10.1.0.0/16"}},
		{anyone, {Perms: 30, Scheme: "world", ID: "anyone"}, anyone},
		{{Perms: 15, Scheme: "auth"}, {Perms: 16, Scheme: "digest", ID: DigestID("bob", "builder")}, anyone},
	}
}

func (r *worker) data(bytesMax int) []byte {
	data := make([]byte, bytesMax)
	for i := range data {
		data[i] = byte(r.rng.Uint32())
	}
	return data
}

// someData is null, empty, small, or now and then as big as allowed.
func (r *worker) someData() []byte {
	switch n := r.rng.IntN(100); {
	case n < 10:
		return nil
	case n < 20:
		return []byte{}
	case n < 21:
		return r.data(r.BigDataBytes)
	}
	return r.data(r.rng.IntN(100))
}

func (r *worker) somePath() string { return r.paths[r.rng.IntN(len(r.paths))] }

func (r *worker) someACL() []ACL {
	lists := r.lists()
	return lists[r.rng.IntN(len(lists))]
}

func (r *worker) step(who int) error {
	path := r.somePath()
	switch n := r.rng.IntN(100); {
	case n < 30:
		return r.create(who, path)
	case n < 45:
		return r.do(who, OpSetData, SetDataBody(path, r.someData(), int32(r.rng.IntN(3)-1)))
	case n < 55:
		return r.delete(who, path)
	case n < 62:
		return r.do(who, OpSetACL, SetACLBody(path, r.someACL(), int32(r.rng.IntN(3)-1)))
	case n < 70:
		return r.multi(who, path)
	case n < 76:
		return r.do(who, OpDelete, DeleteBody(path+"/nothing", -1))
	case n < 82:
		return r.do(who, OpGetData, WatchBody(path, false))
	case n < 88:
		return r.do(who, OpGetChildren2, WatchBody(path, false))
	case n < 94:
		return r.do(who, OpExists, WatchBody(path, false))
	}
	return r.do(who, OpGetACL, Body(nil).String(path))
}

func (r *worker) create(who int, parent string) error {
	r.serial++
	op, flags := int32(OpCreate), int32(r.rng.IntN(4))
	if r.rng.IntN(3) == 0 {
		flags = 0
	}
	if r.rng.IntN(4) == 0 && !r.Only34 {
		op = OpCreate2
	}
	path := fmt.Sprintf("%s/n%d-", parent, r.serial)
	if flags == 0 {
		r.paths = append(r.paths, path)
	}
	return r.do(who, op, CreateBody(path, r.someData(), r.someACL(), flags))
}

func (r *worker) delete(who int, path string) error {
	if path == r.Base {
		return nil
	}
	return r.do(who, OpDelete, DeleteBody(path, -1)) // a parent stays; the path may go on being used, and fail
}

// multi creates, writes and deletes in one; every second one fails at its end.
func (r *worker) multi(who int, path string) error {
	r.serial++
	child := fmt.Sprintf("%s/m%d", path, r.serial)
	body := append(Body(nil).Op(OpCreate), CreateBody(child, r.someData(), Open(), 0)...)
	body = append(body.Op(OpSetData), SetDataBody(child, r.someData(), 0)...)
	body = append(body.Op(OpCheck), DeleteBody(child, 1)...)
	body = append(body.Op(OpCreate), CreateBody(child+"/e-", nil, Open(), int32(r.rng.IntN(4)))...)
	version := int32(1)
	if r.rng.IntN(2) == 0 {
		version = 77
	}
	body = append(body.Op(OpSetData), SetDataBody(child, r.someData(), version)...)
	r.paths = append(r.paths, child)
	return r.do(who, OpMulti, body.End())
}

// do sends one request and keeps its answer.
func (r *worker) do(who int, op int32, body Body) error {
	reply, err := r.conns[who].Call(op, body)
	if err != nil {
		return err
	}
	allowed := []int32{0, -101, -102, -103, -108, -110, -111, -114}
	if !slices.Contains(allowed, reply.Code) {
		return fmt.Errorf("interop: operation %d was answered with %d", op, reply.Code)
	}
	answer, err := answerText(op, reply)
	r.answers = append(r.answers, fmt.Sprintf("%d: session %d op %d %s: %s", len(r.answers), who, op, pathOf(op, body), answer))
	return err
}

func pathOf(op int32, body Body) string {
	if op == OpCloseSession {
		return ""
	}
	r := Read(body)
	if op == OpMulti {
		r.take(9)
	}
	return r.String()
}

package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// workload is a kind of load: what must be there before, and what each worker sends.
type workload struct {
	name    string
	counted bool // ends after a number of requests, not after a time
	prepare func(c *client.Client, o *Options, root string) error
	source  func(o *Options, root string, worker int) source
}

// source gives the requests of one worker. It belongs to the worker's goroutine.
type source interface {
	// send sends the next request of a slot, with the slot as its tag. False means that there is none any more.
	send(c *client.Client, slot int, done client.Handler) (bool, error)
}

func workloads() []workload {
	return []workload{
		{name: "get", prepare: prepareKeys, source: dataSource(1)},
		{name: "set", prepare: prepareKeys, source: dataSource(0)},
		{name: "mixed", prepare: prepareKeys, source: mixedSource},
		{name: "multi", prepare: prepareKeys, source: multiSource},
		{name: "ephemeral", prepare: prepareNothing, source: ephemeralSource},
		{name: "load", prepare: prepareParents, source: loadSource, counted: true},
	}
}

// Workloads names what Options.Workload may be.
//
//	get        getData of a random key
//	set        setData of a random key
//	mixed      one or the other, by Options.ReadShare
//	multi      Options.MultiParts setData in one multi, which counts as one operation
//	ephemeral  create and delete of an ephemeral znode in turns, each counts as one operation
//	load       create of Options.Znodes znodes below parents of 10,000 children each
func Workloads() []string {
	var names []string
	for _, w := range workloads() {
		names = append(names, w.name)
	}
	return names
}

func findWorkload(name string) (workload, bool) {
	for _, w := range workloads() {
		if w.name == name {
			return w, true
		}
	}
	return workload{}, false
}

func prepareNothing(*client.Client, *Options, string) error { return nil }

func keyPath(root string, i int) string { return root + "/k" + strconv.Itoa(i) }

func keyPaths(o *Options, root string) []string {
	paths := make([]string, o.Keys)
	for i := range paths {
		paths[i] = keyPath(root, i)
	}
	return paths
}

func prepareKeys(c *client.Client, o *Options, root string) error {
	value, acl := make([]byte, o.ValueBytes), zk.OpenACL()
	return bulk(c, o.Keys, func(i int, done client.Handler) error {
		r := codec.CreateRequest{Path: keyPath(root, i), Data: value, ACL: acl}
		return c.SendCreate(zk.OpCreate, &r, int64(i), done)
	})
}

// newRand gives each worker its own sequence, the same in every run.
func newRand(worker int) *rand.Rand { return rand.New(rand.NewPCG(uint64(worker), 2181)) }

// data reads and writes random keys.
type data struct {
	paths     []string
	value     []byte
	readShare float64
	rand      *rand.Rand
}

func dataSource(readShare float64) func(*Options, string, int) source {
	return func(o *Options, root string, worker int) source {
		return &data{paths: keyPaths(o, root), value: make([]byte, o.ValueBytes), readShare: readShare, rand: newRand(worker)}
	}
}

func mixedSource(o *Options, root string, worker int) source {
	return dataSource(o.ReadShare)(o, root, worker)
}

func (d *data) send(c *client.Client, slot int, done client.Handler) (bool, error) {
	path := d.paths[d.rand.IntN(len(d.paths))]
	if d.readShare == 1 || d.readShare > 0 && d.rand.Float64() < d.readShare {
		return true, c.SendRead(zk.OpGetData, path, false, int64(slot), done)
	}
	return true, c.SendSetData(path, d.value, -1, int64(slot), done)
}

// multi writes several random keys at once.
type multi struct {
	paths []string
	parts []client.Part
	rand  *rand.Rand
}

func multiSource(o *Options, root string, worker int) source {
	m := &multi{paths: keyPaths(o, root), parts: make([]client.Part, o.MultiParts), rand: newRand(worker)}
	for i := range m.parts {
		m.parts[i] = client.Part{Op: zk.OpSetData, Data: make([]byte, o.ValueBytes), Version: -1}
	}
	return m
}

func (m *multi) send(c *client.Client, slot int, done client.Handler) (bool, error) {
	for i := range m.parts {
		m.parts[i].Path = m.paths[m.rand.IntN(len(m.paths))]
	}
	return true, c.SendMulti(m.parts, int64(slot), done)
}

// ephemeral creates a znode in each slot and deletes it again.
type ephemeral struct {
	slots  []ephemeralSlot
	create codec.CreateRequest
}

type ephemeralSlot struct {
	path  string
	there bool
}

func ephemeralSource(o *Options, root string, worker int) source {
	e := &ephemeral{slots: make([]ephemeralSlot, o.InFlight)}
	for i := range e.slots {
		e.slots[i].path = fmt.Sprintf("%s/e%d-%d", root, worker, i)
	}
	e.create = codec.CreateRequest{Data: make([]byte, o.ValueBytes), ACL: zk.OpenACL(), Mode: zk.ModeEphemeral}
	return e
}

func (e *ephemeral) send(c *client.Client, slot int, done client.Handler) (bool, error) {
	s := &e.slots[slot]
	s.there = !s.there
	if !s.there {
		return true, c.SendDelete(s.path, -1, int64(slot), done)
	}
	e.create.Path = s.path
	return true, c.SendCreate(zk.OpCreate, &e.create, int64(slot), done)
}

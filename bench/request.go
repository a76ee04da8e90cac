package bench

import (
	"math/rand/v2"
	"sync/atomic"

	"paddock/codec"
	"paddock/zk"
)

// plan is what the requests of all connections have in common. Only left changes.
type plan struct {
	keys        layout
	popular     *popularity // nil: all keys alike
	cumulative  [requestKinds]float64
	alone       kind // the only kind, or kinds if they are mixed
	value       []byte
	valueMin    int
	multiParts  int
	inFlight    int
	connections int
	watches     int           // register: of each connection
	absent      bool          // register: on paths where nothing is
	fixed       []byte        // the only key, if any
	left        *atomic.Int64 // requests to send yet; nil: no end
	acl         []zk.ACL
}

func newPlan(o *Options, root string) (*plan, error) {
	p := &plan{
		keys:  layout{root: root, keys: o.Keys, perParent: o.PerParent},
		value: make([]byte, o.Value.Max), valueMin: o.Value.Min, multiParts: o.MultiParts, inFlight: o.InFlight,
		connections: o.Connections, acl: zk.OpenACL(), alone: kinds, watches: o.watchesEach(),
	}
	for i := range p.value {
		p.value[i] = byte('a' + i%26)
	}
	weights, err := o.weights()
	if err != nil {
		return nil, err
	}
	sum, used := 0.0, 0
	for k, w := range weights {
		if w > 0 {
			p.alone = kind(k)
			used++
		}
		if k < int(requestKinds) {
			sum += w
			p.cumulative[k] = sum
		}
	}
	if used > 1 {
		p.alone = kinds
	}
	if o.Zipf > 0 {
		p.popular = newPopularity(o.Keys, o.Zipf)
	}
	if o.Count > 0 {
		p.left = &atomic.Int64{}
		p.left.Store(o.Count)
	}
	return p, nil
}

// source makes the requests of one connection. It belongs to the connection's engine.
type source struct {
	*plan
	worker   int
	rand     *rand.Rand
	path     []byte
	turn     int // of ephemeral
	stepped  int // load and delete: keys done; register: watches set
	created  int // create: znodes without parents
	deleted  int // delete in a mix
	parented int // create: parents made
}

// newSource gives each worker its own sequence, the same in every run.
func newSource(p *plan, worker int) *source {
	return &source{plan: p, worker: worker, rand: rand.New(rand.NewPCG(uint64(worker), 2181))}
}

// append appends the next request as a whole frame. False means that there is none any more.
func (s *source) append(b []byte, xid int32) ([]byte, kind, bool) {
	if s.left != nil && s.left.Add(-1) < 0 {
		return b, 0, false
	}
	k := s.draw()
	b, at := codec.BeginFrame(b)
	before := len(b)
	b = codec.AppendInt32(b, xid)
	b, k = s.body(b, k)
	if len(b) == before+4 {
		return b[:at], 0, false
	}
	codec.EndFrame(b, at)
	return b, k, true
}

// draw chooses the kind of the next request.
func (s *source) draw() kind {
	if s.alone != kinds {
		return s.alone
	}
	x := s.rand.Float64() * s.cumulative[requestKinds-1]
	for k, upTo := range s.cumulative {
		if x < upTo {
			return kind(k)
		}
	}
	return kindGet // unreachable: x is below the last
}

// body appends opcode and record, or nothing at the end of the work. It says what kind it is in the end.
func (s *source) body(b []byte, k kind) ([]byte, kind) {
	switch k {
	case kindGet:
		return s.read(b, zk.OpGetData), k
	case kindExists:
		return s.read(b, zk.OpExists), k
	case kindSet:
		b = codec.AppendInt32(b, int32(zk.OpSetData))
		return s.setData(b, s.key()), k
	case kindWatches:
		return s.change(b), kindSet
	case kindChildren:
		b = codec.AppendInt32(b, int32(zk.OpGetChildren2))
		s.path = append(append(s.path[:0], s.keys.root...), childrenName...)
		return codec.AppendBool(codec.AppendBuffer(b, s.path), false), k
	case kindSync:
		b = codec.AppendInt32(b, int32(zk.OpSync))
		return codec.AppendString(b, "/"), k
	case kindMulti:
		return s.multi(b), k
	case kindEphemeral:
		return s.ephemeral(b), k
	case kindCreate:
		return s.create(b), k
	case kindRegister:
		return s.register(b)
	case kindLoad, kindDelete:
		return s.step(b, k)
	default:
		panic("bench: " + k.String() + " is no request")
	}
}

func (s *source) key() []byte {
	n := 0
	if s.fixed != nil {
		return s.fixed
	}
	if s.popular != nil {
		n = s.popular.draw(s.rand)
	} else {
		n = s.rand.IntN(s.keys.keys)
	}
	s.path = s.keys.appendKey(s.path[:0], n)
	return s.path
}

// register sets the connection's next watch. Watch w of all is on key w modulo their number, so that no connection watches
// a key twice; or on a path of its own where nothing is, and then the answer is not recorded.
func (s *source) register(b []byte) ([]byte, kind) {
	if s.stepped == s.watches {
		return b, kindRegister
	}
	turn := s.stepped
	s.stepped++
	if s.absent {
		b = codec.AppendInt32(b, int32(zk.OpExists))
		s.path = appendDigits(append(append(s.path[:0], s.keys.root...), "/absent"...), s.worker+turn*s.connections, 9)
		return codec.AppendBool(codec.AppendBuffer(b, s.path), true), kindIdle
	}
	b = codec.AppendInt32(b, int32(zk.OpGetData))
	s.path = s.keys.appendKey(s.path[:0], (s.worker*s.watches+turn)%s.keys.keys)
	return codec.AppendBool(codec.AppendBuffer(b, s.path), true), kindRegister
}

func (s *source) data() []byte {
	if s.valueMin == len(s.value) {
		return s.value
	}
	return s.value[:s.valueMin+s.rand.IntN(len(s.value)-s.valueMin+1)]
}

func (s *source) read(b []byte, op zk.Op) []byte {
	b = codec.AppendInt32(b, int32(op))
	return codec.AppendBool(codec.AppendBuffer(b, s.key()), false)
}

// change writes the worker's next key, each once, or nothing after the last.
func (s *source) change(b []byte) []byte {
	n := s.worker + s.stepped*s.connections
	if n >= s.keys.keys {
		return b
	}
	s.stepped++
	s.path = s.keys.appendKey(s.path[:0], n)
	return s.setData(codec.AppendInt32(b, int32(zk.OpSetData)), s.path)
}

// setData appends the record of setData, whatever the version.
func (s *source) setData(b, path []byte) []byte {
	b = codec.AppendBuffer(b, path)
	return codec.AppendInt32(codec.AppendBuffer(b, s.data()), -1)
}

func (s *source) multi(b []byte) []byte {
	b = codec.AppendInt32(b, int32(zk.OpMulti))
	for range s.multiParts {
		b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: zk.OpSetData, Err: -1})
		b = s.setData(b, s.key())
	}
	return codec.AppendMultiHeader(b, codec.MultiEnd())
}

// ephemeral creates a znode for each request in flight and then deletes each, so that no request of a pipeline is about
// the znode of another.
func (s *source) ephemeral(b []byte) []byte {
	slot, there := s.turn%s.inFlight, s.turn/s.inFlight%2 == 1
	s.turn++
	s.path = appendDigits(append(append(s.path[:0], s.keys.root...), "/e"...), s.worker, 5)
	s.path = appendDigits(append(s.path, '-'), slot, 7)
	if there {
		return s.remove(b)
	}
	return s.make(b, s.data(), zk.ModeEphemeral)
}

// make appends a create of the path.
func (s *source) make(b, data []byte, mode zk.CreateMode) []byte {
	b = codec.AppendInt32(b, int32(zk.OpCreate))
	b = codec.AppendBuffer(codec.AppendBuffer(b, s.path), data)
	return codec.AppendInt32(codec.AppendACL(b, s.acl), int32(mode))
}

// remove appends a delete of the path, whatever its version.
func (s *source) remove(b []byte) []byte {
	b = codec.AppendInt32(b, int32(zk.OpDelete))
	return codec.AppendInt32(codec.AppendBuffer(b, s.path), -1)
}

// create makes the worker's next znode, or the parent that it needs: requests of one connection run in order.
func (s *source) create(b []byte) []byte {
	if s.created == s.parented*s.keys.perParent {
		s.ownParent(s.parented)
		s.parented++
		return s.make(b, nil, zk.ModePersistent)
	}
	s.ownPath(s.created)
	s.created++
	return s.make(b, s.data(), zk.ModePersistent)
}

func (s *source) ownParent(n int) {
	s.path = appendDigits(append(append(s.path[:0], s.keys.root...), "/w"...), s.worker, 5)
	s.path = appendDigits(append(s.path, '-'), n, 5)
}

func (s *source) ownPath(n int) {
	s.ownParent(n / s.keys.perParent)
	s.path = appendDigits(append(s.path, "/n"...), n%s.keys.perParent, 6)
}

// step makes or deletes the worker's share of the keys: every key whose number is the worker's, modulo their number. In a
// mix, delete takes what create has made, and creates where there is nothing.
func (s *source) step(b []byte, k kind) ([]byte, kind) {
	if k == kindDelete && s.alone == kinds {
		if s.deleted == s.created {
			return s.create(b), kindCreate
		}
		s.ownPath(s.deleted)
		s.deleted++
		return s.remove(b), k
	}
	n := s.worker + s.stepped*s.connections
	if n >= s.keys.keys {
		return b, k
	}
	s.stepped++
	s.path = s.keys.appendKey(s.path[:0], n)
	if k == kindDelete {
		return s.remove(b), k
	}
	return s.make(b, s.data(), zk.ModePersistent), kindCreate
}

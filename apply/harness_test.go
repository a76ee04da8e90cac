package apply

import (
	"log/slog"
	"net/netip"
	"testing"

	"github.com/valyala/bytebufferpool"

	"paddock/auth"
	"paddock/codec"
	"paddock/session"
	"paddock/tree"
	"paddock/zk"
)

// fakeLog keeps what the processor appends, as bytes, until the test says that it is durable.
type fakeLog struct {
	payloads [][]byte
	last     int64
	durable  int // payloads that were committed
	queued   int
}

func (l *fakeLog) Append(h *codec.TxnHeader, t *codec.Txn, digest codec.TxnDigest) {
	l.payloads = append(l.payloads, codec.AppendTxn(nil, h, t, digest))
	l.last = h.Zxid
	l.queued += len(l.payloads[len(l.payloads)-1])
}

func (l *fakeLog) QueuedBytes() int { return l.queued }

// frame is one reply or event that a client got.
type frame struct {
	codec.ReplyHeader
	body  []byte
	event *codec.WatcherEvent
}

// house is a processor with a fake log and clients that are plain values.
type house struct {
	t      testing.TB
	log    *fakeLog
	p      *Processor
	monoMs int64
	nextID uint64
	outs   map[uint64][]Out // what Flush gave, per connection
	acks   map[uint64]bool  // connections whose Ack the test answers by hand
}

type houseOption func(*Config, *auth.Config)

func newHouse(t testing.TB, options ...houseOption) *house {
	cfg := Config{
		LogBytesMax: 1 << 20, OutBytesMax: 1 << 20, OutTotalBytesMax: 1 << 30, EventBytesMax: 1 << 20,
		Digest: true, CloseSessionPaths: true,
	}
	schemeCfg := auth.Config{DigestEnabled: true, SuperDigest: superDigest(t)}
	for _, o := range options {
		o(&cfg, &schemeCfg)
	}
	schemes, err := auth.New(schemeCfg)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, log: &fakeLog{}, outs: map[uint64][]Out{}, acks: map[uint64]bool{}, monoMs: 1000}
	tracker := session.New(session.Config{ServerID: 1, TickMs: 100, MinTimeoutMs: 200, MaxTimeoutMs: 2000}, h.monoMs)
	h.p = New(cfg, tree.New(), 0, tracker, schemes, h.log, slog.New(slog.DiscardHandler))
	h.setTime()
	return h
}

func superDigest(t testing.TB) string {
	id, err := auth.GenerateDigest("super:secret", "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (h *house) setTime() { h.p.SetTime(1_700_000_000_000+h.monoMs, h.monoMs) }

// pass lets time go on and ticks.
func (h *house) pass(ms int64) {
	h.monoMs += ms
	h.setTime()
	h.p.Tick()
	h.flush()
}

// commit makes everything durable that is in the log.
func (h *house) commit() {
	h.settle()
	for h.log.durable < len(h.log.payloads) {
		h.log.durable, h.log.queued = len(h.log.payloads), 0
		h.p.Committed(h.log.last)
		h.settle()
	}
	h.flush()
}

// settle ends what is done in slices.
func (h *house) settle() {
	for h.p.work() {
	}
}

func (h *house) flush() {
	h.settle()
	h.emit()
}

// emit is flush without the end of what is done in slices.
func (h *house) emit() {
	var drained []uint64
	h.p.Flush(func(o Out) {
		h.outs[o.Conn] = append(h.outs[o.Conn], o)
		if o.Ack && !h.acks[o.Conn] {
			drained = append(drained, o.Conn)
		}
	})
	for _, id := range drained {
		h.p.Drained(id)
	}
	if len(drained) > 0 {
		h.flush() // what had waited for that
	}
}

// client is one connection.
type client struct {
	h        *house
	id       uint64
	session  int64
	password []byte
	timeout  int32
	xid      int32
}

func (h *house) dial(remote string) *client {
	h.nextID++
	h.p.Open(h.nextID, 0, netip.MustParseAddrPort(remote))
	return &client{h: h, id: h.nextID}
}

// client opens a session that is durable at once.
func (h *house) client() *client {
	c := h.dial("127.0.0.1:4000")
	c.connect(codec.ConnectRequest{TimeoutMs: 1000, HasReadOnly: true})
	h.commit()
	c.welcome()
	return c
}

func (c *client) connect(r codec.ConnectRequest) {
	c.h.p.Frame(c.id, codec.AppendConnectRequest(nil, &r))
	c.h.flush()
}

// welcome takes the connect response.
func (c *client) welcome() codec.ConnectResponse {
	c.h.t.Helper()
	raw := c.raw()
	if len(raw) != 1 {
		c.h.t.Fatalf("connection %d: %d frames instead of a connect response", c.id, len(raw))
	}
	r, err := codec.DecodeConnectResponse(raw[0])
	if err != nil {
		c.h.t.Fatal(err)
	}
	c.session, c.password, c.timeout = r.SessionID, r.Password, r.TimeoutMs
	return r
}

// send hands a request in and returns its xid.
func (c *client) send(op zk.Op, body []byte) int32 {
	c.xid++
	c.sendXid(c.xid, op, body)
	return c.xid
}

func (c *client) sendXid(xid int32, op zk.Op, body []byte) {
	c.h.p.Frame(c.id, append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: xid, Op: op}), body...))
	c.h.flush()
}

// raw takes everything that was sent to the connection, cut into frames.
func (c *client) raw() [][]byte {
	var frames [][]byte
	for i, o := range c.h.outs[c.id] {
		if o.Buf == nil {
			continue
		}
		for b := o.Buf.B; len(b) > 0; {
			n := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
			frames = append(frames, append([]byte{}, b[4:4+n]...))
			b = b[4+n:]
		}
		bytebufferpool.Put(o.Buf)
		c.h.outs[c.id][i].Buf = nil
	}
	return frames
}

// got takes everything that was sent to the connection, headers decoded.
func (c *client) got() []frame {
	c.h.t.Helper()
	var frames []frame
	for _, raw := range c.raw() {
		d := codec.NewDecoder(raw)
		f := frame{ReplyHeader: d.ReplyHeader()}
		f.body = raw[d.Offset():]
		if f.Xid == zk.XidNotification {
			e := d.WatcherEvent()
			f.event = &e
		}
		if d.Err() != nil {
			c.h.t.Fatalf("reply %x: %v", raw, d.Err())
		}
		frames = append(frames, f)
	}
	return frames
}

// one takes exactly one reply.
func (c *client) one() frame {
	c.h.t.Helper()
	frames := c.got()
	if len(frames) != 1 {
		c.h.t.Fatalf("connection %d: %d frames instead of one: %+v", c.id, len(frames), frames)
	}
	return frames[0]
}

// do sends a request, commits and takes its reply, which must be alone.
func (c *client) do(op zk.Op, body []byte) frame {
	c.h.t.Helper()
	xid := c.send(op, body)
	c.h.commit()
	f := c.one()
	if f.Xid != xid && op != zk.OpPing {
		c.h.t.Fatalf("reply to %d instead of %d", f.Xid, xid)
	}
	return f
}

// want does a request and checks its code.
func (c *client) want(err zk.Err, op zk.Op, body []byte) frame {
	c.h.t.Helper()
	f := c.do(op, body)
	if f.Err != err {
		c.h.t.Errorf("%v: got %v, want %v", op, f.Err, err)
	}
	return f
}

// ended tells whether the server has closed the connection.
func (c *client) ended() bool {
	for _, o := range c.h.outs[c.id] {
		if o.Close || o.Kill {
			return true
		}
	}
	return false
}

// doneBytes adds up what the loop was told.
func (c *client) doneBytes() int {
	n := 0
	for _, o := range c.h.outs[c.id] {
		n += o.DoneBytes
	}
	return n
}

func create(path string, mode zk.CreateMode) []byte {
	return createWith(path, []byte("data"), mode, zk.OpenACL())
}

func createWith(path string, data []byte, mode zk.CreateMode, acl []zk.ACL) []byte {
	return codec.AppendCreateRequest(nil, zk.OpCreate, &codec.CreateRequest{Path: path, Data: data, ACL: acl, Mode: mode})
}

func setData(path, data string, version int32) []byte {
	return codec.AppendSetDataRequest(nil, path, []byte(data), version)
}

func pathWatch(path string, watch bool) []byte { return codec.AppendPathWatch(nil, path, watch) }

func pathVersion(path string, version int32) []byte {
	return codec.AppendPathVersion(nil, path, version)
}

func digestACL(t testing.TB, perms zk.Perm, userPassword string) []zk.ACL {
	id, err := auth.GenerateDigest(userPassword, "")
	if err != nil {
		t.Fatal(err)
	}
	return []zk.ACL{{Perms: perms, ID: zk.ID{Scheme: "digest", ID: id}}}
}

// stat decodes the Stat at the end of a reply's body.
func (f frame) stat(t testing.TB) zk.Stat {
	t.Helper()
	d := codec.NewDecoder(f.body[len(f.body)-codec.StatBytes:])
	return d.Stat()
}

func (f frame) text(t testing.TB) string {
	t.Helper()
	d := codec.NewDecoder(f.body)
	return string(d.Buffer())
}

// checkReplay replays everything durable onto a fresh tree and compares the digests, which cover path, data and
// Stat of every znode outside /zookeeper.
func (h *house) checkReplay() {
	h.t.Helper()
	r := Replay{Tree: tree.New(), Sessions: map[int64]int32{}}
	for _, payload := range h.log.payloads[:h.log.durable] {
		if err := r.Apply(payload); err != nil {
			h.t.Fatal(err)
		}
	}
	if want, got, differs := r.Mismatch(); differs {
		h.t.Errorf("replay ends at digest %x, the last transaction says %x", got, want)
	}
	if r.Tree.Digest() != h.p.tree.Digest() || r.Tree.Count() != h.p.tree.Count() {
		h.t.Errorf("replay gives %d znodes, digest %x; the tree has %d, %x",
			r.Tree.Count(), r.Tree.Digest(), h.p.tree.Count(), h.p.tree.Digest())
	}
	for _, tr := range []*tree.Tree{r.Tree, h.p.tree} {
		if err := tr.Check(); err != nil {
			h.t.Error(err)
		}
	}
	sessions := map[int64]int32{}
	h.p.Sessions(func(id int64, timeoutMs int32) { sessions[id] = timeoutMs })
	if len(sessions) != len(r.Sessions) {
		h.t.Errorf("replay gives %d sessions, the processor has %d", len(r.Sessions), len(sessions))
	}
	for id, timeoutMs := range sessions {
		if r.Sessions[id] != timeoutMs {
			h.t.Errorf("session 0x%x: timeout %d after replay, %d before", id, r.Sessions[id], timeoutMs)
		}
	}
}

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/valyala/bytebufferpool"

	"paddock/apply"
	"paddock/codec"
	"paddock/zk"
)

// A guest is a client within: its frames come from this process and not from a socket. For the processor it is a connection like
// any other, at the address of whoever the guest works for: handshake, identities, throttles, ACLs, quotas, audit and cons are
// those of every client. Touching the tree instead would have had to build all of them again, and a real connection to our own
// port would have had this machine's address, and its rights.
//
//	guest: frames ─ask▶ processor, in turn with all others
//	guest ◀─outs── flush: what the loops get for other connections

const (
	guestIDs       = 1 << 63 // in the numbers of guests; the loops count from 1
	guestWindow    = 256     // requests that are sent before their replies are awaited
	guestSpareOuts = 8       // Outs without a reply
	guestTimeoutMs = 30_000  // of its session, if it were to be forgotten
)

// guests are those that are here, on the processor's goroutine.
type guests struct {
	last uint64
	byID map[uint64]*guest
}

// take gives a guest what is for it, and tells whether it was for a guest at all.
func (gs *guests) take(o *apply.Out) bool {
	if o.Conn&guestIDs == 0 {
		return false
	}
	g := gs.byID[o.Conn]
	switch {
	case o.Buf == nil && !o.Ack && !o.Close && !o.Kill: // nothing that it waits for
	case g != nil:
		if o.Close || o.Kill {
			delete(gs.byID, o.Conn)
		}
		g.outs <- *o // there is room: see guest.outs
	case o.Buf != nil:
		bytebufferpool.Put(o.Buf)
	}
	return true
}

// guest belongs to one goroutine.
type guest struct {
	s       *Server
	id      uint64
	session int64
	// outs has room for a reply to every request that may be on its way, and for the few Outs that have none: Ack, which
	// comes again only when it has been obeyed, and the end, which comes once. Nothing else is told a guest: it watches nothing.
	outs   chan apply.Out
	unread []byte // frames that have come
	ended  string // why there will be no more
	xid    int32
}

// refusedError says why a guest was not let in or was thrown out.
type refusedError struct{ why string }

// Error says what is wrong.
func (e refusedError) Error() string {
	return "the server has ended the session of this edit: " + e.why
}

// reply is an answer: a body only if err is ErrOK.
type reply struct {
	err  zk.Err
	body []byte
}

// visit opens a session for somebody with what he has entered. Whoever gets a guest must let it leave.
func (s *Server) visit(ctx context.Context, from netip.AddrPort, secrets []string) (*guest, error) {
	g := &guest{s: s, outs: make(chan apply.Out, guestWindow+guestSpareOuts)}
	connect := codec.AppendConnectRequest(nil, &codec.ConnectRequest{TimeoutMs: guestTimeoutMs, Password: make([]byte, 16)})
	err := s.ask(ctx, func() {
		if s.guests.byID == nil {
			s.guests.byID = map[uint64]*guest{}
		}
		s.guests.last++
		g.id = guestIDs | s.guests.last
		s.guests.byID[g.id] = g
		s.proc.Open(g.id, 0, from)
		s.proc.Frame(g.id, connect)
	})
	if err != nil {
		return nil, err
	}
	if err := g.introduce(ctx, secrets); err != nil {
		g.leave()
		return nil, err
	}
	return g, nil
}

// welcome waits for the session.
func (g *guest) welcome(ctx context.Context) error {
	frame, err := g.next(ctx)
	if err != nil {
		return err
	}
	r, err := codec.DecodeConnectResponse(frame)
	if err != nil || r.SessionID == 0 {
		return errors.Join(refusedError{"no session"}, err)
	}
	g.session = r.SessionID
	return nil
}

// introduce waits for the session and proves who the guest is.
func (g *guest) introduce(ctx context.Context, secrets []string) error {
	if err := g.welcome(ctx); err != nil {
		return err
	}
	for _, secret := range secrets {
		got, err := g.call(ctx, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte(secret)))
		if err != nil {
			return err
		}
		if got.err != zk.ErrOK {
			return refusedError{got.err.String()}
		}
	}
	return nil
}

// call sends a request and waits for its reply.
func (g *guest) call(ctx context.Context, op zk.Op, body []byte) (reply, error) {
	all, err := g.calls(ctx, op, [][]byte{body})
	if err != nil {
		return reply{}, err
	}
	return all[0], nil
}

// calls sends requests in one burst, at most guestWindow, and waits for all replies.
func (g *guest) calls(ctx context.Context, op zk.Op, bodies [][]byte) ([]reply, error) {
	var frames [][]byte
	for _, body := range bodies {
		xid := g.xid
		if g.xid++; op == zk.OpAuth {
			xid = zk.XidAuth
		}
		frame := append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: xid, Op: op}), body...)
		if len(frame) > g.s.cfg.JuteMaxBufferBytes {
			return nil, fmt.Errorf("%w: %d bytes, with jute.maxbuffer=%d", errTooLarge, len(frame), g.s.cfg.JuteMaxBufferBytes)
		}
		frames = append(frames, frame)
	}
	err := g.s.ask(ctx, func() {
		for _, frame := range frames {
			g.s.proc.Frame(g.id, frame)
		}
	})
	if err != nil {
		return nil, err
	}
	var replies []reply
	for range bodies {
		frame, err := g.next(ctx)
		if err != nil {
			return replies, err
		}
		d := codec.NewDecoder(frame)
		h := d.ReplyHeader()
		replies = append(replies, reply{h.Err, frame[d.Offset():]})
	}
	return replies, nil
}

// errTooLarge is what the loops would close a client's connection for.
var errTooLarge = errors.New("server: larger than a request may be")

// next gives the next frame.
func (g *guest) next(ctx context.Context) ([]byte, error) {
	for len(g.unread) == 0 {
		if g.ended != "" {
			return nil, refusedError{g.ended}
		}
		if err := g.receive(ctx); err != nil {
			return nil, err
		}
	}
	length := binary.BigEndian.Uint32(g.unread)
	frame := g.unread[codec.FrameLengthBytes : codec.FrameLengthBytes+length]
	g.unread = g.unread[codec.FrameLengthBytes+length:]
	return frame, nil
}

// receive waits for something to come.
func (g *guest) receive(ctx context.Context) error {
	select {
	case o := <-g.outs:
		return g.got(ctx, &o)
	case <-ctx.Done():
		return ctx.Err()
	case <-g.s.ended:
		select {
		case o := <-g.outs: // the last that it was told
			return g.got(ctx, &o)
		default:
			return errEnded
		}
	}
}

func (g *guest) got(ctx context.Context, o *apply.Out) error {
	if o.Buf != nil {
		g.unread = slices.Clone(o.Buf.B)
		bytebufferpool.Put(o.Buf)
	}
	if o.Close || o.Kill {
		g.ended = o.Reason
	}
	if o.Ack {
		return g.s.ask(ctx, func() { g.s.proc.Drained(g.id) })
	}
	return nil
}

// leave ends the session. What was sent goes on to the disk. A session that is only on its way is waited for: without an end it
// would be there until it expires.
func (g *guest) leave() {
	if g.session == 0 {
		ctx, cancel := context.WithTimeout(context.Background(), guestTimeoutMs*time.Millisecond)
		defer cancel()
		_ = g.welcome(ctx) // who was refused has none
	}
	bye := codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: g.xid, Op: zk.OpCloseSession})
	// Without a processor there is nothing to leave.
	_ = g.s.ask(context.Background(), func() {
		delete(g.s.guests.byID, g.id)
		if g.session != 0 {
			g.s.proc.Frame(g.id, bye)
		}
		g.s.proc.Closed(g.id)
	})
}

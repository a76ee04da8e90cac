package apply

import (
	"slices"

	"github.com/valyala/bytebufferpool"

	"paddock/codec"
	"paddock/zk"
)

// What a connection is told: reply frames in its buffer, and its end.

// touch puts the connection on Flush's list.
func (p *Processor) touch(c *conn) {
	if !c.dirty {
		c.dirty = true
		p.dirty = append(p.dirty, c)
	}
}

func (c *conn) bufferedBytes() int {
	if c.next.Buf == nil {
		return 0
	}
	return c.next.Buf.Len()
}

// out gives the connection's reply buffer, for something that comes behind its news.
func (p *Processor) out(c *conn) *bytebufferpool.ByteBuffer {
	if p.news.some() {
		p.tellBefore(c)
	}
	return p.buffer(c)
}

func (p *Processor) buffer(c *conn) *bytebufferpool.ByteBuffer {
	if c.next.Buf == nil {
		c.next.Buf = bytebufferpool.Get()
	}
	p.touch(c)
	return c.next.Buf
}

// begin appends a frame with a reply header; finish ends it. In between the caller appends the body to the
// buffer.
func (p *Processor) begin(c *conn, r *request, err zk.Err) (*bytebufferpool.ByteBuffer, int) {
	buf := p.out(c)
	var at int
	buf.B, at = codec.BeginFrame(buf.B)
	xid := r.xid
	if r.op == zk.OpPing {
		xid = zk.XidPing // whatever the client sent (FinalRequestProcessor, 3.9.5)
	}
	buf.B = codec.AppendReplyHeader(buf.B, codec.ReplyHeader{Xid: xid, Zxid: p.applied, Err: err})
	return buf, at
}

// finish ends the frame that begin opened, and the request with it.
func (p *Processor) finish(c *conn, r *request, buf *bytebufferpool.ByteBuffer, at int) {
	codec.EndFrame(buf.B, at)
	p.stats.response(len(buf.B) - at - codec.FrameLengthBytes)
	p.stats.BytesReplied += int64(len(buf.B) - at)
	p.stats.Outstanding--
	c.sent++
	if isWrite(r.op) {
		p.observe(c, r, &p.series.Write)
	} else {
		p.observe(c, r, &p.series.Read)
	}
	p.done(c, r.bytes)
}

// reply answers a request with a header only.
func (p *Processor) reply(c *conn, r *request, err zk.Err) {
	buf, at := p.begin(c, r, err)
	p.finish(c, r, buf, at)
}

// answerInTurn answers a request that is counted as outstanding with a header only, behind those in front of it.
func (p *Processor) answerInTurn(c *conn, r *request, err zk.Err) {
	if c.queue.len() == 0 {
		p.reply(c, r, err)
		return
	}
	c.wait(waiter{req: *r, err: err})
}

// done gives the request's bytes back to the counts of what is in flight, the loop's and ours of large requests.
func (p *Processor) done(c *conn, n int32) {
	c.next.DoneBytes += int(n)
	if bytes := int(n) - codec.FrameLengthBytes; p.isLarge(bytes) && c.state != closing {
		c.largeBytes -= bytes
		p.largeBytes -= bytes
	}
	p.touch(c)
}

// refuseUnknown answers an operation that the server does not know: at once, with zxid -1, and then the
// connection ends (UnimplementedRequestProcessor, 3.9.5).
func (p *Processor) refuseUnknown(c *conn, r *request) {
	p.logger.Warn("closing connection: unknown operation", "remote", c.remote, "type", int32(r.op))
	p.replyAside(c, r, zk.NoZxid, zk.ErrUnimplemented)
	p.close(c, "unknown operation")
}

// replyAside answers a request that is not in line: at once, with a zxid of its own.
func (p *Processor) replyAside(c *conn, r *request, zxid int64, err zk.Err) {
	buf := p.out(c)
	var at int
	buf.B, at = codec.BeginFrame(buf.B)
	buf.B = codec.AppendReplyHeader(buf.B, codec.ReplyHeader{Xid: r.xid, Zxid: zxid, Err: err})
	codec.EndFrame(buf.B, at)
	p.stats.Sent++
	c.sent++
	p.done(c, r.bytes)
}

// close ends a connection after everything that it was told has been sent. Its writes go on to the disk; its
// unanswered requests are not answered any more.
func (p *Processor) close(c *conn, reason string) {
	if p.news.some() {
		p.tellBefore(c)
	}
	c.next.Close, c.next.Reason = true, reason
	p.touch(c)
	p.forget(c)
}

// kill ends a connection at once.
func (p *Processor) kill(c *conn, reason string) {
	c.next.Kill, c.next.Reason = true, reason
	p.touch(c)
	p.forget(c)
}

// forget drops everything that belongs to the connection and not to its session.
func (p *Processor) forget(c *conn) {
	if c.state == closing {
		return
	}
	c.state = closing
	delete(p.conns, c.id)
	delete(p.asked, c)
	p.largeBytes -= c.largeBytes
	c.largeBytes = 0
	p.setUnsent(c, 0)
	p.watches.RemoveConn(c.id)
	if c.session != nil && c.session.Conn == c.id {
		c.session.Conn = 0
	}
	p.stats.Outstanding -= c.queue.len()
	if c.long != nil {
		p.stats.Outstanding--
		p.endLongRead(c)
	}
	c.queue, c.behind, c.backlog = fifo[*proposal]{}, fifo[waiter]{}, fifo[request]{}
	if c.isWaiting {
		c.isWaiting = false
		p.waiting = slices.DeleteFunc(p.waiting, func(o *conn) bool { return o == c })
	}
}

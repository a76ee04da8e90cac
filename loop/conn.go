package loop

import (
	"net/netip"
	"time"
	"unsafe"

	"github.com/valyala/bytebufferpool"
	"golang.org/x/sys/unix"
)

const (
	// joinBytesMax: an unsent reply up to this size is copied behind the previous one, so that a backlog of small
	// replies does not hold a large pooled buffer each.
	joinBytesMax = 16 << 10
	// writevBuffersMax is how many buffers one writev gets; the kernel's limit is 1024.
	writevBuffersMax = 64
)

// conn is one client connection. Its loop's goroutine owns it.
type conn struct {
	loop   *loop
	id     ConnID
	fd     int
	remote netip.AddrPort
	framer framer
	tunnel *tunnel // what carries the bytes of a client that speaks TLS; nil for others

	// bytesInFlight counts delivered and unfinished request bytes, prefixes included.
	bytesInFlight int
	established   bool
	turn          turn // that the unsent bytes wait for: nothing has tried to send them; none while writing
	ack           bool // a Drained event is owed
	owedBytes     int  // unsent or not acknowledged by the peer at the last tick, while ack
	worded        bool // a word was seen; nothing is read any more
	parked        bool // too much in flight
	closing       bool // close when everything is sent
	closed        bool
	timed         bool   // counted in loop.timed
	reason        string // why closing

	// unsent replies, oldest first; sent bytes of the first are already with the kernel.
	unsent      []*bytebufferpool.ByteBuffer
	sent        int
	unsentBytes int

	// What epoll currently watches.
	reading, writing bool

	// overdue is when the tick closes the connection: no session by then, or not flushed by then.
	overdue time.Time
}

func newConn(l *loop, id ConnID, fd int, remote netip.AddrPort) *conn {
	cfg := &l.server.cfg
	return &conn{
		loop: l, id: id, fd: fd, remote: remote,
		framer: framer{bytesMax: cfg.FrameBytesMax, words: cfg.Words},
	}
}

// watch makes epoll watch for what the connection's state asks for. A connection that is neither read nor has
// anything to send is taken out of epoll altogether, or EPOLLHUP would wake the loop without end.
func (c *conn) watch() error {
	read := !c.parked && !c.worded && !c.closing && !c.loop.stopping
	write := len(c.unsent) > 0 && c.turn == noTurn
	if read == c.reading && write == c.writing {
		return nil
	}
	err := c.loop.setInterest(c.fd, c.reading || c.writing, c.reading, read, write)
	c.reading, c.writing = read, write
	return err
}

// send writes b, or as much of it as the kernel takes, and keeps the rest. It owns b. The error is the socket's.
func (c *conn) send(b *bytebufferpool.ByteBuffer) error {
	if len(c.unsent) > 0 {
		c.enqueue(b, 0)
		if c.turn != noTurn {
			return c.flush()
		}
		return nil
	}
	n, err := writeFD(c.fd, b.B)
	if err != nil || n == len(b.B) {
		bytebufferpool.Put(b)
		return err
	}
	c.enqueue(b, n)
	return nil
}

// enqueue keeps b, of which n bytes are sent, for later.
func (c *conn) enqueue(b *bytebufferpool.ByteBuffer, n int) {
	rest := b.B[n:]
	c.unsentBytes += len(rest)
	if last := len(c.unsent) - 1; last >= 0 && len(rest) <= joinBytesMax && c.unsent[last].Len() < chunkBytes {
		c.unsent[last].B = append(c.unsent[last].B, rest...)
		bytebufferpool.Put(b)
		return
	}
	if len(c.unsent) == 0 {
		c.sent = n
	}
	c.unsent = append(c.unsent, b)
}

// flush sends what the kernel takes now.
func (c *conn) flush() error {
	c.turn = noTurn
	for len(c.unsent) > 0 {
		iov := c.loop.iov[:0]
		for i, b := range c.unsent[:min(len(c.unsent), writevBuffersMax)] {
			if i == 0 {
				iov = append(iov, b.B[c.sent:])
				continue
			}
			iov = append(iov, b.B)
		}
		n, err := writevFD(c.fd, iov)
		clear(iov)
		if n == 0 || err != nil {
			return err
		}
		c.dropSent(n)
	}
	return nil
}

// dropSent gives the buffers of n sent bytes back to the pool.
func (c *conn) dropSent(n int) {
	c.unsentBytes -= n
	n += c.sent
	done := 0
	for done < len(c.unsent) && n >= c.unsent[done].Len() {
		n -= c.unsent[done].Len()
		bytebufferpool.Put(c.unsent[done])
		done++
	}
	c.sent = n
	left := copy(c.unsent, c.unsent[done:])
	clear(c.unsent[left:])
	c.unsent = c.unsent[:left]
	if left == 0 {
		c.unsent = nil // an idle connection holds nothing
	}
}

// dropUnsent gives up on what is unsent.
func (c *conn) dropUnsent() {
	for _, b := range c.unsent {
		bytebufferpool.Put(b)
	}
	c.unsent, c.sent, c.unsentBytes = nil, 0, 0
}

// Sockets are read and written without leaving Go's scheduler: they never block, and a write on the loopback takes long enough for
// the scheduler to give the processor away meanwhile.

// readFD reads; again is true when there is nothing to read now. n = 0 without again or error is the end of input.
func readFD(fd int, p []byte) (n int, again bool, err error) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), false, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, true, nil
		default:
			return 0, false, errno
		}
	}
}

// writeFD writes what the kernel takes; taking nothing is no error.
func writeFD(fd int, p []byte) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, errno
		}
	}
}

// writevFD is writeFD for several buffers.
func writevFD(fd int, iov [][]byte) (int, error) {
	if len(iov) == 1 {
		return writeFD(fd, iov[0])
	}
	for {
		n, err := unix.Writev(fd, iov)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

package loop

import (
	"crypto/tls"
	"net/netip"

	"github.com/valyala/bytebufferpool"
)

// ConnID names a connection. It is never reused while the process lives.
type ConnID uint64

// Kind says what an Event is about.
type Kind uint8

// The kinds of events, in the order in which a connection can see them.
const (
	Opened   Kind = iota + 1 // the connection is there; Remote is set
	Frame                    // Frame holds one request
	Word                     // Frame holds a four-letter word (for stmk, up to 8 bytes more)
	Drained                  // an Out with Ack was sent, and the unsent bytes are below the low-water mark
	Progress                 // a Drained is still owed, but the client has read something since the last tick
	Closed                   // the last event of a connection; Reason is set
)

// String names the kind for logs and tests.
func (k Kind) String() string {
	names := [...]string{"none", "opened", "frame", "word", "drained", "progress", "closed"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Why a connection was closed. Out.Reason can bring others.
const (
	ReasonPeer        = "closed by peer"
	ReasonReset       = "connection error"
	ReasonLength      = "frame length out of range"
	ReasonTelnet      = "telnet interrupt"
	ReasonSessionless = "no session in time"
	ReasonNotReading  = "client does not read"
	ReasonServer      = "closed by server"
	ReasonStop        = "server is stopping"
)

// Event is what a loop tells the processor.
type Event struct {
	Kind Kind
	Conn ConnID
	// Loop is the number of the loop that the connection lives on: where to Post its replies.
	Loop int
	// Frame is the payload without its length prefix. It is handed over for good and is never written again.
	Frame []byte
	// Remote is the client's address (Opened and Closed). IPv4 addresses are plain also on a dual-stack socket.
	Remote netip.AddrPort
	// TLS is what the handshake has come to (Opened); nil for a connection in the clear.
	TLS *tls.ConnectionState
	// Reason says why (Closed).
	Reason string
}

// Out is what the processor tells a loop about one connection. The parts are obeyed in the order of the fields.
type Out struct {
	Conn ConnID
	// DoneBytes says how many bytes of this connection's frames (4 + payload each) the processor has finished with.
	DoneBytes int
	// Established marks that the connection has a session now, so that the sessionless timeout is off.
	Established bool
	// Buf holds bytes that are ready to be sent, length prefixes included. The loop puts it back into bytebufferpool.
	Buf *bytebufferpool.ByteBuffer
	// Ack asks for one Drained event when the unsent bytes are below the low-water mark (perhaps at once).
	Ack bool
	// Close stops reading and closes once everything was given to the kernel, or after Config.CloseTimeout.
	Close bool
	// Kill closes at once and drops what is unsent.
	Kill bool
	// Reason goes with Close or Kill into the Closed event; empty means ReasonServer.
	Reason string
}

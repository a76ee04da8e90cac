package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Bounds of an HTTP port, all of which must hold against strangers.
const (
	httpHeaderBytesMax = 16 << 10
	httpHeaderPatience = 10 * time.Second // for the whole header
	httpMovePatience   = 30 * time.Second // for each piece that is read or written
	httpStopPatience   = time.Second      // for what is being answered at the end
	httpEndPatience    = 5 * time.Second  // for it to notice that it has been given up
)

// HTTPServer is one HTTP port.
type HTTPServer struct {
	server   *http.Server
	listener net.Listener
	log      *slog.Logger
	ended    sync.WaitGroup

	answering sync.RWMutex       // read-held by each request that is being answered, held for good by the end
	giveUp    context.CancelFunc // ends the contexts of these requests
}

// Listen binds a port for HTTP and serves it until Close. idle is how long a connection may be silent between two requests.
func Listen(addr string, handler http.Handler, idle time.Duration, logger *slog.Logger) (*HTTPServer, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	s := &HTTPServer{listener: newLimitedListener(listener, logger), log: logger}
	requests, giveUp := context.WithCancel(context.Background())
	s.giveUp = giveUp
	s.server = &http.Server{
		Handler: s.counted(bounded(handler, httpMovePatience)), ReadHeaderTimeout: httpHeaderPatience, IdleTimeout: idle,
		MaxHeaderBytes: httpHeaderBytesMax, ErrorLog: log.New(debugLog{logger}, "", 0),
		BaseContext: func(net.Listener) context.Context { return requests },
	}
	s.ended.Go(func() {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("admin: an HTTP port is served no more", "address", addr, "err", err)
		}
	})
	return s, nil
}

// Addr is the bound address.
func (s *HTTPServer) Addr() net.Addr { return s.listener.Addr() }

// Close ends the port: what is being answered has a moment to end, then its connections are closed and its contexts end. When
// Close returns, no request is answered any more, except for one that does not heed the end of its context: that is told.
func (s *HTTPServer) Close() error { return s.close(httpStopPatience, httpEndPatience) }

func (s *HTTPServer) close(stop, end time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), stop)
	defer cancel()
	err := s.server.Shutdown(ctx)
	s.giveUp()
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	s.ended.Wait()
	answered := make(chan struct{})
	go func() { s.answering.Lock(); close(answered) }()
	select {
	case <-answered:
	case <-time.After(end):
		s.log.Warn("admin: a request is still being answered at the end: it is left behind", "port", s.Addr(), "waited", stop+end)
	}
	return err
}

// counted lets Close wait for requests, and lets none begin behind it.
func (s *HTTPServer) counted(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.answering.TryRLock() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer s.answering.RUnlock()
		handler.ServeHTTP(w, r)
	})
}

// bounded gives each request a bound of the time that its body takes to come and its answer to go. What is long by nature sets
// later times piece by piece. Bodies are read by restore alone; of others net/http throws 256 KiB away, and then the connection.
// Once a request is read there must be no bound: net/http goes on reading to notice who leaves, and would take its end for that.
func bounded(handler http.Handler, move time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		now := time.Now()
		// Neither can fail on a connection of ours.
		if r.Body == http.NoBody {
			_ = control.SetReadDeadline(time.Time{})
		} else {
			_ = control.SetReadDeadline(now.Add(move))
		}
		_ = control.SetWriteDeadline(now.Add(commandPatience + httpMovePatience))
		handler.ServeHTTP(w, r)
	})
}

// patientReader reads a body of any length, as long as something comes in time.
type patientReader struct {
	from    io.Reader
	control *http.ResponseController
	move    time.Duration
}

func (p patientReader) Read(b []byte) (int, error) {
	if err := p.control.SetReadDeadline(time.Now().Add(p.move)); err != nil {
		return 0, err
	}
	n, err := p.from.Read(b)
	if err != nil && p.control.SetReadDeadline(time.Time{}) != nil { // see bounded
		return n, io.ErrClosedPipe
	}
	if p.control.SetWriteDeadline(time.Now().Add(commandPatience+httpMovePatience)) != nil {
		return n, io.ErrClosedPipe
	}
	return n, err
}

// patientWriter writes an answer of any length, as long as somebody reads it.
type patientWriter struct {
	to      io.Writer
	control *http.ResponseController
}

func (p patientWriter) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(httpMovePatience)); err != nil {
		return 0, err
	}
	return p.to.Write(b)
}

// debugLog takes what net/http has to say of its clients, which is nothing to act on. That a handler has panicked is.
type debugLog struct{ log *slog.Logger }

func (d debugLog) Write(line []byte) (int, error) {
	text := string(bytes.TrimSuffix(line, []byte("\n")))
	if strings.HasPrefix(text, "http: panic") {
		d.log.Error("admin: a request could not be answered: this is a defect of the server", "what", text)
	} else {
		d.log.Debug("admin: HTTP", "what", text)
	}
	return len(line), nil
}

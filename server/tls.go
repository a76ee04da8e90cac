package server

import (
	"log/slog"
	"time"

	"paddock/config"
	"paddock/loop"
	"paddock/tlsstore"
	"paddock/zk"
)

// tlsConfig opens the stores, if any port for clients speaks TLS. What is wrong with them is told like what is wrong with
// the configuration that names them.
func tlsConfig(cfg *config.Config, log *slog.Logger) (loop.TLSConfig, error) {
	if !cfg.SpeaksTLS() {
		return loop.TLSConfig{}, nil
	}
	var now func() time.Time
	if cfg.TLS.CertReload {
		now = time.Now
	}
	source, err := tlsstore.NewSource(cfg.TLS.Settings, now, log)
	if err != nil {
		return loop.TLSConfig{}, &config.Error{File: cfg.File, Msg: err.Error(), Err: err}
	}
	return loop.TLSConfig{
		Source: source.Config, Unified: cfg.TLS.PortUnification, DetectTimeout: cfg.TLS.DetectTimeout,
		HandshakesMax: cfg.TLS.HandshakesMax,
	}, nil
}

// tlsCounts are numbers about connections. The processor's goroutine owns them.
type tlsCounts struct {
	secure                  map[uint64]struct{} // the connections that speak TLS
	plainLocal, plainRemote int64               // opened without it, where it is spoken
	refused                 int64               // certificates that are no identity
}

// opened tells the processor of a new connection, and who its certificate says it is.
func (s *Server) opened(e *loop.Event) {
	id := uint64(e.Conn)
	proved, err := s.provedBy(e)
	s.proc.Open(id, e.Loop, e.Remote, proved...)
	switch {
	case err != nil:
		s.limited.Warn("closing connection: its certificate is no identity", "remote", e.Remote, "err", err)
		s.tls.refused++
		s.net.Post(e.Loop, []loop.Out{{Conn: e.Conn, Kill: true, Reason: "certificate is no identity"}})
	case e.TLS != nil:
		if s.tls.secure == nil {
			s.tls.secure = map[uint64]struct{}{}
		}
		s.tls.secure[id] = struct{}{}
	case !s.cfg.SpeaksTLS(): // ZooKeeper counts only where Netty serves
	case e.Remote.Addr().IsLoopback():
		s.tls.plainLocal++
	default:
		s.tls.plainRemote++
	}
}

// provedBy are the identities of a connection's certificate. A client of clientAuth=want may have none.
func (s *Server) provedBy(e *loop.Event) ([]zk.ID, error) {
	if e.TLS == nil || len(e.TLS.PeerCertificates) == 0 {
		return nil, nil
	}
	return s.schemes.CertificateIDs(e.TLS.PeerCertificates[0])
}

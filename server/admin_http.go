package server

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"paddock/admin"
	"paddock/config"
)

// The HTTP ports: the admin server's, and the exporter's of metrics. They are bound before the data is loaded, so that a port
// in use is told at once, and /healthz answers while it loads.

// openHTTP binds the ports that the configuration asks for.
func (s *Server) openHTTP() error {
	if err := s.openAdmin(); err != nil {
		return err
	}
	if s.cfg.Metrics.ClassName != config.MetricsPrometheus {
		return nil
	}
	m := &s.cfg.Metrics
	exporter := admin.NewExporter(s, m.Runtime, time.Now, s.limited)
	port, err := admin.Listen(net.JoinHostPort(m.Host, strconv.Itoa(m.Port)), exporter, s.cfg.Admin.IdleTimeout, s.limited)
	if err != nil {
		return errors.Join(fmt.Errorf("server: metrics: %w", err), s.closeHTTP())
	}
	s.metricsHTTP = port
	s.log.Info("metrics are served", "address", port.Addr().String()+"/metrics")
	return nil
}

// openAdmin binds the admin server's port. If that is in use and nobody has asked for it, the server goes on without:
// 8080 is a port that many programs like. ZooKeeper does not start then.
func (s *Server) openAdmin() error {
	a := &s.cfg.Admin
	switch {
	case !a.Enabled:
		return nil
	case a.ForceHTTPS:
		s.log.Warn("the admin server does not start: admin.forceHttps wants TLS, which is not there yet")
		return nil
	}
	handler := admin.NewHandler(admin.HandlerConfig{
		CommandURL: a.CommandURL, SnapshotEnabled: a.Snapshot, RestoreEnabled: a.Restore,
		CopiesWhole: s.cfg.SerializeLastProcessedZxid, RateMs: a.RateMs, Now: time.Now, Log: s.limited, ForwardedFor: s.cfg.ForwardedFor,
	}, s, s)
	port, err := admin.Listen(net.JoinHostPort(a.Address, strconv.Itoa(a.Port)), s.openConsole(handler), a.IdleTimeout, s.limited)
	switch {
	case err == nil:
		s.adminHTTP = port
		s.runConsole()
		s.log.Info("admin server", "address", "http://"+port.Addr().String()+a.CommandURL)
		return nil
	case errors.Is(err, syscall.EADDRINUSE) && !a.PortSet:
		s.log.Warn("the port of the admin server is in use: going on without it; "+
			"admin.serverPort chooses another, admin.enableServer=false turns it off", "port", a.Port)
		return nil
	default:
		return &AdminServerError{fmt.Errorf("server: admin server: %w", err)}
	}
}

// AdminServerError says why the admin server could not start. The binary exits with 4 for it, as ZooKeeper does.
type AdminServerError struct{ Err error }

// Error says what is wrong.
func (e *AdminServerError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *AdminServerError) Unwrap() error { return e.Err }

// AdminAddr is the address of the admin server, MetricsAddr that of the exporter; nil if there is none.
func (s *Server) AdminAddr() net.Addr { return addrOf(s.adminHTTP) }

// MetricsAddr is described at AdminAddr.
func (s *Server) MetricsAddr() net.Addr { return addrOf(s.metricsHTTP) }

func addrOf(port *admin.HTTPServer) net.Addr {
	if port == nil {
		return nil
	}
	return port.Addr()
}

// closeHTTP ends the ports.
func (s *Server) closeHTTP() error {
	var errs []error
	for _, port := range []*admin.HTTPServer{s.adminHTTP, s.metricsHTTP} {
		if port != nil {
			errs = append(errs, port.Close())
		}
	}
	if s.endConsole != nil {
		s.endConsole()
	}
	return errors.Join(errs...)
}

package loop

import "sync/atomic"

// counters are written by whoever sees the thing happen.
type counters struct {
	accepted, rejected, acceptErrors          atomic.Uint64
	lenErrors, notReading, sessionless, parks atomic.Uint64
	parked                                    atomic.Int64

	handshakes                          atomic.Int64
	handshakesFailed, handshakesOverrun atomic.Uint64
}

// Stats is a reading of the counters. They are read one by one, so they need not fit each other exactly.
type Stats struct {
	Connections   int    // now
	Accepted      uint64 // passed the limits
	Rejected      uint64 // refused by a limit
	AcceptErrors  uint64
	LenErrors     uint64 // closed for an announced length
	NotReading    uint64 // closed for too many unsent bytes
	Sessionless   uint64 // closed for having no session in time
	Parked        int64  // not read now, for too much in flight
	Parks         uint64 // how often that began
	BytesInFlight int64  // delivered and unfinished request bytes

	Handshakes        int64  // of TLS, under way
	HandshakesFailed  uint64 // for any reason, time among them
	HandshakesOverrun uint64 // not begun because of TLSConfig.HandshakesMax
}

// Stats reads the counters.
func (s *Server) Stats() Stats {
	return Stats{
		Connections:   s.gate.count(),
		Accepted:      s.stats.accepted.Load(),
		Rejected:      s.stats.rejected.Load(),
		AcceptErrors:  s.stats.acceptErrors.Load(),
		LenErrors:     s.stats.lenErrors.Load(),
		NotReading:    s.stats.notReading.Load(),
		Sessionless:   s.stats.sessionless.Load(),
		Parked:        s.stats.parked.Load(),
		Parks:         s.stats.parks.Load(),
		BytesInFlight: s.bytesInFlight.Load(),

		Handshakes:        s.stats.handshakes.Load(),
		HandshakesFailed:  s.stats.handshakesFailed.Load(),
		HandshakesOverrun: s.stats.handshakesOverrun.Load(),
	}
}

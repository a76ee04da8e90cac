package bench

import "time"

// pace sends an engine's part of the requests of an open loop when they fall due: request n at n/rate seconds, on
// connection n modulo their number. A request that leaves late, because this machine was busy or because the server does
// not read, counts from when it was due all the same.
//
//	k-th request of this engine = request n of all;  n = k/slots × connections + number of the connection in slot k%slots
type pace struct {
	beginNs int64 // of the schedule, since the run's beginning; 0: not begun
	sent    int64 // requests of this engine
	over    bool
}

// startPacing begins the schedule.
func (e *engine) startPacing(beginNs int64) {
	e.pace = pace{beginNs: beginNs}
	e.sendDue()
}

// stopPacing ends the schedule. What fell due before untilNs is sent, even if this engine got no time before the window's
// end.
func (e *engine) stopPacing(untilNs int64) {
	if e.pace.beginNs > 0 && !e.pace.over {
		for e.sendUntil(untilNs) {
		}
	}
	e.pace.over = true
}

func (e *engine) dueNs(k int64) int64 {
	slots, o := int64(len(e.conns)), &e.traffic.o
	n := k / slots * int64(o.Connections)
	n += k%slots*int64(len(e.traffic.engines)) + int64(e.index)
	return e.pace.beginNs + int64(float64(n)*1e9/o.Rate)
}

// sendDue sends what has fallen due and sets the alarm for the next: not before Options.Pace has passed, so that what falls
// due meanwhile leaves together.
func (e *engine) sendDue() {
	if e.pace.over || e.traffic.stopped.Load() {
		return
	}
	nowNs := e.traffic.nowNs()
	nextNs := nowNs
	if !e.sendUntil(nowNs + 1) {
		nextNs = max(e.dueNs(e.pace.sent), nowNs+int64(time.Duration(e.traffic.o.Pace)))
	}
	if err := e.poll.alarm(nextNs - e.traffic.nowNs()); err != nil {
		e.traffic.fail(err)
	}
}

// sendBurst bounds what one round appends, so that an engine that has fallen behind reads while it catches up.
const sendBurst = 4096

// sendUntil sends what falls due before untilNs, each connection's requests with one write. It tells whether more is left.
func (e *engine) sendUntil(untilNs int64) (more bool) {
	first, slots := e.pace.sent, int64(len(e.conns))
	end := first
	for end < first+sendBurst && e.dueNs(end) < untilNs {
		end++
	}
	for k := first; k < min(end, first+slots); k++ {
		c := e.conns[k%slots]
		for mine := k; mine < end; mine += slots {
			c.append(e.dueNs(mine))
		}
		c.flush()
	}
	e.pace.sent = end
	return end == first+sendBurst
}

package bench

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// poller is one epoll, a bell that other goroutines ring, and an alarm. What is ready is named by slots: a connection's is
// its index within the engine.
type poller struct {
	ep, bell, timer int
	events          []unix.EpollEvent
	busy            bool // the last look has found something
}

// Slots that are no connections.
const (
	slotBell  = -1
	slotTimer = -2
)

// eventsPerWait is how many ready sockets one look reports. Those left over come with the next.
const eventsPerWait = 512

func newPoller() (*poller, error) {
	p := &poller{ep: -1, bell: -1, timer: -1, events: make([]unix.EpollEvent, eventsPerWait)}
	if err := p.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), p.close())
	}
	return p, nil
}

func (p *poller) open() (err error) {
	if p.ep, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if p.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	// A timer of its own, because epoll_wait counts in milliseconds.
	if p.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	// Edges: each ring and each alarm is reported once and needs no read.
	if err = p.control(unix.EPOLL_CTL_ADD, p.bell, slotBell, unix.EPOLLIN|unix.EPOLLET); err != nil {
		return err
	}
	return p.control(unix.EPOLL_CTL_ADD, p.timer, slotTimer, unix.EPOLLIN|unix.EPOLLET)
}

func (p *poller) control(op, fd int, slot int32, events uint32) error {
	return unix.EpollCtl(p.ep, op, fd, &unix.EpollEvent{Events: events, Fd: slot}) // Fd is data that the kernel hands back
}

// add watches a socket for input.
func (p *poller) add(fd int, slot int32) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, slot, unix.EPOLLIN)
}

// wantRoom also watches for room in the socket, or no longer.
func (p *poller) wantRoom(fd int, slot int32, room bool) error {
	events := uint32(unix.EPOLLIN)
	if room {
		events |= unix.EPOLLOUT
	}
	return p.control(unix.EPOLL_CTL_MOD, fd, slot, events)
}

// wait gives what is ready, until the next call. While there is always something it never sleeps: a look that may sleep
// costs Go's scheduler a hand-over.
func (p *poller) wait() ([]unix.EpollEvent, error) {
	for {
		patienceMs := -1
		if p.busy {
			patienceMs = 0
		}
		n, err := unix.EpollWait(p.ep, p.events, patienceMs)
		p.busy = n > 0
		switch {
		case n > 0:
			return p.events[:n], nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return nil, fmt.Errorf("epoll: %w", err)
		}
	}
}

// ring lets wait return. Any goroutine may call it, until close.
func (p *poller) ring() error {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	if _, err := unix.Write(p.bell, one[:]); err != nil && !errors.Is(err, unix.EAGAIN) { // full: it rings already
		return fmt.Errorf("eventfd: %w", err)
	}
	return nil
}

// alarm lets wait return after a time, once; it replaces the last alarm.
func (p *poller) alarm(ns int64) error {
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(max(ns, 1))} // 0 would disarm
	if err := unix.TimerfdSettime(p.timer, 0, &at, nil); err != nil {
		return fmt.Errorf("timerfd: %w", err)
	}
	return nil
}

func (p *poller) close() (err error) {
	for _, fd := range []int{p.timer, p.bell, p.ep} {
		if fd >= 0 {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	return err
}

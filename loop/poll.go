package loop

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"unsafe"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// eventsPerRound is how many sockets one look at epoll brings at most: some half a millisecond of work.
const eventsPerRound = 256

// poll is gnet's poller with a wait of our own. gnet's gives up its turn to Go's scheduler in front of each wait, which wakes another
// thread for nothing, and has no place for what is due once at the end of a round.
type poll struct {
	*netpoll.Poller
	fd     int // the poller's epoll
	wakeFD int // an eventfd, watched for its edges: it is never read
	events [eventsPerRound]unix.EpollEvent
}

func openPoll() (*poll, error) {
	gnet, err := netpoll.OpenPoller()
	if err != nil {
		return nil, err
	}
	p := &poll{Poller: gnet, fd: int(reflect.ValueOf(gnet).Elem().FieldByName("fd").Int())}
	if p.wakeFD, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return nil, errors.Join(os.NewSyscallError("eventfd", err), gnet.Close())
	}
	if err := p.watchEdges(p.wakeFD); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// watchEdges ends a wait whenever something is added to an eventfd.
func (p *poll) watchEdges(eventFD int) error {
	return p.AddRead(&netpoll.PollAttachment{FD: eventFD}, true)
}

// look brings what has happened until now. It does not leave Go's scheduler for that, for it never blocks.
func (p *poll) look() []unix.EpollEvent {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events)), eventsPerRound, 0, 0, 0)
	return p.brought(int(n), errno)
}

// wait brings what happens next.
func (p *poll) wait() []unix.EpollEvent {
	n, err := unix.EpollWait(p.fd, p.events[:], -1)
	var errno unix.Errno
	errors.As(err, &errno)
	return p.brought(n, errno)
}

func (p *poll) brought(n int, errno unix.Errno) []unix.EpollEvent {
	switch errno {
	case 0:
		return p.events[:n]
	case unix.EINTR:
		return nil
	}
	panic(fmt.Sprintf("loop: epoll_wait failed: %v", errno))
}

// wake ends a wait of the loop's goroutine, from any other.
func (p *poll) wake() {
	one := [8]byte{1}
	for {
		_, err := unix.Write(p.wakeFD, one[:])
		switch err {
		case nil:
			return
		case unix.EINTR:
		case unix.EAGAIN: // full after 2⁶⁴-2 wake-ups: reading empties it
			_, _ = unix.Read(p.wakeFD, one[:])
			one = [8]byte{1}
		default:
			panic("loop: cannot wake a loop through its eventfd: " + err.Error())
		}
	}
}

func (p *poll) close() error {
	return errors.Join(os.NewSyscallError("close", unix.Close(p.wakeFD)), p.Poller.Close())
}

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
	*netpoll.Poller     // registers descriptors
	fd              int // its epoll
	wakeFD          int // an eventfd, watched for its edges: it is never read
	events          [eventsPerRound]unix.EpollEvent
}

func openPoll() (*poll, error) {
	gnet, err := netpoll.OpenPoller()
	if err != nil {
		return nil, err
	}
	p := &poll{Poller: gnet}
	if p.fd, err = epollOf(gnet); err != nil {
		return nil, errors.Join(err, gnet.Close())
	}
	if p.wakeFD, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return nil, errors.Join(os.NewSyscallError("eventfd", err), gnet.Close())
	}
	if err := p.watchEdges(p.wakeFD); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// epollOf finds the descriptor of epoll in what points to gnet's poller, which has no call that tells it.
func epollOf(gnet any) (int, error) {
	fd := reflect.ValueOf(gnet).Elem().FieldByName("fd")
	if !fd.IsValid() || !fd.CanInt() {
		return 0, fmt.Errorf("loop: %T has no number fd, its epoll: this is not the version of gnet that this was written for (2.10.0)", gnet)
	}
	return int(fd.Int()), nil
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
	forever := -1 // milliseconds
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events)), eventsPerRound, uintptr(forever), 0, 0)
	return p.brought(int(n), errno)
}

func (p *poll) brought(n int, errno unix.Errno) []unix.EpollEvent {
	switch errno {
	case 0:
		return p.events[:n]
	case unix.EINTR:
		return nil
	default:
		panic(fmt.Sprintf("loop: epoll_wait failed: %v", errno))
	}
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
		case unix.EAGAIN: // it is full (after 2⁶⁴-2 wake-ups, or 254 where the big end comes first): reading empties it
			_, _ = unix.Read(p.wakeFD, one[:])
			one = [8]byte{1}
		default:
			panic("loop: cannot wake a loop through its eventfd: " + err.Error())
		}
	}
}

// close also closes gnet's poller. Nobody may be about to wake it.
func (p *poll) close() error {
	return errors.Join(os.NewSyscallError("close", unix.Close(p.wakeFD)), p.Close())
}

package disk

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Async begins writes and syncs of OS's direct files without waiting for them, one at a time, by Linux's native AIO (io_submit(2)). A
// thread that waits in a system call takes one of Go's processors along, or has to wait for one afterwards; this needs none.
// It belongs to one goroutine; Kick is for any.
type Async struct {
	context uintptr // the kernel's; 0 where there is none to be had
	signal  int
	call    control
	file    osFile // of the call on its way; with data it is kept from the collector
	data    []byte
}

// control is the kernel's struct iocb on a little-endian machine (linux/aio_abi.h).
type control struct {
	_                uint64 // for the caller's own use
	_, rwFlags       uint32
	opcode           uint16
	_                int16
	fd               uint32
	buf, bytes       uint64
	offset           int64
	_                uint64
	flags, resultsFD uint32
}

// outcome is the kernel's struct io_event.
type outcome struct {
	data, call uint64
	result     int64
	_          int64
}

// The kernel's numbers (linux/aio_abi.h, linux/fs.h).
const (
	opWrite       = 1
	opSyncData    = 3
	flagResultsFD = 1
	rwfNoWait     = 8
)

// NewAsync makes one. Where the kernel has no AIO to give, it begins nothing, and Kick works all the same.
func NewAsync() (*Async, error) {
	signal, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	a := &Async{signal: signal}
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		if _, _, errno := unix.Syscall(unix.SYS_IO_SETUP, 1, uintptr(unsafe.Pointer(&a.context)), 0); errno != 0 {
			a.context = 0
		}
	}
	return a, nil
}

// Signal is an eventfd that is added to whenever a call has ended, and by Kick. Nobody reads it: watch it for its edges.
func (a *Async) Signal() int { return a.signal }

// Kick adds to Signal.
func (a *Async) Kick() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	for {
		_, err := unix.Write(a.signal, one[:])
		switch err {
		case nil, unix.EAGAIN: // as full as can be is signalled as well
			return
		case unix.EINTR:
		default:
			panic("disk: cannot write to an eventfd: " + err.Error())
		}
	}
}

// StartWrite begins a write of whole blocks to a file from CreateDirect. p belongs to the call until Ended. It reports false, and has done
// nothing, where that cannot be begun without waiting: then WriteAt can do it.
func (a *Async) StartWrite(f File, p []byte, off int64) bool {
	return a.start(f, control{
		opcode: opWrite, rwFlags: rwfNoWait, buf: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p)))), bytes: uint64(len(p)), offset: off,
	}, p)
}

// StartSync begins what SyncData does; false is as for StartWrite.
func (a *Async) StartSync(f File) bool {
	return a.start(f, control{opcode: opSyncData}, nil)
}

func (a *Async) start(f File, call control, data []byte) bool {
	file, ok := f.(osFile)
	if !ok || a.context == 0 {
		return false
	}
	if a.file.File != nil {
		panic("disk: a second call before the first has ended")
	}
	call.fd, call.flags, call.resultsFD = uint32(file.Fd()), flagResultsFD, uint32(a.signal)
	a.call, a.file, a.data = call, file, data
	calls := [1]*control{&a.call}
	if _, _, errno := unix.RawSyscall(unix.SYS_IO_SUBMIT, a.context, 1, uintptr(unsafe.Pointer(&calls))); errno != 0 {
		a.file, a.data = osFile{}, nil
		return false
	}
	return true
}

// Ended tells whether the call on its way has ended, and how: with the bytes written, or with an error. One of a write that matches
// errors.ErrUnsupported, EINVAL, EAGAIN or EINTR says that it has done nothing, or not all of it: because it would have had to wait,
// mostly. With wait it waits for the end.
func (a *Async) Ended(wait bool) (n int, ended bool, err error) {
	if a.file.File == nil {
		panic("disk: no call is on its way")
	}
	var o outcome
	got, errno := a.outcomes(&o, wait)
	for errno == unix.EINTR {
		got, errno = a.outcomes(&o, wait)
	}
	if errno != 0 { // the kernel may still read the data: nobody may take this for an end
		panic("disk: io_getevents failed: " + errno.Error())
	}
	if got == 0 {
		return 0, false, nil
	}
	name := a.file.Name()
	want := len(a.data)
	a.file, a.data = osFile{}, nil
	switch {
	case o.result < 0:
		return 0, true, &fs.PathError{Op: "aio", Path: name, Err: unix.Errno(-o.result)}
	case int(o.result) < want:
		return int(o.result), true, &fs.PathError{Op: "aio", Path: name, Err: unix.EAGAIN}
	}
	return int(o.result), true, nil
}

func (a *Async) outcomes(o *outcome, wait bool) (int, unix.Errno) {
	if wait {
		n, _, errno := unix.Syscall6(unix.SYS_IO_GETEVENTS, a.context, 1, 1, uintptr(unsafe.Pointer(o)), 0, 0)
		return int(n), errno
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_IO_GETEVENTS, a.context, 0, 1, uintptr(unsafe.Pointer(o)), 0, 0)
	return int(n), errno
}

// Close waits for a call on its way.
func (a *Async) Close() error {
	var err error
	if a.context != 0 {
		if _, _, errno := unix.Syscall(unix.SYS_IO_DESTROY, a.context, 0, 0); errno != 0 {
			err = os.NewSyscallError("io_destroy", errno)
		}
	}
	return errors.Join(err, os.NewSyscallError("close", unix.Close(a.signal)))
}

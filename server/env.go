package server

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"

	"paddock/audit"
	"paddock/config"
	"paddock/disk"
	"paddock/loop"
	"paddock/tree"
)

// Network is where clients come from: loop.Server, or what a test puts in its place.
type Network interface {
	Start() error
	Addrs() []net.Addr
	Loops() int
	Ready() <-chan struct{}
	Take(into []loop.Event) []loop.Event
	Post(loop int, outs []loop.Out)
	Stats() loop.Stats
	Carrier
	StopAccepting()
	Stop(ctx context.Context) error
}

// Carrier lets a network's goroutine do the processor's work. What Carry refuses, the others are not asked.
type Carrier interface {
	Carry(round func() (more bool), signal int) (bool, error)
	PutDown()
	Do(f func()) bool
}

// Env is what a server has from outside. A nil field is the machine's own.
type Env struct {
	FS     disk.FS                       // if set, its folders are made and not locked
	Net    Network                       // if set, no port is bound
	Clock  func() (wallMs, monoMs int64) //
	Random func() float64                // from 0 to 1, 1 excluded

	Audit     func(*audit.Event) // if set, it gets what the audit log is to hold
	AuditUser string             // who the server is in there
}

// withDefaults fills in the machine's own, except for the network.
func (e Env) withDefaults() Env {
	if e.Clock == nil {
		e.Clock = newClock().now
	}
	if e.Random == nil {
		e.Random = rand.Float64
	}
	return e
}

// open gives the folders of the data directory.
func (e Env) open(cfg *config.Config) (dirs, error) {
	if e.FS == nil {
		return openDirs(cfg)
	}
	d := dirs{fs: e.FS, snap: filepath.Join(cfg.DataDir, version2), log: filepath.Join(cfg.DataLogDir, version2)}
	return d, errors.Join(d.fs.MkdirAll(d.snap), d.fs.MkdirAll(d.log))
}

// listen binds the port, unless the network is given.
func (e Env) listen(cfg loop.Config) (Network, error) {
	if e.Net != nil {
		return e.Net, nil
	}
	s, err := loop.Listen(cfg)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Loaded is what a server has found in its data directory: for the time before Run.
type Loaded struct {
	Tree     *tree.Tree
	Zxid     int64           // of the last transaction
	Sessions map[int64]int32 // timeout in milliseconds by session id
}

// Loaded gives what was found, for reading.
func (s *Server) Loaded() Loaded {
	l := Loaded{Tree: s.proc.Tree(), Zxid: s.proc.Applied(), Sessions: map[int64]int32{}}
	s.proc.Sessions(func(id int64, timeoutMs int32) { l.Sessions[id] = timeoutMs })
	return l
}

// Discard lets go of a server that is not to be run.
func (s *Server) Discard() error {
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	return errors.Join(s.net.Stop(stopped), s.closeData())
}

// New is NewIn on this machine.
func New(cfg *config.Config, version string, log *slog.Logger) (*Server, error) {
	return NewIn(Env{}, cfg, version, log)
}

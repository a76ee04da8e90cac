package floor

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/panjf2000/gnet/v2"
	"go.uber.org/zap"
)

// Config of a floor.
type Config struct {
	Addr  string // host:port; the port must be a real one
	Dir   string // where the log is written: a folder on the disk to measure
	Owner bool   // answered by one goroutine, and not on the event loops
	Value []byte // of every znode
	Loops int    // event loops; 0: as many as Paddock has by default
	// FileBytes is the size of the log, which is filled with zeros at the start and written again and again; 0: 64 MiB.
	FileBytes int64
}

// loopsDefault is Paddock's own: half of the processors, at least 1 and at most 8.
func loopsDefault() int { return min(max(runtime.GOMAXPROCS(0)/2, 1), 8) }

// Serve serves until ctx ends. ready is called once clients can connect.
func Serve(ctx context.Context, cfg Config, ready func()) error {
	if cfg.Loops == 0 {
		cfg.Loops = loopsDefault()
	}
	if cfg.FileBytes == 0 {
		cfg.FileBytes = fileBytesDefault
	}
	log, err := newSyncer(cfg.Dir, cfg.FileBytes)
	if err != nil {
		return err
	}
	h := &handler{cfg: cfg, log: log, ready: ready, desks: map[gnet.EventLoop]*desk{}, booted: make(chan struct{})}
	if cfg.Owner {
		h.owner = newOwner(h)
		go h.owner.run()
	}
	served := make(chan error, 1)
	go func() {
		served <- gnet.Run(h, "tcp://"+cfg.Addr, gnet.WithNumEventLoop(cfg.Loops), gnet.WithReuseAddr(true),
			gnet.WithLogger(zap.NewNop().Sugar())) // what matters comes back as an error
	}()
	err = h.wait(ctx, served)
	if h.owner != nil {
		close(h.owner.stop)
		<-h.owner.over
	}
	if err = errors.Join(err, log.close()); err != nil {
		return fmt.Errorf("floor: %w", err)
	}
	return nil
}

// wait returns when the engine has ended: because ctx did, because the log failed, or by itself.
func (h *handler) wait(ctx context.Context, served chan error) error {
	select {
	case err := <-served:
		return err
	case <-h.booted:
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	case <-h.log.over:
	}
	if err := h.engine.Stop(context.Background()); err != nil {
		return err
	}
	return <-served
}

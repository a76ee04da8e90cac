package snap

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"paddock/codec"
	"paddock/disk"
	"paddock/tree"
)

// Defaults and bounds of a Writer.
const (
	sliceNodesDefault = 256
	sliceBytesDefault = 64 << 10
	buffers           = 4       // slices that may wait for the helper
	bufferBytesKept   = 2 << 20 // a buffer that grew beyond is not used again; znodes have 1 MiB at most, mostly
	recordBytesSmall  = 8 << 10 // room for the last record of a slice
)

// Blocks says which blocks behind the znodes are left out. Apache must be told the same by its own settings: with the
// digest switched off it takes a digest block for the last one, and refuses the file (FileSnap.deserialize, 3.9.5).
type Blocks struct {
	NoDigest   bool // digest.enabled=false
	NoLastZxid bool // serializeLastProcessedZxid.enabled=false
}

// Config says where and how a Writer writes.
type Config struct {
	FS          disk.FS
	Dir         string
	Log         *slog.Logger
	Now         func() time.Time // for Result.Duration only
	Blocks      Blocks
	Compression Compression
	SliceNodes  int // znodes per Step; 0: 256
	SliceBytes  int // bytes per Step, on an average; 0: 64 KiB
}

func (c Config) withDefaults() Config {
	if c.SliceNodes == 0 {
		c.SliceNodes = sliceNodesDefault
	}
	if c.SliceBytes == 0 {
		c.SliceBytes = sliceBytesDefault
	}
	return c
}

// Result is what became of a snapshot.
type Result struct {
	File     string // its name, without the folder
	Zxid     int64
	Bytes    int64 // of the file
	Duration time.Duration
	Err      error // ErrAborted, or why it could not be written
}

// slice is what passes from the processor to the helper; the buffer comes back through Writer.free.
type slice struct {
	buf  []byte
	last *Digest // on the last one
}

// Writer writes one snapshot.
type Writer struct {
	// The processor's.
	t    *tree.Tree
	enc  *encoder // nil when the walk has ended
	zxid int64
	// credit is how many bytes may be encoded: every Step earns sliceBytes, and a slice with a large znode overdraws it. So
	// no more goes to the disk than with small ones, and the processor has time between two large copies.
	credit, sliceBytes int

	// The doors. Both channels have room for every buffer, so that no side ever waits to send.
	free   chan []byte
	full   chan slice
	failed chan struct{} // closed by the helper when it gives up
	done   chan Result
}

// Begin starts a snapshot that is complete up to zxid, the last transaction applied; sessions are those of now, and
// not to be changed until the end. It starts the helper. Step must be called until it returns false, or Abort.
func Begin(cfg Config, t *tree.Tree, sessions []Session, zxid int64) *Writer {
	cfg = cfg.withDefaults()
	t.BeginWalk(zxid)
	w := &Writer{
		t: t, zxid: zxid, enc: newEncoder(t, sessions, cfg.SliceNodes, cfg.SliceBytes), sliceBytes: cfg.SliceBytes,
		free: make(chan []byte, buffers), full: make(chan slice, buffers),
		failed: make(chan struct{}), done: make(chan Result, 1),
	}
	for range buffers {
		w.free <- newBuffer(cfg.SliceBytes)
	}
	h := helper{cfg: cfg, zxid: zxid, free: w.free, full: w.full, failed: w.failed}
	go func() { w.done <- h.run() }()
	return w
}

// Step encodes the next slice; false says that the tree is no longer needed, be it that everything was handed over or
// that the helper failed. If the helper is behind it does nothing. Between transactions only; lastZxid is the last
// one applied, whose digest the tree has.
func (w *Writer) Step(lastZxid int64) (more bool) {
	if w.enc == nil {
		return false
	}
	select {
	case <-w.failed:
		w.endWalk()
		return false
	default:
	}
	if w.credit = min(w.credit+w.sliceBytes, w.sliceBytes); w.credit <= 0 {
		return true
	}
	select {
	case buf := <-w.free:
		return w.step(buf, lastZxid)
	default:
		return true
	}
}

func (w *Writer) step(buf []byte, lastZxid int64) bool {
	buf, more := w.enc.slice(buf[:0])
	w.credit -= len(buf)
	if more {
		w.full <- slice{buf: buf}
		return true
	}
	if lastZxid < w.zxid {
		panic(fmt.Sprintf("snap: walk began at zxid %#x and ends at %#x", w.zxid, lastZxid))
	}
	w.full <- slice{buf: buf, last: digestAt(w.t, lastZxid)}
	w.endWalk()
	return false
}

// digestAt is the digest block of now. Apache has none yet before the first transaction, and writes zeros.
func digestAt(t *tree.Tree, zxid int64) *Digest {
	d := &Digest{Zxid: zxid, Version: codec.DigestVersion}
	if zxid != 0 {
		d.Tree = t.Digest()
	}
	return d
}

func (w *Writer) endWalk() {
	w.enc = nil
	w.t.EndWalk()
	close(w.full)
}

// Done gives the result, once. It comes after Step has returned false, or after Abort, or earlier if writing failed.
func (w *Writer) Done() <-chan Result { return w.done }

// Abort stops a walk under way, and the file is thrown away. Once Step has returned false it does nothing: the file
// will be finished.
func (w *Writer) Abort() {
	if w.enc != nil {
		w.endWalk()
	}
}

// helper owns the file.
type helper struct {
	cfg    Config
	zxid   int64
	free   chan<- []byte
	full   <-chan slice
	failed chan<- struct{}
}

func (h *helper) run() Result {
	start := h.cfg.Now()
	r := Result{File: h.cfg.Compression.FileName(h.zxid), Zxid: h.zxid}
	r.Bytes, r.Err = h.write()
	r.Duration = h.cfg.Now().Sub(start)
	switch {
	case r.Err == nil:
		h.cfg.Log.Info("snapshot written", "file", r.File, "bytes", r.Bytes, "took", r.Duration)
	case !errors.Is(r.Err, ErrAborted):
		h.cfg.Log.Error("snapshot failed; the log is still whole", "file", r.File, "err", r.Err)
		close(h.failed)
	}
	return r
}

func (h *helper) write() (int64, error) {
	f, err := createFile(&h.cfg)
	if err != nil {
		return 0, err
	}
	for s := range h.full {
		if err := f.write(s.buf); err != nil {
			return f.out.off, errors.Join(err, f.remove())
		}
		if s.last != nil {
			err := f.finish(h.zxid, *s.last)
			return f.out.off, err
		}
		h.free <- h.recycled(s.buf)
	}
	return f.out.off, errors.Join(ErrAborted, f.remove())
}

// newBuffer has room for a slice whose last record, a small znode, stands over: so nothing is copied twice.
func newBuffer(sliceBytes int) []byte { return make([]byte, 0, sliceBytes+recordBytesSmall) }

func (h *helper) recycled(buf []byte) []byte {
	if cap(buf) > bufferBytesKept {
		return newBuffer(h.cfg.SliceBytes)
	}
	return buf
}

// WriteEmpty makes the first snapshot of a fresh folder, snapshot.0, and syncs it.
func WriteEmpty(cfg Config) error {
	t := tree.New()
	t.BeginWalk(0)
	enc := newEncoder(t, nil, sliceNodesDefault, sliceBytesDefault) // a slice for sessions, ACLs and znodes each
	f, err := createFile(&cfg)
	if err != nil {
		return err
	}
	for more := true; more; {
		var piece []byte
		piece, more = enc.slice(nil)
		if err := f.write(piece); err != nil {
			return errors.Join(err, f.remove())
		}
	}
	t.EndWalk()
	return f.finish(0, *digestAt(t, 0))
}

package snap

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"paddock/tree"
	"paddock/zk"
)

// loadBatchBytes and loadBatchNodes are how much is read at once, loadBatches how far that may be ahead.
const (
	loadBatchBytes = 256 << 10
	loadBatchNodes = 2048
	loadBatches    = 3
)

// loading is the sink that makes a tree. The znodes are put into it on a goroutine of their own: that is half of the work.
type loading struct {
	loader   *tree.Loader
	sessions map[int64]int32

	batch       *loadBatch
	full, empty chan *loadBatch
	failed      atomic.Bool // there is no use in going on
	ended       chan error  // the first znode that makes no tree
}

// loadBatch is a stretch of znodes. Their paths and data are in bytes.
type loadBatch struct {
	bytes []byte
	nodes []loadNode
}

type loadNode struct {
	at   int64 // offset in the stream
	path string
	data []byte
	acl  int64
	stat zk.StatPersisted
}

func newLoading() *loading {
	l := &loading{
		loader: tree.NewLoader(), sessions: map[int64]int32{}, batch: &loadBatch{bytes: make([]byte, 0, loadBatchBytes)},
		full: make(chan *loadBatch, loadBatches), empty: make(chan *loadBatch, loadBatches), ended: make(chan error, 1),
	}
	for range loadBatches - 1 {
		l.empty <- &loadBatch{bytes: make([]byte, 0, loadBatchBytes)}
	}
	go func() { l.ended <- l.insert() }()
	return l
}

func (l *loading) session(id int64, timeoutMs int32) error {
	l.sessions[id] = timeoutMs
	return nil
}

// acl is called before the first znode, so nobody else has the loader yet.
func (l *loading) acl(id int64, list []zk.ACL) error { return l.loader.AddACL(id, list) }

func (l *loading) node(at int64, path string, data []byte, acl int64, st *zk.StatPersisted) error {
	if b := l.batch; len(b.nodes) == loadBatchNodes || len(b.nodes) > 0 && len(b.bytes)+len(path)+len(data) > cap(b.bytes) {
		l.full <- b
		l.batch = <-l.empty
		if l.failed.Load() {
			return ErrCorrupt // finish knows more
		}
	}
	b := l.batch
	start := len(b.bytes)
	b.bytes = append(append(b.bytes, path...), data...) // grows for a single large znode only, when nothing points into it
	n := loadNode{at: at, acl: acl, stat: *st}
	if path != "" {
		n.path = unsafe.String(&b.bytes[start], len(path)) // until the batch is used again
	}
	if data != nil {
		n.data = b.bytes[start+len(path):]
	}
	b.nodes = append(b.nodes, n)
	return nil
}

// insert puts the batches into the tree. After an error it only takes them, so that nobody waits for it.
func (l *loading) insert() (err error) {
	for b := range l.full {
		for i := range b.nodes {
			n := &b.nodes[i]
			if err != nil {
				break
			}
			if err = refused(n.at, l.loader.Add(n.path, n.data, n.acl, &n.stat)); err != nil {
				l.failed.Store(true)
			}
		}
		clear(b.nodes)
		b.bytes, b.nodes = b.bytes[:0], b.nodes[:0]
		l.empty <- b
	}
	return err
}

// refused tells where in the stream a record stands that makes no tree.
func refused(at int64, err error) error {
	if errors.Is(err, tree.ErrCorrupt) {
		return fmt.Errorf("%w: offset %d: %w", ErrCorrupt, at, err)
	}
	return err
}

// finish waits for the last znode; read is how reading has ended, which is later in the stream than what was refused.
func (l *loading) finish(read error) (*tree.Tree, error) {
	l.full <- l.batch
	close(l.full)
	if err := <-l.ended; err != nil {
		return nil, err
	}
	if read != nil {
		return nil, read
	}
	t, err := l.loader.Finish()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return t, nil
}

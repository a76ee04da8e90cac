package powercut

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"paddock/disk"
)

// ledger follows the calls on a disk and says which rule of order one of them breaks.
type ledger struct {
	unsynced map[string]bool  // files written to since their last sync
	ends     map[string]int64 // of the log files in service: where the last write ended
	unnamed  map[string]bool  // names given since the folder's last sync
	removed  bool             // a name was taken away since the folder's last sync
}

func newLedger() *ledger {
	return &ledger{unsynced: map[string]bool{}, ends: map[string]int64{}, unnamed: map[string]bool{}}
}

func (l *ledger) take(c disk.Call) error {
	name := filepath.Base(c.Name)
	switch c.Op {
	case disk.OpWrite:
		return l.write(name, c)
	case disk.OpTruncate:
		l.unsynced[name] = true
	case disk.OpSync:
		delete(l.unsynced, name)
	case disk.OpSyncDir:
		clear(l.unnamed)
		l.removed = false
	case disk.OpRename:
		return l.rename(name, filepath.Base(c.To))
	case disk.OpRemove:
		if !strings.HasPrefix(name, "paddock.spare") && name != "writing.snapshot" && len(l.unnamed) > 0 {
			return fmt.Errorf("%s is removed while the names %v are not durable", name, l.unnamed)
		}
		delete(l.unsynced, name)
		l.removed = true
	default:
	}
	return nil
}

func (l *ledger) write(name string, c disk.Call) error {
	l.unsynced[name] = true
	if l.unnamed[name] {
		return fmt.Errorf("%s is written to before its name is durable", name)
	}
	if strings.HasPrefix(name, "snapshot.") {
		return fmt.Errorf("%s is written to although it has its name", name)
	}
	if !strings.HasPrefix(name, "log.") {
		l.ends[name] = max(l.ends[name], c.Off+int64(c.Bytes))
		return nil
	}
	if end, there := l.ends[name]; there && c.Off < end-blockBytes {
		return fmt.Errorf("%s is written to at byte %d, it goes to byte %d in blocks of %d", name, c.Off, end, blockBytes)
	}
	l.ends[name] = c.Off + int64(c.Bytes)
	return nil
}

// blockBytes are those of the simulated disk's direct files: the last one is written again when more comes behind it.
const blockBytes = 4096

func (l *ledger) rename(from, to string) error {
	if l.unsynced[from] {
		return fmt.Errorf("%s becomes %s before it is synced", from, to)
	}
	delete(l.ends, from)
	l.unnamed[to] = true
	return nil
}

func (l *ledger) end() error {
	for name := range l.unsynced {
		if strings.HasPrefix(name, "log.") {
			return fmt.Errorf("%s is never synced", name)
		}
	}
	if len(l.unnamed) > 0 {
		return fmt.Errorf("the names %v never become durable", l.unnamed)
	}
	return nil
}

// TestFilesAndNamesAreSyncedInOrder: a file is synced before it gets its name, the folder is synced before anything is written
// behind that name or a file is removed because of it, and no log file is written to but in its last block and behind.
func TestFilesAndNamesAreSyncedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := newWorld(torn(t), 4, func(*Point) error { return nil }) // whose end is kept aside and cut first
		if err != nil {
			t.Fatal(err)
		}
		w.open(longMs)
		w.drain()
		w.steps(300)
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		inOrder(t, w)
		inOrder(t, life(t, 6))
	})
}

func inOrder(t *testing.T, w *World) {
	t.Helper()
	l := newLedger()
	for i, c := range w.calls {
		if err := l.take(c); err != nil {
			t.Fatalf("call %d, %+v: %v", i, c, err)
		}
	}
	if err := l.end(); err != nil {
		t.Error(err)
	}
}

func TestTheLedgerKnowsWrongOrder(t *testing.T) {
	call := func(op disk.Op, name, to string) disk.Call {
		return disk.Call{Op: op, Name: "/d/" + name, To: "/d/" + to, Bytes: 5}
	}
	wide := func(op disk.Op, name string) disk.Call {
		return disk.Call{Op: op, Name: "/d/" + name, Bytes: blockBytes + 1}
	}
	for what, calls := range map[string][]disk.Call{
		"named before it is synced":      {call(disk.OpWrite, "a", ""), call(disk.OpRename, "a", "log.1")},
		"written behind a fleeting name": {call(disk.OpRename, "a", "log.1"), call(disk.OpWrite, "log.1", "")},
		"removed for a fleeting name":    {call(disk.OpRename, "a", "snapshot.1"), call(disk.OpRemove, "log.1", "")},
		"written over":                   {wide(disk.OpWrite, "log.1"), wide(disk.OpWrite, "log.1")},
		"a snapshot that grows":          {call(disk.OpWrite, "snapshot.1", "")},
		"never synced":                   {call(disk.OpTruncate, "log.1", "")},
		"never named":                    {call(disk.OpRename, "a", "log.1")},
	} {
		l := newLedger()
		var err error
		for _, c := range calls {
			if err == nil {
				err = l.take(c)
			}
		}
		if err == nil {
			err = l.end()
		}
		if err == nil {
			t.Errorf("%s: not noticed", what)
		}
	}
}

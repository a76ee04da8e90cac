package server

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// TestASnapshotThatIsAllThereWasIsNotPassedOver: behind a restore the older snapshot and its log make the state that the restore
// has replaced. When the restored snapshot breaks, going back to that one would undo the restore, without a word to anybody.
func TestASnapshotThatIsAllThereWasIsNotPassedOver(t *testing.T) {
	origin := newPlace(t, "preAllocSize=0") // one log file, whenever the next one is ready
	r := origin.start(t)
	write := func(path string) {
		_, err := r.dial(client.Options{}).Create(path, []byte("x"), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
	}
	write("/old")
	copied, err := r.s.Snapshot(context.Background(), true)
	check(t, err)
	content, err := io.ReadAll(copied.Content)
	check(t, err)
	write("/replaced")
	_, err = r.s.Restore(context.Background(), bytes.NewReader(content))
	check(t, err)
	write("/after")
	r.stop()

	const restored, logged = "snapshot.100000000", "log.100000001"
	other, short := "another tree than the one that was logged", "ends with zxid 0x"
	for _, c := range []struct {
		what    string
		ready   func(e *emptied)
		refused string
	}{
		{"a flipped bit", func(e *emptied) { e.flip(restored, 70) }, other},
		{"half of it", func(e *emptied) { e.cut(restored, 100) }, other},
		{"a flipped bit, and no log behind it", func(e *emptied) { e.flip(restored, 70); e.remove(logged) }, short},
		{"half of it, and no log behind it", func(e *emptied) { e.cut(restored, 100); e.remove(logged) }, short},
		{"half of it, and nothing else", func(e *emptied) {
			e.cut(restored, 100)
			e.remove("snapshot.0", "log.1", logged)
		}, short},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := newPlace(t)
			check(t, os.CopyFS(p.data(), os.DirFS(origin.data())))
			c.ready(&emptied{t: t, p: p})
			before := held(t, p)
			p.refused(t, false, "/"+restored, "is needed", c.refused)
			wantContent(t, p.data(), before)
			if c.refused == short { // else it starts too, and says at its loudest that the tree is another one
				check(t, os.Rename(filepath.Join(p.version2(), restored), filepath.Join(p.data(), "aside")))
				p.peek(t)
			}
		})
	}
	if _, there := origin.peek(t).znodes["/replaced"]; there {
		t.Error("the restore was undone although its snapshot is whole")
	}
}

// held is the content of a place that has its zoo.cfg.
func held(t *testing.T, p *place) map[string]string {
	t.Helper()
	p.config(t)
	return content(t, p.data())
}

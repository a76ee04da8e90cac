package migrate

import (
	"log/slog"
	"path/filepath"
	"time"

	"paddock/apply"
	"paddock/backup"
	"paddock/tree"
	"paddock/zk"
)

// withACLs makes a data directory whose znodes have ACLs of these schemes, and a zoo.cfg for it.
func (in *installation) withACLs(schemes ...string) string {
	in.Helper()
	st := &backup.State{Replay: apply.Replay{Tree: tree.New(), Sessions: map[int64]int32{}, Zxid: 9}}
	for i, scheme := range schemes {
		acl := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: scheme, ID: "somebody:x"}}, {Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
		if _, err := st.Tree.Create("/"+scheme, []byte("data"), acl, 0, int32(i+1), int64(i+1), 1); err != zk.ErrOK {
			in.Fatal(err)
		}
	}
	dir, _, err := backup.Write(in.Context(), st, backup.Source{}, backup.Target{
		Dir: filepath.Join(in.dir, "made"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	in.check(err)
	in.write("other.cfg", "dataDir="+dir, "clientPort=1", "clientPortAddress=127.0.0.1", "admin.enableServer=false")
	return filepath.Join(in.dir, "other.cfg")
}

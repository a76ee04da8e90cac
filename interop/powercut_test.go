package interop

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"paddock/powercut"
)

// TestApacheAgreesOnWhatAPowerCutHasLeft opens data directories of Paddock's with Apache ZooKeeper: the power was cut at ten
// moments of a script, on a disk that lost what was not synced, and Paddock has recovered. Apache must show exactly what the
// model of the script says: every znode with data, Stat and ACL.
func TestApacheAgreesOnWhatAPowerCutHasLeft(t *testing.T) {
	var lefts []powercut.Left
	synctest.Test(t, func(t *testing.T) {
		var err error
		lefts, err = powercut.Sample(42, 10)
		check(t, err)
	})
	for _, l := range lefts {
		t.Run(l.How, func(t *testing.T) {
			// Sessions end at multiples of a tick only, so one of 27 hours lets the ephemerals stay.
			s := newServer(t, tools.apache, "tickTime=100000000", "minSessionTimeout=1000")
			check(t, os.MkdirAll(s.Data(), 0o755))
			for name, data := range l.Files {
				check(t, os.WriteFile(filepath.Join(s.Data(), name), data, 0o644))
			}
			check(t, s.Start())
			nodes, err := Dump(s.Addr())
			check(t, err)
			for i := range nodes {
				nodes[i].Data = bytes.Clone(nodes[i].Data)
				if nodes[i].Data == nil {
					nodes[i].Data = []byte{} // the model does not tell null from empty
				}
			}
			if diff := Difference(modelLines(l.Znodes), Lines(nodes, Node.Line)); diff != "" {
				t.Errorf("apache shows something else (- the model, + apache):\n%s", diff)
			}
		})
	}
}

func modelLines(znodes []powercut.Znode) (lines []string) {
	for _, z := range znodes {
		n := Node{Path: z.Path, Data: z.Data, Stat: Stat{
			Czxid: z.Stat.Czxid, Mzxid: z.Stat.Mzxid, Ctime: z.Stat.Ctime, Mtime: z.Stat.Mtime, Version: z.Stat.Version,
			Cversion: z.Stat.CVersion, Aversion: z.Stat.AVersion, EphemeralOwner: z.Stat.EphemeralOwner,
			DataLength: z.Stat.DataLength, NumChildren: z.Stat.NumChildren, Pzxid: z.Stat.Pzxid,
		}}
		for _, a := range z.ACL {
			n.ACL = append(n.ACL, ACL{Perms: int32(a.Perms), Scheme: a.ID.Scheme, ID: a.ID.ID})
		}
		lines = append(lines, n.Line())
	}
	return lines
}

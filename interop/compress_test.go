package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"paddock/purge"
)

// TestCompressedSnapshotsMoveToTheOtherServerAndBack writes nothing but compressed snapshots, so that the other server has to
// read one, and damages the newest, so that it has to read the one before and more of the log.
func TestCompressedSnapshotsMoveToTheOtherServerAndBack(t *testing.T) {
	for _, c := range []struct {
		first, second Program
		method        string
	}{
		{tools.server, tools.apache, "gz"}, {tools.server, tools.apache, "snappy"}, {tools.apache, tools.server, "snappy"},
	} {
		t.Run(c.first.Name+" writes "+c.method, func(t *testing.T) {
			m := &move{server: newServer(t, c.first, manySnapshots, "snapshot.compression.method="+c.method), kill: true}
			check(t, m.server.Start())
			one := m.write(t, Workload{Seed: 21, Base: "/one", Steps: 300, BigDataBytes: 200 << 10})
			m.to(t, c.second)
			m.compressed(t, c.method, 0)
			m.resume(t, one[0])
			m.write(t, Workload{Seed: 22, Base: "/two", Steps: 150, BigDataBytes: 50 << 10})
			m.to(t, c.first)
			m.compressed(t, c.method, 0)
			m.write(t, Workload{Seed: 23, Base: "/three", Steps: 60, BigDataBytes: 1000})
			m.damaged(t, c.second)
			m.compressed(t, c.method, 1)
		})
	}
}

// compressed makes sure that there is no snapshot but compressed ones, and that the servers have passed over as many as were
// damaged and no other.
func (m *move) compressed(t *testing.T, method string, damaged int) {
	t.Helper()
	for _, name := range m.snapshots(t) {
		if !strings.HasSuffix(name, "."+method) {
			t.Errorf("%s is there, which is not %s", name, method)
		}
	}
	log := m.server.Log()
	passed := strings.Count(log, "problem reading snap file") + strings.Count(log, "trying the one before")
	if passed != damaged {
		t.Errorf("%d snapshots were passed over, %d are damaged:\n%s", passed, damaged, log)
	}
}

// snapshots lists them by their zxids, newest first.
func (m *move) snapshots(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(m.server.Data(), "snapshot.*"))
	check(t, err)
	zxid := func(name string) uint64 {
		n, err := strconv.ParseUint(strings.Split(filepath.Base(name), ".")[1], 16, 64)
		check(t, err)
		return n
	}
	slices.SortFunc(names, func(a, b string) int { return int(zxid(b)) - int(zxid(a)) })
	return names
}

// damaged is like to, with the newest snapshot damaged in its middle while the server is down.
func (m *move) damaged(t *testing.T, next Program) {
	t.Helper()
	before := m.lines(t)
	check(t, m.server.Kill())
	newest := m.snapshots(t)[0]
	b, err := os.ReadFile(newest)
	check(t, err)
	copy(b[len(b)/2:], bytes.Repeat([]byte{0xa5}, 64))
	check(t, os.WriteFile(newest, b, 0o644))
	m.server.Program = next
	check(t, m.server.Start())
	if diff := Difference(before, m.lines(t)); diff != "" {
		t.Fatalf("%s, behind a damaged snapshot, shows something else than what was written:\n%s", next.Name, diff)
	}
}

// TestPurgeRemovesWhatApachesRemoves gives the same directory, of whole snapshots plain and compressed, to Apache's
// PurgeTxnLog and to ours.
func TestPurgeRemovesWhatApachesRemoves(t *testing.T) {
	s := newServer(t, tools.server, "snapCount=20")
	config := filepath.Join(s.dir, "zoo.cfg")
	text, err := os.ReadFile(config)
	check(t, err)
	for _, method := range []string{"gz", "snappy", ""} {
		check(t, os.WriteFile(config, append(bytes.Clone(text), "snapshot.compression.method="+method+"\n"...), 0o644))
		check(t, s.Start())
		_, err := Workload{Seed: 31, Base: "/w" + method, Steps: 60, BigDataBytes: 1000}.Run(s.Addr())
		check(t, err)
		check(t, s.Kill())
	}
	for _, keep := range []int{3, 4, 7, 100} {
		apaches, ours := t.TempDir(), t.TempDir()
		for _, dir := range []string{apaches, ours} {
			check(t, os.CopyFS(filepath.Join(dir, "version-2"), os.DirFS(s.Data())))
		}
		cmd := exec.Command("java", "-cp", filepath.Join(tools.cache.ApacheJars(), "*"),
			"org.apache.zookeeper.server.PurgeTxnLog", apaches, apaches, "-n", strconv.Itoa(keep))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		folder := filepath.Join(ours, "version-2")
		cfg := purge.Config{SnapDir: folder, LogDir: folder, Keep: keep}
		plan, err := purge.Survey(cfg)
		check(t, err)
		check(t, purge.Remove(cfg, plan, nil))
		want, got := names(t, filepath.Join(apaches, "version-2")), names(t, folder)
		if !slices.Equal(got, want) {
			t.Errorf("keep %d: %q are left, after Apache's purge %q", keep, got, want)
		}
		if all := names(t, s.Data()); keep < 5 && len(got) >= len(all) {
			t.Errorf("keep %d: nothing was removed of %q", keep, all)
		}
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

package inspect

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"paddock/client"
	"paddock/disk"
	"paddock/interop"
	"paddock/snap"
	"paddock/wal"
	"paddock/zk"
)

// TestApachesToolsPrintTheSame makes real files with Apache's own server, plain and compressed, and holds every tool against
// Apache's, byte for byte.
func TestApachesToolsPrintTheSame(t *testing.T) {
	cache, err := interop.FindCache()
	check(t, err)
	a := apacheTools{jars: cache.ApacheJars()}
	dir := filepath.Join(t.TempDir())
	s, err := interop.NewServer(withProperty(interop.ApacheProgram(a.jars), "-Dzookeeper.extendedTypesEnabled=true"), dir)
	check(t, err)
	t.Cleanup(func() { _ = s.Kill() })
	for i, packed := range []string{"", "gz", "snappy"} {
		s.Program = withProperty(interop.ApacheProgram(a.jars), "-Dzookeeper.extendedTypesEnabled=true",
			"-Dzookeeper.snapshot.compression.method="+packed)
		check(t, s.Start())
		work(t, s.Addr(), i)
		check(t, s.Kill()) // sessions and ephemerals stay
	}
	check(t, s.Start()) // which takes a snapshot of all of it
	check(t, s.Kill())
	logs, err := wal.Segments(disk.OS{}, s.Data())
	check(t, err)
	snaps, err := snap.List(disk.OS{}, s.Data())
	check(t, err)
	if len(logs) < 3 || len(snaps) < 4 {
		t.Fatalf("%d logs, snapshots %v", len(logs), snaps)
	}
	newest := filepath.Join(s.Data(), snaps[0].Name)
	if !strings.HasSuffix(newest, ".snappy") {
		t.Fatalf("the newest snapshot is %s", newest)
	}
	for _, l := range logs {
		path := filepath.Join(s.Data(), l.Name)
		t.Run("dump of "+l.Name, func(t *testing.T) { a.sameLog(t, path) })
	}
	t.Run("a flipped bit, fixed and chopped", func(t *testing.T) { a.sameRepairs(t, filepath.Join(s.Data(), logs[1].Name)) })
	for _, f := range snaps {
		path := filepath.Join(s.Data(), f.Name)
		t.Run("dump of "+f.Name, func(t *testing.T) {
			l := load(t, path)
			same(t, a.run(t, "SnapshotFormatter", "-d", path), printed(t, func(b *bytes.Buffer) error { return DumpSnapshot(b, l, true) }))
		})
	}
	t.Run("summaries", func(t *testing.T) { a.sameSummaries(t, newest) })
	t.Run("dump without data and as JSON", func(t *testing.T) { a.sameDumps(t, newest) })
	t.Run("comparisons", func(t *testing.T) { a.sameComparisons(t, filepath.Join(s.Data(), snaps[len(snaps)-2].Name), newest) })
	t.Run("what we print of a wholesome log is also true", func(t *testing.T) {
		v, err := VerifyLogs(disk.OS{}, s.Data(), s.Data())
		if err != nil || v.Report.Damage != nil || v.Snap != snaps[0].Name || v.Report.LastZxid != snaps[0].Zxid {
			t.Fatalf("%+v, %v", v, err)
		}
	})
}

func withProperty(p interop.Program, props ...string) interop.Program {
	p.Argv = append(append([]string{p.Argv[0]}, props...), p.Argv[1:]...)
	return p
}

// work writes transactions of every kind, with text that is awkward to print.
func work(t *testing.T, addr string, round int) {
	t.Helper()
	c, err := client.Dial(context.Background(), addr, client.Options{SessionTimeout: 40 * time.Second})
	check(t, err)
	defer c.Disconnect()
	check(t, c.AddAuth("digest", []byte("user:secret")))
	base := fmt.Sprintf("/round%d", round)
	create := func(name string, data []byte, acl []zk.ACL, mode zk.CreateMode) {
		t.Helper()
		if _, err := c.Create(base+name, data, acl, mode); err != nil {
			t.Fatalf("create %s: %v", name, err)
		}
	}
	owner := []zk.ACL{
		{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: interop.DigestID("user", "secret")}},
		{Perms: zk.PermRead, ID: zk.ID{Scheme: "world", ID: "anyone"}},
	}
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	create("", nil, zk.OpenACL(), zk.ModePersistent)
	create("/Grüße, 世界 } 50%", []byte("zwei\nZeilen"), owner, zk.ModePersistent)
	create(`/"quoted\path"`, everyByte, zk.OpenACL(), zk.ModePersistent)
	create("/broken utf-8", []byte("\xe2\x82 \xed\xa0\x80 \xf0\x9f\x98 \xc3\x28 \xff"), zk.OpenACL(), zk.ModePersistent)
	create("/emoji data", []byte("😀"), zk.OpenACL(), zk.ModePersistent)
	for i := range 30 {
		create("/seq-", []byte(strings.Repeat("x", i)), zk.OpenACL(), zk.ModePersistentSequential)
	}
	for i := range 5 {
		create(fmt.Sprintf("/eph, %d}", i), nil, zk.OpenACL(), zk.ModeEphemeral)
	}
	create("/container", nil, zk.OpenACL(), zk.ModeContainer)
	create("/container/child", nil, zk.OpenACL(), zk.ModePersistent)
	create("/deep", []byte("a"), zk.OpenACL(), zk.ModePersistent)
	create("/deep/er", []byte("bb"), zk.OpenACL(), zk.ModePersistent)
	create("/deep/er/still", []byte("ccc"), zk.OpenACL(), zk.ModePersistent)
	_, err = c.SetData(base+"/deep", []byte(strings.Repeat("ö", 300)), -1)
	check(t, err)
	_, err = c.SetACL(base+"/deep/er", owner, -1)
	check(t, err)
	_, err = c.Multi(
		client.Part{Op: zk.OpCreate, Path: base + "/m", Data: []byte("\xff"), ACL: zk.OpenACL()},
		client.Part{Op: zk.OpSetData, Path: base + "/m", Data: []byte("2"), Version: 0},
		client.Part{Op: zk.OpCheck, Path: base + "/m", Version: 1},
		client.Part{Op: zk.OpDelete, Path: base + "/m", Version: -1},
	)
	check(t, err)
	// Refused, and in the log all the same.
	_, _ = c.Multi(client.Part{Op: zk.OpCheck, Path: base + "/none", Version: 1}, client.Part{Op: zk.OpDelete, Path: base, Version: -1})
	_ = c.Delete(base+"/none", -1)
	check(t, c.Delete(base+"/broken utf-8", -1))
	// A session that ends, with ephemerals in the order of the log, and one without.
	for range 2 {
		other, err := client.Dial(context.Background(), addr, client.Options{SessionTimeout: 30 * time.Second})
		check(t, err)
		_, err = other.Create(fmt.Sprintf("%s/gone, %d", base, round), nil, zk.OpenACL(), zk.ModeEphemeral)
		check(t, err)
		check(t, other.Close())
	}
}

// apacheTools runs Apache's programs.
type apacheTools struct{ jars string }

// run gives what a tool prints to its standard output; it may end with any code.
func (a apacheTools) run(t *testing.T, class string, args ...string) string {
	t.Helper()
	return a.feed(t, "", class, args...)
}

func (a apacheTools) feed(t *testing.T, input, class string, args ...string) string {
	t.Helper()
	name := "org.apache.zookeeper.server." + class
	argv := append([]string{
		"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Duser.language=en", "-Duser.country=US",
		"-Dfile.encoding=UTF-8", "-Dsun.stdout.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", filepath.Join(a.jars, "*"), name,
	}, args...)
	cmd := exec.Command("java", argv...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	if len(out) == 0 {
		t.Fatalf("%s %v printed nothing: %v", class, args, err)
	}
	return string(out)
}

func (a apacheTools) sameLog(t *testing.T, path string) {
	t.Helper()
	got := printed(t, func(b *bytes.Buffer) error {
		return withFile(path, func(f *os.File, size int64) error {
			d, err := DumpLog(b, f, size)
			if d.BadSums != 0 || d.Unread != 0 || len(d.Remarks) != 0 {
				t.Errorf("%+v", d)
			}
			return err
		})
	})
	if n := strings.Count(got, "\n"); n < 60 {
		t.Errorf("only %d lines", n)
	}
	same(t, a.run(t, "persistence.TxnLogToolkit", path), got)
}

// sameRepairs flips a bit in three records of a copy, and compares what the tools print and write.
func (a apacheTools) sameRepairs(t *testing.T, from string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "log.77")
	text, err := os.ReadFile(from)
	check(t, err)
	for _, nth := range []int{3, 9, 20} {
		off := recordAt(t, text, nth)
		text[off+12+32+20] ^= 1 // within the body
	}
	check(t, os.WriteFile(path, text, 0o600))
	broken := printed(t, func(b *bytes.Buffer) error {
		return withFile(path, func(f *os.File, size int64) error {
			d, err := DumpLog(b, f, size)
			if d.BadSums != 3 {
				t.Errorf("%d wrong checksums", d.BadSums)
			}
			return err
		})
	})
	same(t, a.run(t, "persistence.TxnLogToolkit", "-d", path), broken)
	for _, c := range []struct {
		name, input string
		args        []string
		opts        FixOptions
	}{
		{"all", "", []string{"-r", "-y"}, FixOptions{Yes: true}},
		{"all, verbose", "", []string{"-r", "-y", "-v"}, FixOptions{Yes: true, Verbose: true}},
		{"asked", "what\nNo\nyes\nY\n", []string{"-r"}, FixOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			words := strings.Fields(c.input)
			c.opts.Ask = func() (byte, bool) {
				w := words[0]
				words = words[1:]
				return w[0], true
			}
			apaches := a.feed(t, c.input, "persistence.TxnLogToolkit", append(c.args, path)...)
			want, err := os.ReadFile(path + ".fixed")
			check(t, err)
			check(t, os.Remove(path+".fixed"))
			var fixed bytes.Buffer
			got := printed(t, func(b *bytes.Buffer) error {
				return withFile(path, func(f *os.File, size int64) error {
					n, err := FixLog(b, &fixed, f, size, c.opts)
					fmt.Fprintf(b, "Recovery file %s has been written with %d fixed CRC error(s)\n", path+".fixed", n)
					return err
				})
			})
			same(t, apaches, got)
			if !bytes.Equal(bytes.TrimRight(want, "\x00"), fixed.Bytes()) {
				t.Errorf("the copies differ: Apache's has %d bytes, ours %d", len(want), fixed.Len())
			}
		})
	}
	a.sameChops(t, from)
}

func (a apacheTools) sameChops(t *testing.T, from string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(from))
	text, err := os.ReadFile(from)
	check(t, err)
	check(t, os.WriteFile(path, text, 0o600))
	first, _ := zxidAt(text, 1)
	for _, zxid := range []int64{first + 7, first - 1, first + 100000} {
		apaches := a.run(t, "persistence.TxnLogToolkit", "-c", "-z", fmt.Sprintf("0x%x", zxid), path)
		apaches, failed, _ := strings.Cut(apaches, "Got exception: ")
		var chopped bytes.Buffer
		var chopErr error
		got := printed(t, func(b *bytes.Buffer) error {
			chopErr = withFile(path, func(f *os.File, size int64) error { return ChopLog(b, &chopped, f, size, zxid) })
			return nil
		})
		same(t, apaches, got)
		if (chopErr != nil) != (failed != "") {
			t.Errorf("zxid %d: Apache says %q, we say %v", zxid, failed, chopErr)
		}
		if chopErr == nil {
			want, err := os.ReadFile(fmt.Sprintf("%s.chopped%d", path, zxid))
			check(t, err)
			if !bytes.Equal(want, chopped.Bytes()) {
				t.Errorf("zxid %d: the copies differ", zxid)
			}
		}
	}
}

func (a apacheTools) sameDumps(t *testing.T, path string) {
	t.Helper()
	l := load(t, path)
	same(t, a.run(t, "SnapshotFormatter", path), printed(t, func(b *bytes.Buffer) error { return DumpSnapshot(b, l, false) }))
	now := regexp.MustCompile(`"timestamp":\d+`)
	same(t, now.ReplaceAllString(a.run(t, "SnapshotFormatter", "-json", path), "now"),
		now.ReplaceAllString(printed(t, func(b *bytes.Buffer) error { return DumpSnapshotJSON(b, l, time.Now()) }), "now"))
}

func (a apacheTools) sameSummaries(t *testing.T, path string) {
	t.Helper()
	l := load(t, path)
	for _, c := range []struct {
		start string
		depth int
	}{{"/", 0}, {"/", 1}, {"/round1", 2}, {"/round1/deep/er/still", 0}} {
		same(t, a.run(t, "SnapshotRecursiveSummary", path, c.start, fmt.Sprint(c.depth)),
			printed(t, func(b *bytes.Buffer) error { return Summarize(b, l, c.start, c.depth) }))
	}
}

func (a apacheTools) sameComparisons(t *testing.T, left, right string) {
	t.Helper()
	const typed = "\n/round1\n/none\n17\nnonsense\n1\n\n\n\n\n\n"
	seconds := regexp.MustCompile(`in [0-9.]+ seconds`)
	for _, c := range []struct {
		name, input string
		args        []string
		opts        CompareOptions
	}{
		{"everything", "", []string{"-b", "0", "-n", "0"}, CompareOptions{}},
		{"thresholds and debugging", "", []string{"-b", "25", "-n", "2", "-d"}, CompareOptions{Bytes: 25, Nodes: 2, Debug: true}},
		{"interactive", typed, []string{"-b", "25", "-n", "2", "-i"}, CompareOptions{Bytes: 25, Nodes: 2, Interactive: strings.NewReader(typed)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			apaches := a.feed(t, c.input, "SnapshotComparer", append([]string{"-l", left, "-r", right}, c.args...)...)
			got := printed(t, func(b *bytes.Buffer) error {
				sides := [2]*Side{}
				b.WriteString("Successfully parsed options!\n")
				for i, path := range []string{left, right} {
					sides[i] = NewSide(load(t, path).Tree)
					fmt.Fprintf(b, "Deserialized snapshot in %s in 1 seconds\nProcessed data tree in 1 seconds\n", filepath.Base(path))
				}
				for _, s := range sides {
					check(t, s.Print(b))
				}
				differ, err := Compare(b, sides[0], sides[1], c.opts)
				if !differ {
					t.Error("no difference was found")
				}
				return err
			})
			same(t, seconds.ReplaceAllString(apaches, ""), seconds.ReplaceAllString(got, ""))
		})
	}
}

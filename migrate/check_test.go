package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/disk"
)

func TestAReleaseIsToldByItsFiles(t *testing.T) {
	for captured, want := range map[string]string{
		"apache-3.4.14":            "ZooKeeper 3.4 or older",
		"apache-3.5.9-extended":    "ZooKeeper 3.5, or a later one without digests",
		"apache-3.6.3-snappy":      "ZooKeeper 3.6 to 3.8",
		"apache-3.8.6":             "ZooKeeper 3.6 to 3.8",
		"apache-3.9.5-extended-gz": "ZooKeeper 3.9",
	} {
		t.Run(captured, func(t *testing.T) {
			in := install(t, captured)
			r := in.report()
			in.wantsVerdict(r, Note)
			if r.Data == nil || r.Data.WrittenBy != want {
				t.Errorf("told %+v, want %s", r.Data, want)
			}
		})
	}
}

// The captured folder has a list of its znodes as a client saw them, and of its sessions.
func TestTheDataIsCountedAsAServerLoadsIt(t *testing.T) {
	const captured = "apache-3.8.6-extended"
	in := install(t, captured)
	d := in.report().Data
	if d == nil {
		t.Fatal("no data")
	}
	count := func(name string) int {
		text, err := os.ReadFile(filepath.Join("..", "interop", "testdata", captured, name))
		in.check(err)
		return len(strings.Split(strings.TrimSpace(string(text)), "\n"))
	}
	const rootAgain = 1
	if n := d.Content; n.Znodes != count("tree.txt")+rootAgain || n.Sessions != count("sessions.txt") || n.Containers == 0 || n.TTLs == 0 || n.Ephemerals == 0 {
		t.Errorf("counted %+v, a client saw %d znodes, and %d sessions were open", n, count("tree.txt"), count("sessions.txt"))
	}
	if d.Snapshot != "snapshot.85" || d.Transactions == 0 || d.LogFiles == 0 || d.Zxid != "0xa6" || d.Content.TimeoutMsMin != 60000 || d.TornBytes != 0 {
		t.Errorf("got %+v", d)
	}
	if d.MemoryBytes < 10<<20 || d.MemoryBytes > 20<<20 {
		t.Errorf("%d bytes of memory for %d znodes", d.MemoryBytes, d.Content.Znodes)
	}
}

func TestDirectoriesThatNoServerStartsOnAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		lines  []string
		damage func(in *installation)
		level  Level
		want   []string
	}{
		"a log without a snapshot": {
			damage: func(in *installation) { in.remove("snapshot.*") },
			level:  Refused, want: []string{"no whole snapshot", "log.1", "snapshot.trust.empty"},
		},
		"a log that is complete without a snapshot": {
			lines: []string{"snapshot.trust.empty=true"}, damage: func(in *installation) { in.remove("snapshot.*") }, level: Note,
		},
		"nothing at all": {
			damage: func(in *installation) { in.check(os.RemoveAll(filepath.Join(in.dir, "data"))) },
			level:  Note, want: []string{"holds no data yet"},
		},
		"a flipped bit in the middle of the log": {
			damage: func(in *installation) { in.flip("log.87", 300) },
			level:  Refused, want: []string{"the log is damaged", "log.87 at byte", "whole transactions behind it", "paddock log repair"},
		},
		"a missing log file": {
			damage: func(in *installation) { in.remove("log.56"); in.remove("snapshot.85") },
			level:  Refused, want: []string{"log"},
		},
		"a broken newest snapshot": {
			damage: func(in *installation) { in.flip("snapshot.85", 200) },
			level:  Different, want: []string{"snapshot is broken, trying the one before", "snapshot.85"},
		},
		"a torn end": {
			damage: func(in *installation) { in.tear("log.87") },
			level:  Note, want: []string{"that a crash has torn", "log.87", "paddock.cut"},
		},
		"a data directory that its owner cannot write": {
			damage: func(in *installation) { in.check(os.Chmod(in.version2(), 0o500)) },
			level:  Refused, want: []string{"version-2 has the mode dr-x------"},
		},
		"a file where the directory should be": {
			damage: func(in *installation) {
				in.check(os.RemoveAll(filepath.Join(in.dir, "data")))
				in.write("data", "")
			},
			level: Refused, want: []string{"data is not a directory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := install(t, "apache-3.8.6-extended", c.lines...)
			c.damage(in)
			t.Cleanup(func() { _ = os.Chmod(in.version2(), 0o700) }) // so that it can be removed
			r := in.report()
			in.wantsVerdict(r, c.level)
			if c.want != nil {
				in.wants(r, c.level, c.want...)
			}
		})
	}
}

func (in *installation) remove(pattern string) {
	files, err := filepath.Glob(filepath.Join(in.version2(), pattern))
	in.check(err)
	for _, f := range files {
		in.check(os.Remove(f))
	}
}

func (in *installation) edit(name string, change func([]byte) []byte) {
	path := filepath.Join(in.version2(), name)
	text, err := os.ReadFile(path)
	in.check(err)
	in.check(os.WriteFile(path, change(text), 0o600))
}

func (in *installation) flip(name string, at int) {
	in.edit(name, func(b []byte) []byte { b[at] ^= 4; return b })
}

// tear cuts the last record in two, and leaves the padding out.
func (in *installation) tear(name string) {
	in.edit(name, func(b []byte) []byte { return bytes.TrimRight(b, "\x00")[:len(bytes.TrimRight(b, "\x00"))-20] })
}

func TestAnEnsembleIsRefused(t *testing.T) {
	for name, lines := range map[string][]string{
		"two members":      {"server.1=a:2888:3888", "server.2=b:2888:3888"},
		"waiting for more": {"standaloneEnabled=false", "server.1=a:2888:3888"},
	} {
		t.Run(name, func(t *testing.T) {
			in := install(t, "apache-3.8.6", lines...)
			r := in.report()
			in.wantsVerdict(r, Refused)
			in.wants(r, Refused, "there are no ensembles yet", "leave this server with ZooKeeper")
			if r.Data == nil {
				t.Error("the data was not looked at")
			}
			about := func(f Finding) bool { return !strings.Contains(f.Text, "As `server.N`") }
			if said := slices.DeleteFunc(r.of(Note), about); len(said) != 1 {
				t.Errorf("what holds for all server lines is said %d times: %q", len(said), said)
			}
		})
	}
}

// What the entrypoint of ZooKeeper's Docker image writes.
func TestTheConfigurationOfDockersImageIsFine(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "initLimit=5", "syncLimit=2", "autopurge.snapRetainCount=3", "autopurge.purgeInterval=0",
		"maxClientCnxns=60", "standaloneEnabled=true", "server.1=localhost:2888:3888;1")
	r := in.report()
	in.wantsVerdict(r, Note)
	in.wants(r, Note, "only one server, runs standalone")
}

func TestZnodesThatNoOneCouldReachAreTold(t *testing.T) {
	in := install(t, "")
	in.src.ZooCfg = in.withACLs("sasl", "x509", "digest")
	r := in.report()
	in.wantsVerdict(r, Different)
	in.wants(r, Different, `1 znodes, such as "/sasl"`, "scheme sasl", "superDigest")
	in.wants(r, Different, `"/x509"`)
	if n := r.Data.Content.Schemes; n["sasl"] != 1 || n["x509"] != 1 || n["digest"] != 1 || n["world"] == 0 {
		t.Errorf("counted %v", n)
	}
}

func TestZnodesWithATimeToLiveNeedTheirKey(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "extendedTypesEnabled=false")
	in.wants(in.report(), Different, "znodes with a time to live", "extendedTypesEnabled=true")
}

// lying is a file system that says what a test wants.
type lying struct {
	disk.FS
	free int64
	open error
}

func (l lying) FreeBytes(string) (int64, error) { return l.free, nil }

func (l lying) Open(name string) (disk.File, error) {
	if l.open != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: l.open}
	}
	return l.FS.Open(name)
}

func TestAFullDiskIsTold(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "preAllocSize=16384")
	in.src.FS = lying{FS: disk.OS{}, free: 20 << 20}
	r := in.report()
	in.wants(r, Different, "has 20 MiB free", "32 MiB")
	in.src.FS = lying{FS: disk.OS{}, free: 40 << 20}
	in.wantsVerdict(in.report(), Note)
}

func TestWhatCannotBeReadIsNotGuessed(t *testing.T) {
	in := install(t, "apache-3.8.6-extended")
	in.src.FS = lying{FS: disk.OS{}, free: 1 << 40, open: os.ErrPermission}
	r := in.report()
	in.wantsVerdict(r, Unchecked)
	in.wants(r, Unchecked, "the data was not looked at", "run the check as root")
	if r.Data != nil || r.Files.Readable {
		t.Errorf("found %+v", r.Data)
	}
}

func TestFilesOfOtherOwnersAreTold(t *testing.T) {
	in := install(t, "apache-3.8.6-extended")
	c := &checker{Source: in.src, Report: &Report{}}
	c.strangers([]string{in.version2()}, uint32(os.Geteuid())+1)
	in.wants(c.Report, Different, "files and folders do not belong to", "the first is "+in.version2(), "chown -Rh")
	if len(c.Findings) != 1 {
		t.Errorf("found %q", c.Findings)
	}
}

func TestACheckHasNoWayToWrite(t *testing.T) {
	fs := &readOnly{FS: disk.OS{}}
	name := filepath.Join(t.TempDir(), "file")
	_, create := fs.Create(name)
	_, open := fs.OpenWrite(name)
	for call, err := range map[string]error{
		"create": create, "open": open, "rename": fs.Rename(name, name), "remove": fs.Remove(name), "mkdir": fs.MkdirAll(name), "sync": fs.SyncDir(name),
	} {
		if !errors.Is(err, errReadOnly) {
			t.Errorf("%s gives %v", call, err)
		}
	}
}

func TestACheckEndsWhenItIsToldTo(t *testing.T) {
	in := install(t, "apache-3.8.6-extended")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Check(ctx, in.src); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestAReportIsForPeopleAndForPrograms(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "tickTme=1")
	r := in.report()
	var text, encoded strings.Builder
	in.check(r.WriteText(&text))
	in.check(r.WriteJSON(&encoded))
	for _, want := range []string{
		"zoo.cfg: Paddock can take the place of this ZooKeeper, with 1 thing to look at first.\n",
		"\n  Server now  none runs\n", "snapshot.85 of 11 KiB and 2 log files with 33 transactions behind it, up to zxid 0xa6\n",
		"\n  Sessions    3, with timeouts from 1m0s to 1m0s\n", "\nNot the same, or worth a look:\n  - " + in.src.ZooCfg + ":6: tickTme: unknown key",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
	var again Report
	in.check(json.Unmarshal([]byte(encoded.String()), &again))
	if again.Verdict != Different || again.Data == nil || again.Data.Zxid != "0xa6" || !slices.Equal(again.Findings, r.Findings) {
		t.Errorf("JSON: %s", &encoded)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/client"
	"paddock/interop"
	"paddock/zk"
)

// verbs are all tools for data directories.
func verbs() [][]string {
	return [][]string{
		{"log", "dump"},
		{"log", "verify"},
		{"log", "repair"},
		{"snap", "dump"},
		{"snap", "verify"},
		{"snap", "compare"},
		{"snap", "summary"},
		{"purge"},
		{"backup"},
		{"restore"},
	}
}

func TestEveryToolHasHelpWithAnExampleAndItsExitCodes(t *testing.T) {
	for _, verb := range verbs() {
		for _, help := range []string{"--help", "-h"} {
			code, out, stderr := run(t, t.TempDir(), append(verb, help)...)
			if code != 0 || stderr != "" || !strings.Contains(out, "Examples:\n  paddock "+strings.Join(verb, " ")) || !strings.Contains(out, "Exit codes: 0") {
				t.Errorf("%v %s: exit code %d\n%s%s", verb, help, code, out, stderr)
			}
		}
	}
}

func TestCommandLinesThatMakeNoSenseEndWith2AndTheWayToHelp(t *testing.T) {
	dir := t.TempDir()
	check(t, os.Mkdir(filepath.Join(dir, "empty"), 0o700))
	check(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	for _, c := range []struct{ args, want string }{
		{"log dump", "a log file is needed"},
		{"log dump none", "none: no such file or directory"},
		{"log dump -q file", "unknown shorthand flag: 'q'"},
		{"log dump empty", "empty holds no log"},
		{"log dump -c file", "-c goes with -z"},
		{"log dump -c -z often file", `-z "often"`},
		{"log dump -r file ./file", "one file, not 2"},
		{"log verify", "a log file is needed"},
		{"log verify none", "no such file"},
		{"log verify -o xml file", `--output "xml"`},
		{"log verify file -dataDir empty", "do not go with"},
		{"log verify file --snapshots empty", "not with a file"},
		{"log verify empty --snapshots none", "none: no such file"},
		{"log verify empty --snapshots empty", "empty holds no snapshot"},
		{"log verify -dataDir empty --snapshots empty", "name the snapshots themselves"},
		{"log repair", "either --config or --dataDir"},
		{"log repair empty file", "one directory"},
		{"snap dump", "one snapshot is needed"},
		{"snap dump -d -json file", "Cannot specify both data dump (-d) and json mode (-json)"},
		{"snap dump none", "no such file"},
		{"snap verify", "a snapshot is needed"},
		{"snap verify empty", "empty holds no snapshot"},
		{"snap compare -l file -b 1 -n 1", "Missing required option: r"},
		{"snap compare -l file -r file -b many -n 1", `invalid argument "many"`},
		{"snap summary file /", "found 2 arguments"},
		{"snap summary file / deep", `depth "deep"`},
		{"purge empty -n 2", "count should be greater than or equal to 3"},
		{"purge empty", "count should be greater than or equal to 3"},
		{"purge -n 3", "are needed"},
		{"purge none -n 3", "no such file"},
		{"purge -n 3 empty -config zoo.cfg", "do not go with"},
		{"backup", "one folder for backups"},
		{"backup b", "either --config or --dataDir"},
		{"backup b -dataDir none", "no such file"},
		{"backup b -dataDir empty --keep -1", "--keep -1"},
		{"backup b -dataDir empty --compression zip", `--compression "zip"`},
		{"backup b -config zoo.cfg -dataDir empty", "not both"},
		{"restore", "one backup is needed"},
		{"restore none -dataDir d", "no such file"},
		{"restore file -dataDir d", "file is not a folder"},
		{"restore empty", "either --config or --dataDir"},
		{"restore empty -config none.cfg", "none.cfg"},
	} {
		code, out, stderr := run(t, dir, strings.Fields(c.args)...)
		way := strings.Contains(stderr, "--help')") || strings.Contains(stderr, "cfg")
		if code != 2 || out != "" || !strings.Contains(stderr, c.want) || !way {
			t.Errorf("%s: exit code %d, want %q\n%s%s", c.args, code, c.want, out, stderr)
		}
	}
}

// served makes a data directory of several snapshots and logs with Paddock.
func served(t *testing.T, lives int) string {
	t.Helper()
	dir := t.TempDir()
	for life := range lives {
		// Without zeros ahead of time a log is one file from start to stop.
		p := launch(t, command(dir, "server", zooCfg(t, dir, "preAllocSize=0")))
		c := p.dial(client.Options{})
		for i := range 10 {
			_, err := c.Create(fmt.Sprintf("/life%d-%d", life, i), []byte(strings.Repeat("x", 10*i)), zk.OpenACL(), zk.ModePersistent)
			check(t, err)
		}
		check(t, c.Close())
		if code := p.end(15); code != 0 {
			t.Fatalf("exit code %d", code)
		}
	}
	return dir
}

// list gives the files of a folder.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	var names []string
	for _, e := range entries {
		if e.Name() != "paddock.lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestALogFolderAloneIsJudgedByItselfAndSaysSoUntilItsSnapshotsAreNamed(t *testing.T) {
	dir := served(t, 3)
	data := filepath.Join(dir, "data", version2)
	check(t, os.Mkdir(filepath.Join(dir, "logs"), 0o700))
	for _, name := range list(t, data) {
		switch {
		case strings.HasPrefix(name, "log."):
			check(t, os.Rename(filepath.Join(data, name), filepath.Join(dir, "logs", name)))
		case strings.HasPrefix(name, "snapshot.") && name != "snapshot.0":
			check(t, os.Remove(filepath.Join(data, name)))
		}
	}
	const alone = "holds no snapshots: the log is judged by itself"
	verify := func(want int, said string, args ...string) {
		t.Helper()
		code, out, stderr := run(t, dir, append([]string{"log", "verify"}, args...)...)
		if code != want || !strings.Contains(out, said) || strings.Contains(out, alone) == (len(args) > 1) {
			t.Errorf("%v: exit code %d, want %d and %q\n%s%s", args, code, want, said, out, stderr)
		}
	}
	verify(0, alone, "logs")
	verify(0, "the log behind snapshot.0:", "logs", "--snapshots", "data")
	check(t, os.Remove(filepath.Join(dir, "logs", "log.1"))) // what stands in it is lost, which the others cannot know
	verify(0, alone, "logs")
	verify(1, "DAMAGED", "logs", "--snapshots", "data")
}

func TestRepairShowsAsksCutsAndKeeps(t *testing.T) {
	dir := served(t, 3)
	data := filepath.Join(dir, "data", version2)
	logs, err := filepath.Glob(filepath.Join(data, "log.*"))
	check(t, err)
	for _, s := range list(t, data) {
		if strings.HasPrefix(s, "snapshot.") && s != "snapshot.0" {
			check(t, os.Remove(filepath.Join(data, s)))
		}
	}
	if code, out, stderr := run(t, dir, "log", "verify", "data"); code != 0 || stderr != "" || strings.Count(out, "header whole") != len(logs) {
		t.Fatalf("whole: exit code %d\n%s%s", code, out, stderr)
	}
	text, err := os.ReadFile(filepath.Join(data, "log.1"))
	check(t, err)
	text[len(text)-300] ^= 4 // in the last but few of its transactions
	check(t, os.WriteFile(filepath.Join(data, "log.1"), text, 0o600))

	code, out, stderr := run(t, dir, "log", "verify", "-o", "json", "-config", "zoo.cfg")
	var verdicts []struct {
		Report struct{ Damage struct{ Offset int64 } }
	}
	if err := json.Unmarshal([]byte(out), &verdicts); err != nil || code != 1 || verdicts[0].Report.Damage.Offset == 0 || !strings.Contains(stderr, "data/version-2/log.1 at byte") {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, stderr)
	}
	before := list(t, data)
	repair := func(input string, args ...string) (int, string, string) {
		cmd := command(dir, append([]string{"log", "repair"}, args...)...)
		var out, errs bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
		_ = cmd.Run() // the exit code tells
		return cmd.ProcessState.ExitCode(), out.String(), errs.String()
	}
	for _, no := range []string{"", "no\n"} {
		code, out, stderr = repair(no, "data")
		if code != 1 || !strings.Contains(out, "is damaged at byte") || !strings.Contains(out, "which clients were told were safe") || !strings.Contains(stderr, "nothing was changed") {
			t.Fatalf("answered %q: exit code %d\n%s%s", no, code, out, stderr)
		}
		if now := list(t, data); !slices.Equal(now, before) {
			t.Fatalf("%v became %v", before, now)
		}
	}
	check(t, os.CopyFS(filepath.Join(dir, "logs"), os.DirFS(data)))
	for _, s := range list(t, filepath.Join(dir, "logs")) {
		if strings.HasPrefix(s, "snapshot.") {
			check(t, os.Remove(filepath.Join(dir, "logs", s)))
		}
	}
	if code, _, stderr := repair("", "-y", "logs"); code != 2 || !strings.Contains(stderr, "holds no snapshots") {
		t.Errorf("logs without their snapshots: exit code %d\n%s", code, stderr)
	}
	code, out, stderr = repair(strings.Repeat("yes\n", 3), "data")
	if code != 0 || !strings.Contains(out, "Kept in data/version-2/paddock.cut.") || !strings.Contains(out, "the log is whole up to zxid 0x") {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	p := launch(t, command(dir, "server", zooCfg(t, dir)))
	if code, _, stderr := repair("", "-y", "data"); code != 1 || !strings.Contains(stderr, "a server uses the data directory") {
		t.Errorf("under a server: exit code %d\n%s", code, stderr)
	}
	c := p.dial(client.Options{})
	if _, err := c.Exists("/life0-0", false); err != nil {
		t.Error(err)
	}
	if _, err := c.Exists("/life2-0", false); client.Code(err) != zk.ErrNoNode {
		t.Errorf("what was cut off is there: %v", err)
	}
}

func TestDumpsTellDamageByTheirExitCodes(t *testing.T) {
	dir := served(t, 1)
	log, snapshot := filepath.Join("data", version2, "log.1"), filepath.Join("data", version2, "snapshot.0")
	code, out, stderr := run(t, dir, "log", "dump", "data")
	if code != 0 || stderr != "" || strings.Count(out, " create ") != 10 || !strings.HasSuffix(out, "EOF reached after 12 txns.\n") {
		t.Errorf("a whole log: exit code %d\n%s%s", code, out, stderr)
	}
	flip := func(name string, from int) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		text[from] ^= 1
		check(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	flip(log, 200)
	code, out, stderr = run(t, dir, "log", "dump", log)
	if code != 1 || !strings.Contains(out, "CRC ERROR - ") || !strings.Contains(stderr, "1 records have a wrong checksum") {
		t.Errorf("a flipped bit: exit code %d\n%s%s", code, out, stderr)
	}
	if code, out, stderr = run(t, dir, "log", "dump", "-ry", log); code != 0 || !strings.HasSuffix(out, "Recovery file "+log+".fixed has been written with 1 fixed CRC error(s)\n") {
		t.Errorf("fixed: exit code %d\n%s%s", code, out, stderr)
	}
	if code, _, stderr = run(t, dir, "log", "dump", "-ry", log); code != 1 || !strings.Contains(stderr, "already exists or not writable") {
		t.Errorf("fixed again: exit code %d\n%s", code, stderr)
	}
	if code, out, stderr = run(t, dir, "log", "dump", log+".fixed"); code != 0 || strings.Contains(out, "CRC") {
		t.Errorf("the fixed copy: exit code %d\n%s%s", code, out, stderr)
	}
	if code, _, stderr = run(t, dir, "log", "dump", "-c", "-z", "0x3", log+".fixed"); code != 0 {
		t.Errorf("chopped: exit code %d\n%s", code, stderr)
	}
	if code, out, stderr = run(t, dir, "log", "verify", log+".fixed.chopped3"); code != 0 || !strings.Contains(out, "3 transactions, zxid 0x1 to 0x3") {
		t.Errorf("the chopped copy: exit code %d\n%s%s", code, out, stderr)
	}
	if code, _, _ = run(t, dir, "log", "dump", "-c", "-z", "0x333", log+".fixed"); code != 1 || slices.Contains(list(t, filepath.Join(dir, "data", version2)), "log.1.fixed.chopped819") {
		t.Errorf("chopped behind its end: exit code %d, or a file", code)
	}
	copied, err := os.ReadFile(filepath.Join(dir, snapshot))
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "copy.gz"), copied, 0o600)) // which it is not
	flip(snapshot, 60)
	for _, args := range [][]string{
		{"snap", "dump", snapshot},
		{"snap", "verify", snapshot},
		{"snap", "verify", "data"},
		{"snap", "summary", snapshot, "/", "0"},
		{"snap", "compare", "-l", snapshot, "-r", snapshot, "-b", "0", "-n", "0"},
		{"snap", "dump", "copy.gz"},
	} {
		if code, _, stderr = run(t, dir, args...); code != 1 || !strings.Contains(stderr, "damaged snapshot") {
			t.Errorf("%v: exit code %d\n%s", args, code, stderr)
		}
	}
}

// TestPurgeRemovesWhatApachesToolRemoves runs both on copies of a directory that Apache's server has filled.
func TestPurgeRemovesWhatApachesToolRemoves(t *testing.T) {
	cache, err := interop.FindCache()
	check(t, err)
	dir := t.TempDir()
	s, err := interop.NewServer(interop.ApacheProgram(cache.ApacheJars()), dir, "dataLogDir="+filepath.Join(dir, "logs"))
	check(t, err)
	t.Cleanup(func() { _ = s.Kill() })
	for life := range 6 { // a snapshot at each start
		check(t, s.Start())
		w := newWriter(t, s.Addr(), fmt.Sprintf("/life%d", life))
		w.c.Disconnect()
		check(t, s.Kill())
	}
	for name, text := range map[string]string{"logs/version-2/paddock.cut.5": "cut", "logs/version-2/notes.txt": "mine"} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	theirs := filepath.Join(t.TempDir(), "theirs")
	check(t, os.CopyFS(theirs, os.DirFS(dir)))
	for _, name := range []string{"data", "logs"} { // the lines show the times
		check(t, sameTimes(filepath.Join(dir, name), filepath.Join(theirs, name)))
	}
	cmd := exec.Command("java", "-Xmx64m", "-XX:TieredStopAtLevel=1", "-Duser.language=en", "-Duser.country=US",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", filepath.Join(cache.ApacheJars(), "*"),
		"org.apache.zookeeper.server.PurgeTxnLog", "logs", "data", "-n", "3")
	cmd.Dir = theirs
	apaches, err := cmd.Output()
	check(t, err)
	want := strings.Split(strings.TrimSpace(string(apaches)), "\n")
	slices.Sort(want)

	before := append(list(t, filepath.Join(dir, "data", version2)), list(t, filepath.Join(dir, "logs", version2))...)
	for _, dry := range []bool{true, false} {
		args := []string{"purge", "logs", "data", "-n", "3"}
		if dry {
			args = append(args, "--dry-run")
		}
		code, out, stderr := run(t, dir, args...)
		got := strings.Split(strings.TrimSpace(strings.ReplaceAll(out, "Would remove", "Removing")), "\n")
		slices.Sort(got)
		if code != 0 || !slices.Equal(got, want) || len(got) < 4 || !strings.Contains(stderr, "paddock.cut.5 was cut off the log and stays") {
			t.Fatalf("exit code %d\n%s%s\nApache:\n%s", code, out, stderr, apaches)
		}
		now := append(list(t, filepath.Join(dir, "data", version2)), list(t, filepath.Join(dir, "logs", version2))...)
		if dry != slices.Equal(now, before) {
			t.Errorf("dry run %v: %v became %v", dry, before, now)
		}
	}
	for _, name := range []string{"data", "logs"} {
		ours, theirs := list(t, filepath.Join(dir, name, version2)), list(t, filepath.Join(theirs, name, version2))
		if !slices.Equal(ours, theirs) {
			t.Errorf("%s: left %v, Apache leaves %v", name, ours, theirs)
		}
	}
	check(t, s.Start())
}

func sameTimes(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return os.Chtimes(to+strings.TrimPrefix(path, from), info.ModTime(), info.ModTime())
	})
}

// A restore that did not come to its end leaves a file where the data was. No server may take that for an empty directory.
func TestNeitherServerStartsInTheMidstOfARestore(t *testing.T) {
	cache, err := interop.FindCache()
	check(t, err)
	ours := interop.Program{Name: "paddock", Argv: []string{"env", actEnv + "=1", os.Args[0], "server"}}
	for _, program := range []interop.Program{ours, interop.ApacheProgram(cache.ApacheJars())} {
		dir := t.TempDir()
		s, err := interop.NewServer(program, dir)
		check(t, err)
		guard := []byte("A restore of this data directory was begun")
		check(t, os.WriteFile(s.Data(), guard, 0o600))
		if err := s.Start(); err == nil || !strings.Contains(err.Error(), "ended at start") {
			t.Errorf("%s: %v", program.Name, err)
			check(t, s.Kill())
		}
		if text, err := os.ReadFile(s.Data()); err != nil || !bytes.Equal(text, guard) {
			t.Errorf("%s left %q, %v", program.Name, text, err)
		}
	}
}

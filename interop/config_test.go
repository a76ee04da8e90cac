package interop

import (
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"paddock/config"
)

// verdict is what a server makes of a configuration: standalone, ensemble, refused or crashed, and the values in effect.
type verdict struct {
	what   string
	values map[string]string
}

// apacheVerdicts has Apache's own code read all files, in one JVM.
func apacheVerdicts(t *testing.T, files []string) map[string]*verdict {
	t.Helper()
	root, err := RepoRoot()
	check(t, err)
	argv := append([]string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
		"-cp", filepath.Join(tools.cache.ApacheJars(), "*"), filepath.Join(root, "interop/clients/java/ReadConfig.java"),
	}, files...)
	cmd := exec.Command("java", argv...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	all := make(map[string]*verdict)
	var last *verdict
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		key, value = decoded(t, key), decoded(t, value)
		if slices.Contains(files, key) {
			last = &verdict{what: value, values: make(map[string]string)}
			all[key] = last
			continue
		}
		last.values[key] = value
	}
	return all
}

func decoded(t *testing.T, text string) string {
	t.Helper()
	plain, err := url.QueryUnescape(text)
	check(t, err)
	return plain
}

// paddockVerdict reads one file, with the values named as Apache's are.
func paddockVerdict(file string) (v *verdict, report *config.Report, err error) {
	report = config.Examine([]string{file}, nil)
	c, err := config.Load(file, nil)
	if err != nil {
		return &verdict{what: "refused"}, report, err
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	v = &verdict{what: "standalone", values: map[string]string{
		"clientPort": number(int64(c.ClientPort)), "clientPortAddress": c.ClientPortAddress,
		"dataDir": filepath.Clean(c.DataDir), "dataLogDir": filepath.Clean(c.DataLogDir),
		"tickTime": number(c.TickTime.Milliseconds()), "maxClientCnxns": number(int64(c.MaxClientCnxns)),
		"minSessionTimeout":         number(c.MinSessionTimeout.Milliseconds()),
		"maxSessionTimeout":         number(c.MaxSessionTimeout.Milliseconds()),
		"clientPortListenBacklog":   number(int64(c.ClientPortListenBacklog)),
		"autopurge.snapRetainCount": number(int64(c.SnapRetainCount)),
		"autopurge.purgeInterval":   number(int64(c.PurgeIntervalHours)),
		"reconfigEnabled":           strconv.FormatBool(c.ReconfigEnabled),
	}}
	return v, report, nil
}

// configCase is a zoo.cfg that both servers read. DIR in it is a folder of its own.
type configCase struct {
	name, text string
	// files are other files in DIR.
	files map[string]string
	// but is Paddock's verdict where it is not Apache's on purpose: COMPATIBILITY.md says so of the key.
	but string
}

func configCases() []configCase {
	const base = "clientPort=2181\ndataDir=DIR\n"
	one := map[string]string{"myid": "1\n"}
	docker := "dataDir=DIR\ndataLogDir=DIR/log\ntickTime=2000\ninitLimit=5\nsyncLimit=2\nautopurge.snapRetainCount=3\nautopurge.purgeInterval=0\n" +
		"maxClientCnxns=60\nstandaloneEnabled=true\nadmin.enableServer=true\n"
	return []configCase{
		{name: "the least", text: base},
		{name: "no port", text: "dataDir=DIR", but: "refused"},
		{name: "no directory", text: "clientPort=2181"},
		{name: "an empty file", text: ""},
		{name: "docker's default", text: docker + "server.1=localhost:2888:3888;2181", files: one},
		{name: "docker's default with another port", text: docker + "server.1=localhost:2888:3888;3181", files: one},
		{name: "docker's ensemble", text: docker + "server.1=a:2888:3888;2181\nserver.2=b:2888:3888;2181\nserver.3=c:2888:3888;2181", files: one, but: "refused"},
		{name: "standalone switched off", text: docker + "standaloneEnabled=false\nserver.1=localhost:2888:3888;2181", files: one, but: "refused"},
		{name: "standalone switched off without servers", text: base + "standaloneEnabled=false"},
		{name: "two servers", text: base + "initLimit=5\nsyncLimit=2\nserver.1=localhost:1:2\nserver.2=localhost:3:4", files: one, but: "refused"},
		{name: "two servers without limits", text: base + "server.1=localhost:1:2\nserver.2=localhost:3:4", files: one},
		{name: "a participant and an observer", text: base + "server.1=localhost:1:2\nserver.2=localhost:3:4:observer", files: one},
		{name: "an observer", text: base + "server.1=localhost:1:2:observer", files: one},
		{name: "a role that contradicts the list", text: base + "peerType=observer\nserver.1=localhost:1:2", files: one},
		{name: "one server with an address", text: "dataDir=DIR\nserver.1=localhost:1:2;127.0.0.2:2182", files: one},
		{name: "one server with IPv6", text: "dataDir=DIR\nserver.1=[::1]:1:2;[::]:2182", files: one},
		{name: "one server without a name", text: "dataDir=DIR\nserver.1=:1:2;:2182", files: one},
		{name: "ports that contradict each other", text: base + "server.1=localhost:1:2;2182", files: one},
		{name: "ports that agree", text: base + "server.1=localhost:1:2;127.0.0.1:2181", files: one},
		{name: "an address that contradicts", text: base + "clientPortAddress=127.0.0.1\nserver.1=localhost:1:2;127.0.0.2:2181", files: one},
		{name: "an address and every address", text: base + "clientPortAddress=127.0.0.1\nserver.1=localhost:1:2;2181", files: one},
		{name: "another server's line", text: base + "server.2=localhost:1:2;2182", files: one},
		{name: "a server line that ends too early", text: base + "server.1=localhost:1"},
		{name: "a server line with empty ends", text: base + "server.1=localhost:1:2:;;"},
		{name: "a server line with one port twice", text: base + "server.1=localhost:1:1"},
		{name: "a server line with a strange role", text: base + "server.1=localhost:1:2:leader"},
		{name: "a server line with too much", text: base + "server.1=localhost:1:2:observer:3"},
		{name: "a server line with a bad client port", text: base + "server.1=localhost:1:2;x"},
		{name: "several addresses", text: base + "multiAddress.enabled=true\nserver.1=a:1:2|b:1:2"},
		{name: "a server without a number", text: base + "server.one=localhost:1:2"},
		{name: "a weight without a group", text: base + "server.1=localhost:1:2\nweight.1=1"},
		{name: "a group", text: base + "server.1=localhost:1:2\nweight.1=1\nweight.2=1\ngroup.1=1:2"},
		{name: "a group with an unknown server", text: base + "server.1=localhost:1:2\ngroup.1=1:2", but: "refused"},
		{name: "an unknown server outside of the group", text: base + "server.1=localhost:1:2\ngroup.1=2\nweight.2=1"},
		{name: "two groups for one", text: base + "server.1=localhost:1:2\ngroup.1=1\ngroup.2=1"},
		{name: "a group of words", text: base + "group.1=one"},
		{name: "a weight and an oracle", text: base + "server.1=localhost:1:2\nweight.1=1\noraclePath=/o"},
		{name: "a dynamic file", text: "dataDir=DIR\ndynamicConfigFile=DIR/dynamic", files: map[string]string{"myid": "1", "dynamic": "server.1=localhost:1:2:participant;127.0.0.1:2183\n"}},
		{name: "a dynamic file with a version in its name", text: "dataDir=DIR\ndynamicConfigFile=DIR/dynamic.100000000", files: map[string]string{"myid": "1", "dynamic.100000000": "server.1=localhost:1:2;2183\n"}},
		{name: "a dynamic file with a version", text: base + "dynamicConfigFile=DIR/dynamic", files: map[string]string{"dynamic": "version=1\n"}},
		{name: "a dynamic file with other keys", text: base + "dynamicConfigFile=DIR/dynamic", files: map[string]string{"dynamic": "tickTime=1\n"}},
		{name: "a dynamic file that is not there", text: base + "dynamicConfigFile=DIR/dynamic"},
		{name: "a dynamic file without a name", text: base + "dynamicConfigFile="},
		{name: "servers in both files", text: base + "dynamicConfigFile=DIR/dynamic\nserver.1=a:1:2", files: map[string]string{"dynamic": ""}},
		{name: "myid with a blank", text: base, files: map[string]string{"myid": "1 \n"}},
		{name: "an empty myid", text: base, files: map[string]string{"myid": ""}},
		{name: "myid of words", text: base, files: map[string]string{"myid": "one"}},
		{name: "myid with more lines", text: base, files: map[string]string{"myid": "1\nx\n"}},
		{name: "a port that is no number", text: "dataDir=DIR\nclientPort=x"},
		{name: "a port out of range", text: "dataDir=DIR\nclientPort=65536"},
		{name: "a negative port", text: "dataDir=DIR\nclientPort=-1"},
		{name: "a hexadecimal port", text: "dataDir=DIR\nclientPort=0x10"},
		{name: "a port with a sign", text: "dataDir=DIR\nclientPort=+2181"},
		{name: "an address", text: base + "clientPortAddress=127.0.0.1"},
		{name: "an IPv6 address", text: base + "clientPortAddress=::1"},
		{name: "an IPv6 address in brackets", text: base + "clientPortAddress=[::1]"},
		{name: "every address", text: base + "clientPortAddress=0.0.0.0"},
		{name: "an empty address", text: base + "clientPortAddress="},
		{name: "an address without a port", text: "dataDir=DIR\nclientPortAddress=127.0.0.1"},
		{name: "a TLS address without a port", text: base + "secureClientPortAddress=127.0.0.1"},
		{name: "a tick of 0", text: base + "tickTime=0"},
		{name: "a tick of words", text: base + "tickTime=soon"},
		{name: "an empty tick", text: base + "tickTime="},
		{name: "a negative tick", text: base + "tickTime=-1"},
		{name: "timeouts", text: base + "tickTime=100\nminSessionTimeout=150\nmaxSessionTimeout=9000"},
		{name: "timeouts that cross", text: base + "minSessionTimeout=9000\nmaxSessionTimeout=8000"},
		{name: "a longest timeout below two ticks", text: base + "maxSessionTimeout=5999"},
		{name: "a shortest timeout above twenty ticks", text: base + "minSessionTimeout=60001"},
		{name: "timeouts of ticks", text: base + "tickTime=250\nminSessionTimeout=-1\nmaxSessionTimeout=-1"},
		{name: "a backlog", text: base + "clientPortListenBacklog=7\nmaxClientCnxns=0"},
		{name: "a negative number of connections", text: base + "maxClientCnxns=-1"},
		{name: "purging", text: base + "autopurge.snapRetainCount=1\nautopurge.purgeInterval=24"},
		{name: "purging of words", text: base + "autopurge.purgeInterval=1h"},
		{name: "a truth", text: base + "reconfigEnabled=TRUE"},
		{name: "no truth", text: base + "reconfigEnabled=yes"},
		{name: "no truth where it does not matter", text: base + "localSessionsEnabled=1"},
		{name: "another election", text: base + "electionAlg=1"},
		{name: "the election", text: base + "electionAlg=3"},
		{name: "a strange role", text: base + "peerType=leader"},
		{name: "a role in capitals", text: base + "peerType=PARTICIPANT"},
		{name: "a limit of words", text: base + "initLimit=ten"},
		{name: "SASL half-way", text: base + "quorum.auth.learnerRequireSasl=true"},
		{name: "SASL on one side", text: base + "quorum.auth.enableSasl=true\nquorum.auth.serverRequireSasl=true"},
		{name: "SASL on both sides", text: base + "quorum.auth.enableSasl=true\nquorum.auth.serverRequireSasl=true\nquorum.auth.learnerRequireSasl=true"},
		{name: "the JVM's pauses", text: base + "jvm.pause.monitor=true\njvm.pause.warn-threshold.ms=5000"},
		{name: "the JVM's pauses in words", text: base + "jvm.pause.warn-threshold.ms=long"},
		{name: "metrics", text: base + "metricsProvider.className=org.apache.zookeeper.metrics.impl.NullMetricsProvider\nmetricsProvider.any=1"},
		{name: "metrics by another class", text: base + "metricsProvider.className=com.example.Mine"},
		{name: "unknown keys", text: base + "tickTme=2000\nx=y\nCLIENTPORT=1\nzookeeper.snapCount=1"},
		{name: "the last of two counts", text: base + "tickTime=1\ntickTime=2"},
		{name: "other separators", text: "clientPort : 2181\ndataDir DIR\n! tickTime=1\ntickTime\\\n =7\n"},
		{name: "escapes", text: base + `tickTime=\u0031\u0030` + "\nsnapCount=1\\\n  2\n"},
		{name: "an escape that is none", text: base + `x=\u12`},
		{name: "blanks and returns", text: "  clientPort = 2181  \r\ndataDir=DIR\t\r\ntickTime=\t3 \r\n"},
		{name: "keys that become properties", text: base + "snapCount=0x10\nforceSync=no\nmaxCnxns=5\npreAllocSize=1024\nskipACL=yes\nglobalOutstandingLimit=10"},
		{name: "a bad number in a key that becomes a property", text: base + "snapCount=many", but: "refused"},
	}
}

// write makes the files of a case and returns the path of its zoo.cfg.
func (c configCase) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range c.files {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	path := filepath.Join(dir, "zoo.cfg")
	check(t, os.WriteFile(path, []byte(strings.ReplaceAll(c.text, "DIR", dir)), 0o600))
	return path
}

// Apache's own code and ours read the same files: both refuse, or both go on with the same values.
func TestConfigurationsMeanWhatTheyMeanToApache(t *testing.T) {
	cases := configCases()
	corpus, err := filepath.Glob("../config/testdata/zoocfg/*.cfg")
	check(t, err)
	if len(corpus) < 8 {
		t.Fatalf("only %d files of the corpus were found", len(corpus))
	}
	for _, file := range corpus {
		text, err := os.ReadFile(file)
		check(t, err)
		cases = append(cases, configCase{name: filepath.Base(file), text: string(text)})
	}
	files := make([]string, len(cases))
	for i, c := range cases {
		files[i] = c.write(t)
	}
	judge := apacheVerdicts(t, files)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			apache := judge[files[i]]
			if apache == nil {
				t.Fatal("Apache says nothing of the file")
			}
			ours, report, err := paddockVerdict(files[i])
			if want := apache.what; c.but == "" && ours.what != want || c.but != "" && (ours.what != c.but || want == c.but) {
				t.Fatalf("Paddock: %s (%v); Apache: %s (%s); agreed on: %q", ours.what, err, want, apache.values["message"], c.but)
			}
			if ours.what == "standalone" {
				compareValues(t, ours, apache, report)
			}
		})
	}
}

// compareValues wants the same values, and of every key that Apache passes on as a property either a setting or a warning.
func compareValues(t *testing.T, ours, apache *verdict, report *config.Report) {
	t.Helper()
	for key, want := range apache.values {
		if key == "-Dzookeeper.authProvider.x509" {
			continue // which Apache sets by itself where there is a port for TLS
		}
		if name, isProperty := strings.CutPrefix(key, "-Dzookeeper."); isProperty {
			known := slices.ContainsFunc(report.Settings, func(s config.Setting) bool { return s.Key == name && !s.IsDefault() })
			warned := slices.ContainsFunc(report.Warnings, func(line string) bool { return strings.Contains(line, ": "+name+": ") })
			if !known && !warned {
				t.Errorf("%s: Apache makes it a property, Paddock is silent about it", name)
			}
			continue
		}
		got := ours.values[key]
		if a, err := netip.ParseAddr(want); err == nil && key == "clientPortAddress" {
			want = a.String()
		}
		if got == "localhost" {
			got = "127.0.0.1" // names are not resolved yet
		}
		if got != want {
			t.Errorf("%s: Paddock has %q, Apache %q", key, got, want)
		}
	}
}

// What the running servers say of their configuration is the same, in all three ways to give one.
func TestRunningServersShowTheSameConfiguration(t *testing.T) {
	var answers []string
	for _, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, program, "minSessionTimeout=700", "clientPortAddress=127.0.0.1", "clientPortListenBacklog=9", "maxClientCnxns=17",
			"server.1=localhost:2888:3888:participant", "initLimit=5", "syncLimit=2", "standaloneEnabled=true", "dataLogDir=logs")
		check(t, s.Start())
		answer, err := s.Word("conf")
		check(t, err)
		answer = strings.ReplaceAll(answer, strconv.Itoa(s.Port), "PORT")
		answer = strings.ReplaceAll(answer, s.dir, "DIR")
		var kept []string
		for line := range strings.Lines(answer) {
			if !strings.HasPrefix(line, "dataDirSize=") && !strings.HasPrefix(line, "dataLogSize=") {
				kept = append(kept, line)
			}
		}
		answers = append(answers, strings.Join(kept, ""))
		check(t, s.Stop())
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], "maxClientCnxns=17\n") {
		t.Errorf("Apache:\n%s\nPaddock:\n%s", answers[0], answers[1])
	}
}

// The exit code of a refusal is what scripts see. ExitCode.INVALID_INVOCATION is 2 (3.9.5).
func TestARefusalHasApachesExitCode(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"tickTime=soon", "zoo.cfg:3: tickTime: found \"soon\""},
		{"clientPortAddress=no.such.host.invalid", "no.such.host.invalid"},
	} {
		file := configCase{text: "clientPort=2181\ndataDir=DIR\n" + c.line + "\n"}.write(t)
		for _, program := range []Program{tools.apache, tools.server} {
			cmd := exec.Command(program.Argv[0], append(slices.Clone(program.Argv[1:]), file)...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 2 {
				t.Errorf("%s: %s: exit code %d (%v), want 2\n%s", program.Name, c.line, code, err, out)
			}
			if program.Name == "paddock" && !strings.Contains(string(out), c.says) {
				t.Errorf("Paddock says %s", out)
			}
		}
	}
}

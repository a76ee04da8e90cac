package migrate

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// answering is a server that answers every connection with a text. It gives its port.
func answering(t *testing.T, text string) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadFull(conn, make([]byte, len("srvr"))) // who asks may have gone
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// debian is what Debian's server answered.
const debian = "Zookeeper version: 3.8.0-${mvngit.commit.id}, built on 2024-06-16 10:00 UTC\nLatency min/avg/max: 0/0.0/0\nReceived: 2\nSent: 1\n" +
	"Connections: 3\nOutstanding: 0\nZxid: 0x2\nMode: %s\nNode count: 5\n"

func TestAServerThatRunsIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		server string // in the text
		level  Level
		want   string
	}{
		"standalone": {
			answer: fmt.Sprintf(debian, "standalone"), level: Note, server: "ZooKeeper 3.8.0-${mvngit.commit.id}, standalone, at 127.0.0.1:",
		},
		"a member": {answer: fmt.Sprintf(debian, "leader"), level: Refused, server: "leader", want: "member of an ensemble"},
		"Paddock": {
			answer: "Zookeeper version: 3.9.5-paddock-0.1.0, built on 2026\nMode: standalone\n", level: Note, server: "paddock",
			want: "Paddock serves this installation already",
		},
		"no word allowed": {
			answer: "srvr is not executed because it is not in the whitelist.\n", level: Note, server: "none runs", want: "does not answer to srvr",
		},
		"nobody":  {level: Note, server: "none runs"},
		"silence": {answer: "\x00", level: Note, server: "none runs", want: "does not answer to srvr"},
	} {
		t.Run(name, func(t *testing.T) {
			port := 1
			if c.answer != "" {
				port = answering(t, c.answer)
			}
			in := install(t, "apache-3.8.6-extended", fmt.Sprintf("clientPort=%d", port))
			if strings.Contains(c.answer, "paddock") {
				in.write("environment", "JAVA_OPTS=-Dzookeeper.snapCount=10") // no matter any more
			}
			r := in.report()
			in.wantsVerdict(r, c.level)
			if c.want != "" {
				in.wants(r, c.level, c.want)
			}
			if got := r.Server.text(); !strings.Contains(got, c.server) {
				t.Errorf("the server is told as %q, want %q", got, c.server)
			}
		})
	}
}

// process puts a process into the installation's /proc.
func (in *installation) process(pid int, args ...string) {
	in.Helper()
	in.write(fmt.Sprintf("proc/%d/cmdline", pid), strings.Join(args, "\x00")+"\x00")
}

// Each word is one that ZooKeeper gets and Paddock would not.
func TestWordsThatOnlyAnInitScriptPassesOnAreTold(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "maxCnxns=5", "DigestAuthenticationProvider.superDigest=super:known=")
	in.write("environment", "JMXLOCALONLY=true", "JAVA_OPTS=\"-Dzookeeper.snapCount=10 -Djute.maxbuffer=4096000\"")
	in.write("default", "JAVA_OPTS=\"$JAVA_OPTS -Xmx2g -Dcom.sun.management.jmxremote -Dcom.sun.management.jmxremote.local.only=true\"",
		"JAVA_OPTS=\"$JAVA_OPTS -Dzookeeper.maxCnxns=7 -Dzookeeper.commitLogCount=9 -Dzookeeper.skipACL=no -Dunknown=1\"")
	in.write("java.env", "SERVER_JVMFLAGS=-Dzookeeper.snapSizeLimitInKb=77")
	in.process(1, "java", "-Dzookeeper.snapCount=11", "org.example.Main", in.src.ZooCfg)
	in.process(77, "java", "-Dzookeeper.log.dir=/var/log", "-Dzookeeper.globalOutstandingLimit=50", "-Dzookeeper.snapSizeLimitInKb=77",
		"-Djute.maxbuffer=4096000", "-cp", "/x.jar", "org.apache.zookeeper.server.quorum.QuorumPeerMain", in.src.ZooCfg)
	r := in.report()
	env := filepath.Join(in.dir, "environment") + ":2"
	in.wants(r, Different, env+": snapCount=10 reaches ZooKeeper", "put snapCount=10 into "+in.src.ZooCfg)
	in.wants(r, Different, env+": -Djute.maxbuffer=4096000", "java.env beside", `export SERVER_JVMFLAGS="-Djute.maxbuffer=4096000 $SERVER_JVMFLAGS"`)
	in.wants(r, Different, "the command line of process 77: globalOutstandingLimit=50")
	in.wants(r, Note, "there is no JMX")
	in.wants(r, Note, "process 77 of user")
	if n := len(r.of(Different)); n != 3 {
		t.Errorf("%d things are told: %q", n, r.of(Different))
	}
}

// What is damaged on the disk is whole in the memory of the server that runs.
func TestAServerThatRunsOnADamagedLogIsToBeKept(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", fmt.Sprintf("clientPort=%d", answering(t, fmt.Sprintf(debian, "standalone"))))
	in.flip("log.87", 300)
	in.src.Patience = 3 * time.Second // all of which the log gets to become whole
	in.wants(in.report(), Refused, "the log is damaged", "do not stop it before it has written a newer snapshot")
}

func TestASnapshotMayBeInTheMidstOfBeingWrittenWhereAServerRuns(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", fmt.Sprintf("clientPort=%d", answering(t, fmt.Sprintf(debian, "standalone"))))
	in.edit("snapshot.85", func(b []byte) []byte { return b[:len(b)/2] })
	r := in.report()
	in.wantsVerdict(r, Note)
	in.wants(r, Note, "snapshot is not whole", "snapshot.85", "may just be writing it")
}

func TestAServerThatCannotBeAskedIsNotTakenForNone(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "clientPortAddress=no-such-host.invalid")
	in.wants(in.report(), Note, "whether a server runs at no-such-host.invalid:1 is not known")
}

func TestDebiansInitScriptConcernsTheZooCfgBesideItsEnvironment(t *testing.T) {
	in := install(t, "")
	if files := DebianFiles(in.src.ZooCfg); files != nil {
		t.Errorf("without it: %q", files)
	}
	in.write("environment", "")
	if files := DebianFiles(in.src.ZooCfg); len(files) != 2 || files[0] != filepath.Join(in.dir, "environment") {
		t.Errorf("with it: %q", files)
	}
}

func TestASecretOnTheCommandLineIsToldWithoutItsValue(t *testing.T) {
	in := install(t, "apache-3.8.6-extended")
	in.write("environment", "JAVA_OPTS=-Dzookeeper.DigestAuthenticationProvider.superDigest=super:hidden=")
	r := in.report()
	in.wants(r, Different, "DigestAuthenticationProvider.superDigest=… reaches ZooKeeper")
	var text strings.Builder
	in.check(r.WriteJSON(&text))
	if strings.Contains(text.String(), "hidden") {
		t.Errorf("the secret is in %s", &text)
	}
}

func TestABadWordOfAnInitScriptIsTold(t *testing.T) {
	in := install(t, "apache-3.8.6-extended")
	in.write("default", "JAVA_OPTS=-Dzookeeper.snapCount=many")
	in.wants(in.report(), Different, "default:1: ", "-Dzookeeper.snapCount", "many")
}

func FuzzSrvr(f *testing.F) {
	f.Add(fmt.Sprintf(debian, "standalone"))
	f.Add("Connections: 99999999999999999999\nMode: : \n")
	f.Fuzz(func(t *testing.T, text string) {
		s := &Server{}
		parseSrvr(text, s)
		if s.Version != "" && !strings.Contains(text, "Zookeeper version: ") {
			t.Errorf("a version %q out of nothing", s.Version)
		}
		if line := s.text(); strings.Contains(line, "\n") {
			t.Errorf("%q is more than a line", line)
		}
	})
}

func TestARelativeDataDirLiesWhereTheServerWasStarted(t *testing.T) {
	in := install(t, "apache-3.8.6-extended", "dataDir=data")
	in.process(77, "java", "org.apache.zookeeper.server.quorum.QuorumPeerMain", in.src.ZooCfg)
	r := in.report()
	in.wants(r, Unchecked, "dataDir=data is relative, and where process 77 was started is not known", "as root")
	if r.Data != nil || r.Files.DataDir != "" {
		t.Errorf("looked at %+v, %+v", r.Files, r.Data)
	}
	in.check(os.Symlink(in.dir, filepath.Join(in.dir, "proc", "77", "cwd")))
	r = in.report()
	in.wants(r, Different, "process 77 was started in "+in.dir, "put dataDir="+filepath.Join(in.dir, "data")+" into")
	if r.Data == nil || r.Data.Zxid != "0xa6" {
		t.Errorf("the data is %+v", r.Data)
	}
}

func TestOfAConfigurationThatIsNotThereNothingElseIsSaid(t *testing.T) {
	in := install(t, "")
	in.src.ZooCfg = filepath.Join(in.dir, "none.cfg")
	r := in.report()
	var text strings.Builder
	in.check(r.WriteText(&text))
	want := in.src.ZooCfg + ": Paddock cannot take the place of this ZooKeeper.\n\nStands in the way:\n  - " + in.src.ZooCfg + ": cannot be read: no such file or directory\n"
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", &text, want)
	}
}

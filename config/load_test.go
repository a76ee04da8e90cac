package config

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestABadValueIsRefusedWithFileLineKeyAndBothValues(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"words are no numbers", "tickTime=abc", `zoo.cfg:3: tickTime: found "abc", expected a whole number of ms from 1 to 107374182`},
		{"no time passes in a tick of 0", "tickTime=0", `zoo.cfg:3: tickTime: found "0", expected a whole number of ms from 1 to 107374182`},
		{"a number needs digits", "maxClientCnxns=", `zoo.cfg:3: maxClientCnxns: found "", expected a whole number of connections from -2147483648 to 2147483647`},
		{"ints have 32 bits", "snapCount=2147483648", `zoo.cfg:3: snapCount: found "2147483648", expected a whole number of transactions from -2147483648 to 2147483647`},
		{"longs have 64 bits", "snapSizeLimitInKb=9223372036854775808", `zoo.cfg:3: snapSizeLimitInKb: found "9223372036854775808", expected a whole number of KiB from -9223372036854775808 to 9223372036854775807`},
		{"explicit keys are decimal", "\nmaxClientCnxns=0x10", `zoo.cfg:4: maxClientCnxns: found "0x10", expected a whole number of connections from -2147483648 to 2147483647`},
		{"ports end at 65535", "clientPort=65536", `zoo.cfg:3: clientPort: found "65536", expected a whole number from 0 to 65535`},
		{"a key that is not honoured is checked", "initLimit=ten", `zoo.cfg:3: initLimit: found "ten", expected a whole number from -2147483648 to 2147483647`},
		{"explicit booleans are true or false", "reconfigEnabled=yes", `zoo.cfg:3: reconfigEnabled: found "yes", expected true or false`},
		{"there is one election", "electionAlg=2", `zoo.cfg:3: electionAlg: found "2", expected 3`},
		{"roles have names", "peerType=leader", `zoo.cfg:3: peerType: found "leader", expected one of participant, observer`},
		{"fractions are numbers", "snapshotSizeFactor=much", `zoo.cfg:3: snapshotSizeFactor: found "much", expected a number such as 0.33`},
		{"the shortest timeout exceeds the longest", "minSessionTimeout=9000\nmaxSessionTimeout=8000", `zoo.cfg:3: minSessionTimeout: found 9000 ms, expected at most maxSessionTimeout, which is 8000 ms`},
		{"two ticks exceed the longest timeout", "maxSessionTimeout=5999", `zoo.cfg: minSessionTimeout: found 6000 ms (2 ticks), expected at most maxSessionTimeout, which is 5999 ms`},
		{"an address is no URL", "clientPortAddress=http://here", `zoo.cfg:3: clientPortAddress: found "http://here", expected a host name or an IP address`},
		{"an escape without a number", "tickTime=\\u00", `zoo.cfg:3: tickTime: found "\\u00", expected \u and four hexadecimal digits`},
		{"an ensemble", "server.1=a:2888:3888\nserver.2=b:2888:3888", `zoo.cfg:4: server.2: found a second server after server.1, expected one at most: there are no ensembles yet, Paddock runs standalone only`},
		{"a quorum of one", "standaloneEnabled=FALSE\nserver.1=a:2888:3888", `zoo.cfg:3: standaloneEnabled: found FALSE, expected true: there are no ensembles yet, Paddock runs standalone only`},
		{"an observer without a leader", "server.1=a:2888:3888:observer", `zoo.cfg:3: server.1: found an observer, expected a participant: observers need a leader`},
		{"a server without a number", "server.one=a:2888:3888", `zoo.cfg:3: server.one: found a name that does not end with a number, expected server.1 or the like`},
		{"a server without ports", "server.1=a", `zoo.cfg:3: server.1: found "a", expected host:port:port[:participant|:observer][;[host:]clientPort]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, basics+tt.text, nil, noFiles); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no directory", "clientPort=2181", "zoo.cfg: dataDir: not set, expected the directory for snapshots and log"},
		{"an empty directory", "clientPort=2181\ndataDir=", "zoo.cfg: dataDir: not set, expected the directory for snapshots and log"},
		{"no port", "dataDir=/data", "zoo.cfg: clientPort: not set, expected the port for clients, such as 2181"},
		{"an address without a port", "dataDir=/data\nclientPortAddress=localhost", `zoo.cfg:2: clientPortAddress: found "localhost", expected clientPort to be set as well`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, tt.text, nil, noFiles); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestKeysOfTheFileBeatProperties(t *testing.T) {
	props := map[string]string{
		"zookeeper.snapCount": "500", "zookeeper.maxCnxns": "7", "zookeeper.forceSync": "no", "zookeeper.preAllocSize": "bad",
	}
	c := mustLoad(t, "snapCount=600\npreAllocSize=1", props)
	if c.SnapCount != 600 || c.MaxCnxns != 7 || c.ForceSync || c.PreAllocKiB != 1 {
		t.Errorf("got %+v", c)
	}
}

func TestPropertiesAreRead(t *testing.T) {
	c := mustLoad(t, "", map[string]string{
		"jute.maxbuffer": "0x400000", "readonlymode.enabled": "true", "fsync.warningthresholdms": "30", "zookeeper.skipACL": "yes",
		"com.sun.management.jmxremote": "", "zookeeper.log.dir": "/var/log", "zookeeper.root.logger": "INFO",
	})
	if c.JuteMaxBufferBytes != 4<<20 || !c.ReadOnlyMode || c.FsyncWarningThreshold != 30*time.Millisecond || !c.SkipACL {
		t.Errorf("got %+v", c)
	}
	if c.Warnings != nil {
		t.Errorf("got warnings %q", c.Warnings)
	}
}

func TestTheNewerNameOfAPropertyCounts(t *testing.T) {
	c := mustLoad(t, "", map[string]string{"fsync.warningthresholdms": "30", "zookeeper.fsync.warningthresholdms": "40"})
	if c.FsyncWarningThreshold != 40*time.Millisecond {
		t.Errorf("got %v", c.FsyncWarningThreshold)
	}
}

func TestABadPropertyIsRefusedByItsName(t *testing.T) {
	got := refusal(t, basics, map[string]string{"jute.maxbuffer": "4MB"}, noFiles)
	if want := `-Djute.maxbuffer: found "4MB", expected a whole number of bytes from 1 to 2147483647`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPropertiesThatDoNothingAreWarnedOf(t *testing.T) {
	c := mustLoad(t, "", map[string]string{
		"zookeeper.clientPort": "2182", "zookeeper.snapcount": "5", "zookeeper.netty.advancedFlowControl.enabled": "true", "user.home": "/",
	})
	want := []string{
		"-Dzookeeper.clientPort: has no effect, as in ZooKeeper: set clientPort in zoo.cfg instead",
		"-Dzookeeper.snapcount: unknown property, has no effect; did you mean zookeeper.snapCount?",
		"-Dzookeeper.netty.advancedFlowControl.enabled: accepted, has no effect: it is about ZooKeeper's Java runtime",
	}
	if !slices.Equal(c.Warnings, want) {
		t.Errorf("got %q, want %q", c.Warnings, want)
	}
}

func TestSecretsAreInNoMessage(t *testing.T) {
	const secret = "hunter2"
	c := mustLoad(t, "ssl.keyStore.password="+secret+"\nssl.quorum.trustStore.password="+secret+
		"\nDigestAuthenticationProvider.superDigest=super:"+secret+"\nSASLAuthenticationProvider.superPassword="+secret+
		"\nunknown.password="+secret, nil)
	if said := strings.Join(append(c.Warnings, c.Notes...), "\n"); strings.Contains(said, secret) || !strings.Contains(said, "password") {
		t.Errorf("got %s", said)
	}
	if c.SuperDigest != "super:"+secret {
		t.Errorf("the superuser's digest is %q", c.SuperDigest)
	}
}

func TestAKeyThatAsksForWhatWeDoAnywayIsNotWarnedOf(t *testing.T) {
	c := mustLoad(t, "admin.enableServer=FALSE\nautopurge.purgeInterval=0\nautopurge.snapRetainCount=3\nextendedTypesEnabled=false\n"+
		"globalOutstandingLimit=0x3e8\nmetricsProvider.className=org.apache.zookeeper.metrics.impl.DefaultMetricsProvider\nadmin.httpVersion=20", nil)
	if want := []string{"zoo.cfg:9: admin.httpVersion: accepted, has no effect: it is about ZooKeeper's Java runtime"}; !slices.Equal(c.Warnings, want) {
		t.Errorf("got %q, want %q", c.Warnings, want)
	}
}

func TestBytesBeyondASCIIAreReadAsJavaDoes(t *testing.T) {
	c := mustLoad(t, "dataLogDir=/donn\xc3\xa9es", nil)
	if c.DataLogDir != "/donnÃ©es" || len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "zoo.cfg:3: dataLogDir: is read as ISO-8859-1") {
		t.Errorf("got %q with warnings %q", c.DataLogDir, c.Warnings)
	}
}

func TestAnyAddressIsEmpty(t *testing.T) {
	for written, want := range map[string]string{
		"0.0.0.0": "", "::": "", "[::]": "", "0:0:0:0:0:0:0:0": "", "127.0.0.1": "127.0.0.1", "[::1]": "::1", "zk.example.org": "zk.example.org",
		"": "127.0.0.1", // as in Java
	} {
		if c := mustLoad(t, "clientPortAddress="+written, nil); c.ClientPortAddress != want {
			t.Errorf("%q: got %q, want %q", written, c.ClientPortAddress, want)
		}
	}
}

func TestArgumentsWithoutAFile(t *testing.T) {
	dir := t.TempDir()
	c, err := FromCommand([]string{"2182", dir}, []string{"JVMFLAGS=-Dzookeeper.snapCount=10"})
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientPort != 2182 || c.DataDir != dir || c.DataLogDir != dir || c.TickTime != 3*time.Second || c.MaxClientCnxns != 0 || c.SnapCount != 10 {
		t.Errorf("got %+v", c)
	}
	c, err = FromCommand([]string{"2182", dir, "1000", "5"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.TickTime != time.Second || c.MaxClientCnxns != 5 || c.MaxSessionTimeout != 20*time.Second {
		t.Errorf("got %+v", c)
	}
}

func TestArgumentsThatMakeNoSense(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"port", "/data"}, `clientPort: found "port", expected a whole number from 0 to 65535`},
		{[]string{"2181", "/data", "0"}, `tickTime: found "0", expected a whole number of ms from 1 to 107374182`},
		{[]string{"1", "2", "3", "4", "5"}, `found 5 arguments, expected a configuration file or: port dataDir [tickTime] [maxClientCnxns]`},
	} {
		_, err := FromCommand(tt.args, nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.args, err, tt.want)
		}
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zoo.cfg")
	_, err := FromCommand([]string{path}, nil)
	if err == nil || err.Error() != path+": cannot be read: no such file or directory" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAFileIsLoadedFromItsPath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "zoo.cfg")
	text := "clientPort=2181\ndataDir=" + dir + "\n"
	for name, content := range map[string]string{path: text, filepath.Join(dir, "myid"): "7\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := FromCommand([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.File != path || c.Text != text || c.MyID != 7 {
		t.Errorf("got %+v", c)
	}
}

func TestTheBuiltInConfigurationIsServable(t *testing.T) {
	t.Chdir(t.TempDir())
	c, err := FromCommand(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientPort != 2181 || c.ClientPortAddress != "" || c.DataDir != "./data" || c.TickTime != 2*time.Second || c.Warnings != nil {
		t.Errorf("got %+v", c)
	}
	if c.Text != DefaultText() {
		t.Error("the text is not that of the built-in file")
	}
}

func TestPropertiesComeFromTheEnvironmentAndTheCommandLine(t *testing.T) {
	g := gather(
		[]string{"-Db=args", "zoo.cfg", "-Xmx2g", "--log", "-Dc=a=b", "--", "-Dz=1"},
		[]string{
			"HOME=/home/zk", "JVMFLAGS=-Da=jvm -Db=jvm -Xss1m", "SERVER_JVMFLAGS=-Xmx1g  -Da=server\t-Dd -XX:+UseG1GC -Dq='x y' -D -Dw=*",
			"CLIENT_JVMFLAGS=-Dclient=1", "XJVMFLAGS=-Dno=1", "ZOO_DATADIR_AUTOCREATE_DISABLE=1",
		}, noFiles)
	want := map[string]prop{
		"a": {"jvm", "JVMFLAGS", 0}, "b": {"args", "", 0}, "c": {"a=b", "", 0}, "d": {"", "SERVER_JVMFLAGS", 0},
		"q": {"'x", "SERVER_JVMFLAGS", 0}, "w": {"*", "SERVER_JVMFLAGS", 0},
		"zookeeper.datadir.autocreate": {"false", "ZOO_DATADIR_AUTOCREATE_DISABLE", 0},
	}
	if !maps.Equal(g.props, want) {
		t.Errorf("got %+v, want %+v", g.props, want)
	}
	if want := []string{"zoo.cfg", "--log", "--", "-Dz=1"}; !slices.Equal(g.rest, want) {
		t.Errorf("rest is %q, want %q", g.rest, want)
	}
	if want := []string{"-Xmx1g", "-XX:+UseG1GC", "y'", "-D", "-Xss1m", "-Xmx2g"}; !slices.Equal(g.idle, want) {
		t.Errorf("idle are %q, want %q", g.idle, want)
	}
}

package config

import (
	"slices"
	"testing"
)

func TestOneServerLineRunsStandalone(t *testing.T) {
	const dir = "dataDir=/data\n"
	for _, tt := range []struct {
		name, text, myid string
		port             int
		address          string
	}{
		{"it gives the port", "server.1=localhost:2888:3888;2181", "1\n", 2181, ""},
		{"it gives the port without a file myid too", "server.1=localhost:2888:3888;2181", "", 2181, ""},
		{"it gives port and address", "server.3=localhost:2888:3888:participant;10.0.0.3:2182", "3", 2182, "10.0.0.3"},
		{"addresses may be IPv6", "server.1=[::1]:2888:3888;[fe80::1]:2182", "1", 2182, "fe80::1"},
		{"every address is every address", "server.1=a:2888:3888;0.0.0.0:2181", "1\r\n", 2181, ""},
		{"a group of its own", "server.1=a:2888:3888;2181\ngroup.1=1:2\nweight.1=0\nweight.2=1", "1", 2181, ""},
		{"an oracle, and a weight that does not count then", "server.1=a:2888:3888;2181\nweight.1=1\noraclePath=/o", "1", 2181, ""},
		{"no name is the loopback, as in Java", "server.1=:2888:3888;:2181", "1", 2181, "127.0.0.1"},
		{"what is empty at the end is not there", "clientPort=2181\nserver.1=a:+2888:3888:|;;", "1", 2181, ""},
		{"the port is set twice, the same", "clientPort=2181\nserver.1=a:2888:3888;2181", "1", 2181, ""},
		{"the line's address is the better one", "clientPort=2181\nserver.1=a:2888:3888;127.0.0.1:2181", "1", 2181, "127.0.0.1"},
		{"a name may be any address", "clientPort=2181\nclientPortAddress=localhost\nserver.1=a:2888:3888;127.0.0.1:2181", "1", 2181, "127.0.0.1"},
		{"without myid, what is set elsewhere counts", "clientPort=2182\nserver.1=a:2888:3888;2181", "", 2182, ""},
		{"the line of another server", "clientPort=2182\nserver.1=a:2888:3888;2181", "2", 2182, ""},
		{"a line without a client port", "clientPort=2182\nserver.1=a:2888:3888", "1", 2182, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			disk := map[string]string{}
			if tt.myid != "" {
				disk["/data/myid"] = tt.myid
			}
			c, err := load("zoo.cfg", dir+tt.text, nil, files(disk))
			if err != nil {
				t.Fatal(err)
			}
			if c.ClientPort != tt.port || c.ClientPortAddress != tt.address {
				t.Errorf("got %s, want %s", address(c.ClientPortAddress, c.ClientPort), address(tt.address, tt.port))
			}
			if len(c.Warnings) != 1 {
				t.Errorf("got warnings %q, want one", c.Warnings)
			}
		})
	}
}

func TestClientAddressesThatContradictEachOther(t *testing.T) {
	disk := files(map[string]string{"/data/myid": "1\n"})
	for _, tt := range []struct{ name, text, want string }{
		{"ports", "server.1=a:2888:3888;2182", "zoo.cfg:3: server.1: found *:2182, expected the same client address as *:2181 set by clientPort"},
		{"addresses", "clientPortAddress=10.0.0.1\nserver.1=a:2888:3888;10.0.0.2:2181", "zoo.cfg:4: server.1: found 10.0.0.2:2181, expected the same client address as 10.0.0.1:2181 set by clientPort"},
		{"one address and every address", "clientPortAddress=10.0.0.1\nserver.1=a:2888:3888;2181", "zoo.cfg:4: server.1: found *:2181, expected the same client address as 10.0.0.1:2181 set by clientPort"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, basics+tt.text, nil, disk); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestServerLinesThatCannotBeRead(t *testing.T) {
	for _, value := range []string{
		"", "a", "a:1", "a:1:x", "a:1:65536", "a:1:2:leader", "a:1:2:observer:3", "a:1:2;x", "a:1:2;b:", "a:1:2;b:1:2",
		"a:1:2;3;4", "[::1:1:2", "[::1", "a:-1:2",
	} {
		got := refusal(t, basics+"server.1="+value, nil, noFiles)
		if want := `zoo.cfg:3: server.1: found "` + value + `", expected ` + serverForm; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestMembersThatZooKeeperRefusesAreRefused(t *testing.T) {
	several := map[string]string{"zookeeper.multiAddress.enabled": "true"}
	for _, tt := range []struct {
		name, text string
		props      map[string]string
		want       string
	}{
		{"one port twice", "server.1=a:1:1", nil, `zoo.cfg:3: server.1: found "a:1:1", expected two different ports for the quorum and the election`},
		{"several addresses", "multiAddress.enabled=true\nserver.1=a:1:2|b:1:2", nil, `zoo.cfg:4: server.1: found several addresses, expected one, or -Dzookeeper.multiAddress.enabled=true: ZooKeeper does not heed the key in zoo.cfg for this`},
		{"an address among several that cannot be read", "server.1=a:1:2|b", several, `zoo.cfg:3: server.1: found "a:1:2|b", expected ` + serverForm},
		{"roles that contradict each other", "server.1=a:1:2:observer|b:1:2:participant", several, `zoo.cfg:3: server.1: found "a:1:2:observer|b:1:2:participant", expected the same role for all of its addresses`},
		{"no group", "server.1=a:1:2\nweight.1=1", nil, `zoo.cfg:3: server.1: found a server without a group, expected it in one of the groups, since weight.1 is set`},
		{"another's group", "server.1=a:1:2\ngroup.1=2:3\nweight.2=1\nweight.3=1", nil, `zoo.cfg:3: server.1: found a server without a group, expected it in one of the groups, since group.1 is set`},
		{"an unknown server in a group", "server.1=a:1:2\ngroup.1=1:2", nil, `zoo.cfg:4: group.1: found server.2, of which nothing is known, expected servers that have a line or a weight`},
		{"two groups", "server.1=a:1:2\ngroup.1=1\ngroup.2=1", nil, `zoo.cfg:5: group.2: found server.1 a second time, expected each server in one group only`},
		{"a group of words", "server.1=a:1:2\ngroup.1=one", nil, `zoo.cfg:4: group.1: found "one", expected numbers of servers with colons between, such as 1:2:3`},
		{"a group without a number", "server.1=a:1:2\ngroup.x=1", nil, `zoo.cfg:4: group.x: found a name that does not end with a number, expected group.1 or the like`},
		{"SASL half-way", "quorum.auth.learnerRequireSasl=true", nil, `zoo.cfg:3: quorum.auth.learnerRequireSasl: found true, expected quorum.auth.enableSasl to be true as well`},
		{"SASL on one side", "quorum.auth.enableSasl=true\nquorum.auth.serverRequireSasl=True", nil, `zoo.cfg:4: quorum.auth.serverRequireSasl: found True, expected quorum.auth.learnerRequireSasl to be true as well`},
		{"a TLS address without its port", "secureClientPortAddress=::1", nil, `zoo.cfg:3: secureClientPortAddress: found "::1", expected secureClientPort to be set as well`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, basics+tt.text, tt.props, noFiles); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if c := mustLoad(t, "server.1=a:1:2|b:1:2;2181", several); c.ClientPort != 2181 {
		t.Errorf("got port %d", c.ClientPort)
	}
}

func TestTheFileMyidHoldsANumberOnly(t *testing.T) {
	for text, want := range map[string]string{
		"1 \n": `/data/myid:1: found "1 ", expected a number and nothing else`,
		"":     `/data/myid:1: found "", expected a number and nothing else`,
		"one":  `/data/myid:1: found "one", expected a number and nothing else`,
	} {
		if got := refusal(t, basics, nil, files(map[string]string{"/data/myid": text})); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestServerLinesInAFileOfTheirOwn(t *testing.T) {
	const own = "dataDir=/data\ndynamicConfigFile=/conf/dynamic\n"
	c, err := load("zoo.cfg", own, nil, files(map[string]string{"/conf/dynamic": "server.1=a:2888:3888:participant;0.0.0.0:2181\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientPort != 2181 || !slices.Equal(c.Warnings, []string{"/conf/dynamic:1: server.1: only one server, runs standalone"}) {
		t.Errorf("got port %d, warnings %q", c.ClientPort, c.Warnings)
	}
	for _, tt := range []struct{ name, text, dynamic, want string }{
		{"an ensemble", own, "server.1=a:1:2\nserver.2=b:1:2", "/conf/dynamic:2: server.2: found a second server after server.1, expected one at most: there are no ensembles yet, Paddock runs standalone only"},
		{"servers in both files", own + "server.1=a:1:2", "server.1=a:1:2", "zoo.cfg:3: server.1: found a member, expected it in the file that dynamicConfigFile names: not in both"},
		{"other keys", own, "clientPort=2181", "/conf/dynamic:1: clientPort: found a key that is not about members, expected only server.N, group.N and weight.N"},
		{"a version", own, "version=1", "/conf/dynamic:1: version: found a key that is not about members, expected only server.N, group.N and weight.N"},
		{"a bad escape", own, `server.1=\u1`, `/conf/dynamic:1: server.1: found "\\u1", expected \u and four hexadecimal digits`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, tt.text, nil, files(map[string]string{"/conf/dynamic": tt.dynamic})); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	got := refusal(t, own, nil, noFiles)
	if want := `zoo.cfg:2: dynamicConfigFile: "/conf/dynamic" cannot be read: file does not exist`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

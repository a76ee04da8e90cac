package config

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTheAdminPortIsWantedOnlyByWhoSetIt(t *testing.T) {
	if c := mustLoad(t, "", nil); c.Admin.PortSet || c.Admin.Port != 8080 || !c.Admin.Enabled || c.Admin.Address != "0.0.0.0" {
		t.Errorf("by default: %+v", c.Admin)
	}
	if c := mustLoad(t, "admin.serverPort=8080\nadmin.idleTimeout=5", nil); !c.Admin.PortSet || c.Admin.IdleTimeout != 5*time.Millisecond {
		t.Errorf("set in the file: %+v", c.Admin)
	}
	if c := mustLoad(t, "", map[string]string{"zookeeper.admin.serverPort": "8081", "zookeeper.admin.enableServer": "false"}); !c.Admin.PortSet ||
		c.Admin.Port != 8081 || c.Admin.Enabled {
		t.Errorf("set by properties: %+v", c.Admin)
	}
}

func TestAWayToExportMetricsThatThereIsNotIsRefused(t *testing.T) {
	for _, class := range []string{MetricsDefault, MetricsPrometheus, MetricsNull} {
		if c := mustLoad(t, "metricsProvider.className="+class, nil); c.Metrics.ClassName != class {
			t.Errorf("got %q", c.Metrics.ClassName)
		}
	}
	_, err := load("zoo.cfg", basics+"metricsProvider.className=com.example.Provider", nil, noFiles)
	if err == nil || !strings.Contains(err.Error(), `metricsProvider.className: found "com.example.Provider", expected one of `+MetricsDefault) {
		t.Errorf("got %v", err)
	}
}

func TestTheConsoleIsForThisMachineUnlessSaid(t *testing.T) {
	for text, want := range map[string]string{
		"": ConsoleLocal, "admin.console=OFF": ConsoleOff, "admin.console=read\nadmin.console.hosts=a.example,b.example": ConsoleRead,
		"admin.console=Write": ConsoleWrite,
	} {
		if c := mustLoad(t, text, nil); c.Admin.Console != want || (want == ConsoleRead) != (c.Admin.ConsoleHosts == "a.example,b.example") {
			t.Errorf("%q: %+v", text, c.Admin)
		}
	}
}

func TestNamesOfTheConsoleAreChecked(t *testing.T) {
	c := mustLoad(t, "admin.console.hosts=a.example, B.example:8443,[::1]:80 10.0.0.1", nil)
	if got := c.Admin.ConsoleNames(); !slices.Equal(got, []string{"a.example", "B.example:8443", "[::1]:80", "10.0.0.1"}) {
		t.Errorf("got %q", got)
	}
	for _, bad := range []string{"https://a.example", "a.example/", "*.example", "a.example:0", "a.example:65536", "a.example:http", "a.example:", "a;b", "-a.example"} {
		_, err := load("zoo.cfg", basics+"admin.console.hosts=fine.example,"+bad, nil, noFiles)
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(bad)) || !strings.Contains(err.Error(), "zk1.example.com:8443") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestAConsoleThatThereIsNotIsRefused(t *testing.T) {
	_, err := load("zoo.cfg", basics+"admin.console=yes", nil, noFiles)
	if err == nil || !strings.Contains(err.Error(), `found "yes"`) {
		t.Errorf("got %v", err)
	}
}

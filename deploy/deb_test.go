package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a folder that Debian's deb-systemd-helper takes for the root of a file system. The other programs that the
// maintainer scripts call do nothing.
type machine struct {
	t    *testing.T
	root string
	link string // is there while the service is enabled
}

func newMachine(t *testing.T, service string) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir()}
	m.link = filepath.Join(m.root, "etc/systemd/system/multi-user.target.wants", service)
	units, programs := filepath.Join(m.root, "lib/systemd/system"), filepath.Join(m.root, "programs")
	for _, dir := range []string{units, programs} {
		must(t, os.MkdirAll(dir, 0o755))
	}
	unit, err := os.ReadFile(filepath.Join("systemd", service))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(units, service), unit, 0o644))
	for _, name := range []string{"systemctl", "deb-systemd-invoke", "getent", "adduser", "install"} {
		must(t, os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\n"), 0o755))
	}
	return m
}

// run calls a maintainer script as dpkg does.
func (m *machine) run(script string, args ...string) {
	m.t.Helper()
	cmd := exec.Command(filepath.Join("deb", script), args...)
	cmd.Env = append(os.Environ(), "DPKG_MAINTSCRIPT_PACKAGE=paddock", "DPKG_ROOT="+m.root,
		"PATH="+filepath.Join(m.root, "programs")+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%s %s: %v\n%s", script, strings.Join(args, " "), err, out)
	}
}

func (m *machine) want(enabled bool, when string) {
	m.t.Helper()
	if _, err := os.Lstat(m.link); (err == nil) != enabled {
		m.t.Errorf("%s: the service is enabled: %v; want %v", when, err == nil, enabled)
	}
}

// Who goes over to Paddock and back removes the package and does not purge it: dpkg then calls postinst as if for an upgrade.
func TestTheServiceIsEnabledAtEveryInstallation(t *testing.T) {
	for _, tt := range []struct{ service, prefix string }{
		{"zookeeper.service", "zookeeperd-"},
		{"paddock.service", ""},
	} {
		t.Run(tt.service, func(t *testing.T) {
			m := newMachine(t, tt.service)
			m.run(tt.prefix+"postinst.sh", "configure", "")
			_, err := os.Lstat(m.link)
			enabled := err == nil
			if !enabled && (tt.prefix != "" || !zookeeperHere()) {
				t.Fatal("the service is not enabled")
			}
			m.run(tt.prefix+"postinst.sh", "configure", "0.1.0")
			m.want(enabled, "after an upgrade")
			m.run(tt.prefix+"prerm.sh", "remove")
			m.want(false, "after a removal")
			m.run(tt.prefix+"postinst.sh", "configure", "0.1.0")
			m.want(enabled, "installed again")
			m.run(tt.prefix+"prerm.sh", "remove")
			m.run(tt.prefix+"postinst.sh", "abort-remove")
			m.want(enabled, "after a removal that was broken off")
		})
	}
}

func TestAServiceThatWasDisabledStaysSoOverAnUpgrade(t *testing.T) {
	m := newMachine(t, "zookeeper.service")
	m.run("zookeeperd-postinst.sh", "configure", "")
	must(t, os.Remove(m.link)) // systemctl disable
	m.run("zookeeperd-prerm.sh", "upgrade", "0.1.0")
	m.run("zookeeperd-postinst.sh", "configure", "0.1.0")
	m.want(false, "after an upgrade")
}

// zookeeperHere says whether this machine has a service that the package paddock leaves the port to.
func zookeeperHere() bool {
	for _, path := range []string{"/lib/systemd/system/zookeeper.service", "/etc/init.d/zookeeper"} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

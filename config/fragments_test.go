package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFragmentsThatAShellHasExecutedAreNotReadAgain(t *testing.T) {
	read := func(path string) ([]byte, error) {
		switch filepath.Base(path) {
		case "java.env":
			return []byte("if true; then\n  JVMFLAGS=-Dzookeeper.snapCount=9\nfi"), nil
		case "zoo.cfg":
			return []byte("dataDir=/d\nclientPort=1\n"), nil
		}
		return nil, os.ErrNotExist
	}
	for _, tt := range []struct {
		name     string
		environ  []string
		warnings int
	}{
		{"nobody has", []string{"ZOOCFGDIR=/conf"}, 1},
		{"zkEnv.sh has", []string{"ZOOCFGDIR=/conf", "PADDOCK_SOURCED=/conf"}, 0},
		{"zkEnv.sh has, those of another folder", []string{"ZOOCFGDIR=/conf", "PADDOCK_SOURCED=/other"}, 1},
	} {
		environ := append(tt.environ, "JVMFLAGS=-Dzookeeper.snapCount=8")
		c, err := examine(gather([]string{"/conf/zoo.cfg"}, environ, read), read).result()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if len(c.Warnings) != tt.warnings || c.SnapCount != 8 {
			t.Errorf("%s: warnings %q, snapCount %d", tt.name, c.Warnings, c.SnapCount)
		}
	}
}

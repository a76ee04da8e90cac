package interop

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDirectoriesOfOldReleasesAreServed starts the server on what releases 3.4 to 3.9 of Apache's server left behind after
// kill -9: every znode must be as a client saw it then, and every open session can go on.
func TestDirectoriesOfOldReleasesAreServed(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "apache-*"))
	check(t, err)
	if len(dirs) < 5 {
		t.Fatalf("testdata has only %q", dirs)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			s := newServer(t, tools.server, "extendedTypesEnabled=true")
			check(t, os.CopyFS(s.Data(), os.DirFS(filepath.Join(dir, "version-2"))))
			check(t, s.Start())
			m := &move{server: s, kill: true}
			if diff := Difference(readLines(t, filepath.Join(dir, "tree.txt")), m.lines(t)); diff != "" {
				t.Fatalf("the tree differs (- as written, + now):\n%s", diff)
			}
			for _, line := range readLines(t, filepath.Join(dir, "sessions.txt")) {
				m.resume(t, parseSession(t, line))
			}
			m.to(t, tools.apache)
		})
	}
}

func readLines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	check(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func parseSession(t *testing.T, line string) (s Session) {
	t.Helper()
	var password string
	_, err := fmt.Sscanf(line, "%x %s", &s.ID, &password)
	check(t, err)
	s.Password, err = hex.DecodeString(password)
	check(t, err)
	return s
}

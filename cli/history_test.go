package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func historyIn(t *testing.T, dir string) *historyFile {
	t.Helper()
	h, err := openHistory(func(name string) string {
		if name == "XDG_STATE_HOME" {
			return dir
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHistoryOutlivesTheSessionAndKeepsNoSecret(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "paddock", "cli_history")
	h := historyIn(t, dir)
	if err := os.WriteFile(path, nil, 0o644); err != nil { // somebody's open umask
		t.Fatal(err)
	}
	for _, line := range []string{
		"ls /", "addauth digest bob:builder", "  ADDAUTH digest bob:builder", "setAcl /a digest:bob:xyz=:r", "get /a", "set /a my-password",
	} {
		if err := h.add(line); err != nil {
			t.Fatal(err)
		}
	}
	if got := historyIn(t, dir).lines(); !slices.Equal(got, []string{"ls /", "get /a"}) {
		t.Errorf("kept %q", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestHistoryDoesNotGrowForEver(t *testing.T) {
	dir := t.TempDir()
	h := historyIn(t, dir)
	var text strings.Builder
	for i := range 2*historyLinesMax + 1 {
		fmt.Fprintf(&text, "get /%d\n", i)
	}
	if err := os.WriteFile(h.path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := historyIn(t, dir).lines(); len(got) != historyLinesMax || got[len(got)-1] != fmt.Sprintf("get /%d", 2*historyLinesMax) {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
	kept, err := os.ReadFile(h.path)
	if err != nil || strings.Count(string(kept), "\n") != historyLinesMax {
		t.Errorf("%d lines are in the file, %v", strings.Count(string(kept), "\n"), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "paddock", ".cli_history-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestWithoutAHomeThereIsNoHistory(t *testing.T) {
	if _, err := openHistory(func(string) string { return "" }); err == nil {
		t.Error("a history without a place")
	}
	var none *historyFile
	if err := none.add("ls /"); err != nil || none.lines() != nil {
		t.Error("no history must be harmless")
	}
}

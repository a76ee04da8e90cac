package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// List gives the backups in a folder, oldest first, by the times in their names.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("backup: list %s: %w", dir, err)
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() && isName(e.Name()) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(found)
	return found, nil
}

// Unfinished gives the folders of backups that are being written, or that were when their process was killed.
func Unfinished(dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, tempPrefix+namePrefix+"*"))
	if err != nil {
		return nil // a folder whose name is no pattern: it is only for a remark
	}
	return found
}

// isName says whether a folder has a name that Write gives.
func isName(name string) bool {
	taken, zxid, found := strings.Cut(strings.TrimPrefix(name, namePrefix), "-")
	_, err := time.Parse(timeLayout, taken)
	return strings.HasPrefix(name, namePrefix) && found && err == nil && strings.Trim(zxid, "0123456789abcdef") == ""
}

// Prune removes all backups of a folder but the newest ones, and gives what it has removed.
func Prune(dir string, keep int) (gone []string, err error) {
	found, err := List(dir)
	if err != nil {
		return nil, err
	}
	for _, path := range found[:max(len(found)-keep, 0)] {
		// Not a backup any more from here on, should this end halfway.
		if err := os.Remove(filepath.Join(path, manifestName)); err != nil && !os.IsNotExist(err) {
			return gone, fmt.Errorf("backup: remove %s: %w", path, err)
		}
		if err := os.RemoveAll(path); err != nil {
			return gone, fmt.Errorf("backup: remove %s: %w", path, err)
		}
		gone = append(gone, path)
	}
	return gone, nil
}

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// historyLinesMax is how many lines are kept; the file is cut down to them when it holds twice as many.
const historyLinesMax = 1000

// historyFile keeps lines across sessions. A nil one keeps nothing.
type historyFile struct {
	path string
	past []string
}

// historyPath follows the XDG base directory specification.
func historyPath(env func(string) string) (string, error) {
	dir := env("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // relative ones have to be ignored
		home := env("HOME")
		if home == "" {
			return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "paddock", "cli_history"), nil
}

func openHistory(env func(string) string) (*historyFile, error) {
	path, err := historyPath(env)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	h := &historyFile{path: path}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !secret(line) {
			h.past = append(h.past, line)
		}
	}
	if len(h.past) > 2*historyLinesMax {
		h.past = h.past[len(h.past)-historyLinesMax:]
		return h, h.rewrite()
	}
	return h, nil
}

// rewrite replaces the file in one step: a shell that starts meanwhile sees the old one or the new one.
func (h *historyFile) rewrite() error {
	fresh, err := os.CreateTemp(filepath.Dir(h.path), ".cli_history-") // mode 0600
	if err != nil {
		return err
	}
	_, err = fresh.WriteString(strings.Join(h.past, "\n") + "\n")
	err = errors.Join(err, fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), h.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(fresh.Name()))
	}
	return err
}

func (h *historyFile) lines() []string {
	if h == nil {
		return nil
	}
	return h.past
}

// add appends a line unless it holds a secret. Several shells may append to one file.
func (h *historyFile) add(line string) error {
	if h == nil || secret(line) {
		return nil
	}
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600) // whatever it was before
	_, werr := fmt.Fprintln(f, strings.ReplaceAll(line, "\n", " "))
	return errors.Join(err, werr, f.Close())
}

// secret tells whether a line holds what nobody else should read: passwords of addauth, and digests, from which passwords can be
// guessed. A word too many is forgotten rather than a secret kept.
func secret(line string) bool {
	low := strings.ToLower(line)
	for _, mark := range []string{"addauth", "digest:", "super:", "password", "passwd", "secret", "token"} {
		if strings.Contains(low, mark) {
			return true
		}
	}
	return false
}

package tlsstore

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// lookInterval is how often a Source looks whether its files have changed.
const lookInterval = time.Second

// Source gives the configuration for the next connection, and reads the stores again when they have changed on disk.
type Source struct {
	settings Settings
	log      *slog.Logger
	now      func() time.Time

	mu     sync.Mutex // guards what follows; held while files are read, so that only one connection reads them
	cfg    *tls.Config
	looked time.Time
	seen   string // the state of the files that cfg, or the last failure, came from
}

// NewSource reads the stores. With now, the clock, they are looked at again; nil means never.
func NewSource(settings Settings, now func() time.Time, log *slog.Logger) (*Source, error) {
	s := &Source{settings: settings, log: log, now: now, seen: settings.fingerprint()}
	if now != nil {
		s.looked = now()
	}
	cfg, err := settings.Server()
	if err != nil {
		return nil, err
	}
	s.cfg = cfg
	return s, nil
}

// Config is what the next connection is to be served with.
func (s *Source) Config() *tls.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		return s.cfg
	}
	now := s.now()
	if now.Sub(s.looked) < lookInterval {
		return s.cfg
	}
	s.looked = now
	seen := s.settings.fingerprint()
	if seen == s.seen {
		return s.cfg
	}
	s.seen = seen
	cfg, err := s.settings.Server()
	if err != nil {
		s.log.Error("the changed TLS stores cannot be used, the old ones stay", "err", err)
		return s.cfg
	}
	s.log.Info("the changed TLS stores are in use for new connections")
	s.cfg = cfg
	return cfg
}

// fingerprint describes the files as far as the file system tells: it changes when one of them is written or replaced.
func (s *Settings) fingerprint() string {
	var all strings.Builder
	for _, path := range []string{s.KeyStore.Path, s.KeyStore.PasswordPath, s.TrustStore.Path, s.TrustStore.PasswordPath} {
		info, err := os.Stat(path)
		if err != nil {
			fmt.Fprintf(&all, "%s: none\n", path)
			continue
		}
		inode := uint64(0)
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			inode = stat.Ino // a file that was renamed into place
		}
		fmt.Fprintf(&all, "%s: %d bytes of %d in %d\n", path, info.Size(), info.ModTime().UnixNano(), inode)
	}
	return all.String()
}

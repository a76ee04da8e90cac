package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"paddock/audit"
	"paddock/config"
	"paddock/logging"
)

// serverLogger makes the logger that the configuration asks for.
func serverLogger(ctx context.Context, cfg *config.Config, out io.Writer) (*slog.Logger, error) {
	usual, err := logging.ParseLevel(cfg.LogLevel)
	if err != nil {
		return nil, err
	}
	level := &slog.LevelVar{}
	level.Set(usual)
	log, err := logging.New(out, cfg.LogFormat, level)
	if err != nil {
		return nil, err
	}
	switchLevel(ctx, level, log)
	return log, nil
}

// switchLevel lets SIGUSR1 set the level to debug and SIGUSR2 back to what it is now, until ctx ends.
func switchLevel(ctx context.Context, level *slog.LevelVar, log *slog.Logger) {
	usual, signals := level.Level(), make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return // the signals stay harmless: they are never handed back
			case s := <-signals:
				wanted := usual
				if s == syscall.SIGUSR1 {
					wanted = slog.LevelDebug
				}
				level.Set(wanted)
				log.Log(ctx, wanted, "the level of the log was switched", "now", wanted)
			}
		}
	}()
}

// auditor writes the audit log of a server's life. Without an audit log, log is nil.
type auditor struct {
	log  *audit.Log
	user string
}

// openAudit opens the audit log if there is to be one: a file in the log folder, or what stderr is.
func openAudit(cfg *config.Config, stderr io.Writer, log *slog.Logger) (*auditor, error) {
	a := &auditor{user: systemUser()}
	if !cfg.AuditEnabled {
		return a, nil
	}
	if cfg.LogDir == "" {
		a.log = audit.New(unclosed{stderr}, log, time.Local)
		return a, nil
	}
	path := filepath.Join(cfg.LogDir, audit.FileName)
	file, err := audit.OpenFile(path)
	if err != nil {
		return nil, err
	}
	log.Info("writing the audit log", "file", path)
	a.log = audit.New(file, logging.Limit(log, time.Second), time.Local)
	return a, nil
}

// unclosed is an output that others use too.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }

// record is nil if nothing is audited.
func (a *auditor) record() func(*audit.Event) {
	if a.log == nil {
		return nil
	}
	return a.log.Record
}

// server writes a line about the server itself.
func (a *auditor) server(operation string, result audit.Result) {
	if a.log != nil {
		a.log.Record(&audit.Event{WallMs: time.Now().UnixMilli(), User: a.user, Operation: operation, Result: result})
	}
}

// end writes the last line, and everything before it, and joins what goes wrong to err.
func (a *auditor) end(operation string, result audit.Result, err error) error {
	if a.log == nil {
		return err
	}
	a.server(operation, result)
	return errors.Join(err, a.log.Close())
}

// systemUser is who runs the process; a number if it has no name, as in a container.
func systemUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return strconv.Itoa(os.Getuid())
}

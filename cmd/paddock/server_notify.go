package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/coreos/go-systemd/v22/daemon"

	"paddock/server"
)

// runNotified is s.Run, with the service manager informed if it is one that asks (systemd's NOTIFY_SOCKET).
func runNotified(ctx context.Context, s *server.Server, log *slog.Logger) error {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return s.Run(ctx)
	}
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the service manager's watchdog is not fed: WATCHDOG_USEC or WATCHDOG_PID make no sense", "err", err)
	}
	running, ended := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		s.Notify(running, func(state string) error {
			_, err := daemon.SdNotify(false, state)
			return err
		}, watchdog)
		close(told)
	}()
	err = s.Run(ctx)
	ended()
	<-told
	return err
}

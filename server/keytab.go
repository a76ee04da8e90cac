package server

import (
	"context"
	"log/slog"
	"time"

	"paddock/config"
)

// reloadKeytab reads the keytab again from time to time, as long as ctx lives. One that cannot be read leaves the keys as they are.
func reloadKeytab(ctx context.Context, cfg *config.SASL, log *slog.Logger) {
	if cfg.Service == nil || !cfg.Service.HasKeytab() {
		return
	}
	ticker := time.NewTicker(cfg.ReloadInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := cfg.Service.Reload(); err != nil {
				log.Warn("the keytab was not read again, its old keys go on", "err", err)
			}
		}
	}
}

package server

import (
	"paddock/apply"
	"paddock/config"
)

// connThrottle is the processor's form of the configuration.
func connThrottle(t *config.ConnThrottle) apply.ConnThrottleConfig {
	return apply.ConnThrottleConfig{
		Tokens: t.Tokens, FillMs: t.FillMs, FillCount: t.FillCount, FreezeMs: t.FreezeMs,
		DropIncrease: t.DropIncrease, DropDecrease: t.DropDecrease, DecreaseRatio: t.DecreaseRatio,
		Weighted: t.Weighted, GlobalWeight: t.GlobalWeight, LocalWeight: t.LocalWeight, RenewWeight: t.RenewWeight,
	}
}

// requestThrottle is the processor's form of the configuration.
func requestThrottle(t *config.RequestThrottle) apply.RequestThrottleConfig {
	return apply.RequestThrottleConfig{
		OutstandingMax: t.OutstandingMax, InWorkMax: t.InWorkMax, RefuseAfterMs: t.RefuseAfterMs,
		DropStale: t.DropStale && t.StaleLatency, LargeBytes: t.LargeBytes, LargeBytesMax: t.LargeBytesMax,
	}
}

package config

import "math"

// ConnThrottle bounds how fast connections come: a bucket of tokens, and a probability of being dropped that follows
// how empty it is.
type ConnThrottle struct {
	// Tokens is the size of the bucket; 0 means no limit. FillCount come back every FillMs.
	Tokens, FillMs, FillCount int
	// FreezeMs is the time between two changes of the drop probability; -1 means that nothing is dropped by chance.
	FreezeMs int
	// DropIncrease and DropDecrease are the steps of the probability; it falls while no more than the share DecreaseRatio
	// of the bucket is used.
	DropIncrease, DropDecrease, DecreaseRatio float64
	// Weighted counts connections by the three weights, and the bucket in new sessions; otherwise each connection is 1.
	Weighted                               bool
	GlobalWeight, LocalWeight, RenewWeight int
}

// RequestThrottle bounds how much of all connections' requests is in work at once.
type RequestThrottle struct {
	// OutstandingMax makes connections wait for their own answers while more requests are in work; 0 means no limit.
	OutstandingMax int
	// InWorkMax makes all requests wait in the order of their arrival; 0 or less means no limit.
	InWorkMax int
	// RefuseAfterMs is the wait after which a request is refused; 0 or less means never.
	RefuseAfterMs int
	// DropStale closes a connection whose request has waited for longer than its session timeout, if StaleLatency says
	// that such a request is stale.
	DropStale, StaleLatency bool
	// LargeBytes is the size above which a request is large, 0 or less for never; LargeBytesMax bounds all large ones.
	LargeBytes, LargeBytesMax int
}

func throttleKeys() []Key {
	return append(connThrottleKeys(), requestThrottleKeys()...)
}

func connThrottleKeys() []Key {
	whole := func(name, unit, def string, least int64, meaning string, field func(*ConnThrottle) *int) Key {
		return Key{
			Name: "connection_throttle_" + name, Property: same, Type: Int, Unit: unit, Default: def, Min: least, Max: math.MaxInt32,
			Meaning: meaning, field: func(c *Config) any { return field(&c.ConnThrottle) },
		}
	}
	share := func(name, def, meaning string, field func(*ConnThrottle) *float64) Key {
		return Key{
			Name: "connection_throttle_" + name, Property: same, Type: Float, Default: def,
			Meaning: meaning, field: func(c *Config) any { return field(&c.ConnThrottle) },
		}
	}
	return []Key{
		whole("tokens", "connections", "0", 0, "connections that may come at once; 0: any number", func(t *ConnThrottle) *int { return &t.Tokens }),
		but(whole("fill_time", "ms", "1", 1, "time between refills of the tokens", func(t *ConnThrottle) *int { return &t.FillMs }), "Less than 1 is refused."),
		whole("fill_count", "", "1", 0, "tokens per refill", func(t *ConnThrottle) *int { return &t.FillCount }),
		whole("freeze_time", "ms", "-1", -1, "time between changes of the drop probability; -1: none", func(t *ConnThrottle) *int { return &t.FreezeMs }),
		share("drop_increase", "0.02", "step up of the drop probability", func(t *ConnThrottle) *float64 { return &t.DropIncrease }),
		share("drop_decrease", "0.002", "step down of the drop probability", func(t *ConnThrottle) *float64 { return &t.DropDecrease }),
		share("decrease_ratio", "0", "share of tokens in use that lets the probability fall", func(t *ConnThrottle) *float64 { return &t.DecreaseRatio }),
		{
			Name: "connection_throttle_weight_enabled", Property: same, Type: LooseBool, Default: "false",
			Meaning: "count connections by the kind of their session", field: func(c *Config) any { return &c.ConnThrottle.Weighted },
		},
		but(whole("global_session_weight", "", "3", 1, "weight of a global session", func(t *ConnThrottle) *int { return &t.GlobalWeight }), "Less than 1 is refused, as for the other two."),
		but(whole("local_session_weight", "", "1", 1, "weight of a local session", func(t *ConnThrottle) *int { return &t.LocalWeight }), "The other two count as no less."),
		whole("renew_session_weight", "", "2", 1, "weight of a renewed session", func(t *ConnThrottle) *int { return &t.RenewWeight }),
	}
}

func requestThrottleKeys() []Key {
	return []Key{
		{
			Name: "request_throttle_max_requests", Property: same, Type: Int, Unit: "requests", Default: "0",
			Meaning: "requests in work before others wait; 0 or less: any number",
			field:   func(c *Config) any { return &c.RequestThrottle.InWorkMax },
			Status:  Different, Note: "See throttling.",
		},
		noNeed("request_throttle_stall_time", same, Int, "100", "ms between two looks whether there is room", "What waits goes on as soon as there is room."),
		{
			Name: "request_throttle_drop_stale", Property: same, Type: LooseBool, Default: "true",
			Meaning: "drop stale requests, with their connection", field: func(c *Config) any { return &c.RequestThrottle.DropStale },
			Status: Different, Note: "Of use with `request_stale_latency_check` only: what waits for room is always dropped when its connection has gone.",
		},
		noNeed("request_stale_connection_check", same, LooseBool, "true", "a request of a closed connection is stale", "This check is always on."),
		{
			Name: "request_stale_latency_check", Property: same, Type: LooseBool, Default: "false",
			Meaning: "a request older than its session timeout is stale", field: func(c *Config) any { return &c.RequestThrottle.StaleLatency },
			Note: "For requests that wait for room.",
		},
		noNeed("request_throttler.shutdownTimeout", same, Long, "10000", "ms to stop the thread that throttles", "What waits is answered before the end, however long it takes."),
		{
			Name: "throttled_op_wait_time", Property: same, Type: Int, Unit: "ms", Default: "0",
			Meaning: "wait after which a request is refused; 0 or less: never",
			field:   func(c *Config) any { return &c.RequestThrottle.RefuseAfterMs },
			Note:    "Of use with `request_throttle_max_requests` only.",
		},
	}
}

// checkOutstanding takes ZooKeeper's default limit away: it would slow pipelines down and protect nothing that the bounds
// in bytes do not protect.
func (l *loader) checkOutstanding() *Error {
	if l.setting("globalOutstandingLimit") == nil {
		l.cfg.RequestThrottle.OutstandingMax = 0
	}
	return nil
}

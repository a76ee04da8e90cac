package logging

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The formats of lines.
const (
	Text = "text"
	JSON = "json"
)

// New makes a logger that writes to out. level may be changed at any time.
func New(out io.Writer, format string, level slog.Leveler) (*slog.Logger, error) {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: readable}
	switch strings.ToLower(format) {
	case Text:
		return slog.New(slog.NewTextHandler(out, opts)), nil
	case JSON:
		return slog.New(slog.NewJSONHandler(out, opts)), nil
	}
	return nil, fmt.Errorf("logging: found format %q, expected %s or %s", format, Text, JSON)
}

// valueBytesMax bounds the message and every text among the attributes: a client may choose a path of a megabyte.
const valueBytesMax = 4 << 10

// readable writes durations as 1.5s in JSON too, where they would be numbers without a unit, and cuts what is too long.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	if text := a.Value.String(); a.Value.Kind() == slog.KindString && len(text) > valueBytesMax {
		a.Value = slog.StringValue(fmt.Sprintf("%s… (%d bytes)", text[:valueBytesMax], len(text)))
	}
	return a
}

// ParseLevel reads debug, info, warn or error, in any case.
func ParseLevel(name string) (slog.Level, error) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(name, level.String()) {
			return level, nil
		}
	}
	return 0, fmt.Errorf("logging: found level %q, expected debug, info, warn or error", name)
}

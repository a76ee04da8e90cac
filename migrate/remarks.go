package migrate

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"paddock/disk"
)

// remarks turns the warnings of those who read the files into findings. It implements slog.Handler.
type remarks struct{ r *Report }

// level is that of a file that is not whole: where a server runs, it may be in the midst of writing it.
func (h remarks) level() Level {
	if h.r.Server != nil {
		return Note
	}
	return Different
}

// Enabled implements slog.Handler.
func (remarks) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (h remarks) Handle(_ context.Context, record slog.Record) error {
	var b strings.Builder
	b.WriteString(record.Message)
	sign := ": "
	record.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, "%s%s %v", sign, a.Key, a.Value)
		sign = ", "
		return true
	})
	f := h.r.add(h.level(), aboutData, b.String())
	if f.Level == Note {
		f.advise("the server may just be writing it; if a second check says so again, it is not whole")
	}
	return nil
}

// WithAttrs implements slog.Handler; the readers add none.
func (h remarks) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler; the readers make none.
func (h remarks) WithGroup(string) slog.Handler { return h }

func names(entries []disk.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Name)
	}
	return all
}

package sasl

import "log/slog"

// Secret is a password: it prints as stars, wherever it is printed.
type Secret string

const stars = "***"

// String hides it from Print and its kin.
func (Secret) String() string { return stars }

// GoString hides it from %#v.
func (Secret) GoString() string { return stars }

// LogValue hides it from a log.
func (Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText hides it from JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

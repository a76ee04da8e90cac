package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"paddock/tlsstore"
)

// dialer opens a connection; nil is TCP in the clear.
type dialer func(ctx context.Context, addr string) (net.Conn, error)

func (d dialer) dial(ctx context.Context, addr string) (net.Conn, error) {
	if d == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	}
	return d(ctx, addr)
}

// clientConfiguration reads the Java client's properties: -D words in CLIENT_JVMFLAGS and JVMFLAGS, as Apache's zkCli.sh hands
// them on, and the file of -client-configuration, which counts more. What they ask for must be there: a connection in the clear
// to people who asked for TLS would be a trap.
func (s *Shell) clientConfiguration() error {
	properties := tlsstore.ClientProperties(s.opts.Env)
	if err := s.readClientConfiguration(properties); err != nil {
		return err
	}
	if err := s.clientSASL(properties); err != nil {
		return err
	}
	if !strings.EqualFold(properties["zookeeper.client.secure"], "true") {
		return nil
	}
	settings := tlsstore.FromProperties(func(name string) string { return properties[name] })
	secure, err := settings.Client()
	if err != nil {
		return err
	}
	s.dial = secure.Dial
	return nil
}

// readClientConfiguration adds what the file says to the properties.
func (s *Shell) readClientConfiguration(properties map[string]string) error {
	if s.set.config == "" {
		return nil
	}
	text, err := os.ReadFile(s.set.config)
	if err != nil {
		return fmt.Errorf("-client-configuration: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		properties[key] = value
		switch {
		case key == propertyJAAS, key == propertySASL, key == propertySASLSection:
		case key == "zookeeper.client.secure", key == "zookeeper.clientCnxnSocket", key == "zookeeper.fips-mode",
			strings.HasPrefix(key, "zookeeper.ssl."):
		default:
			s.complain("%s:%d: %s has no meaning here", s.set.config, n, safeName(key))
		}
	}
	return nil
}

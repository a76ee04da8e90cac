package cli

import (
	"fmt"
	"os"
	"strings"
)

// clientConfiguration reads -client-configuration, a file of the Java client's properties. What it asks for must be there: a
// connection in the clear to people who asked for TLS would be a trap.
func (s *Shell) clientConfiguration() error {
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
		switch {
		case key == "zookeeper.client.secure" && strings.EqualFold(value, "true"):
			return fmt.Errorf("-client-configuration: %s:%d: %s=true: this shell does not speak TLS yet", s.set.config, n, key)
		case key == "zookeeper.sasl.client" && strings.EqualFold(value, "true"):
			return fmt.Errorf("-client-configuration: %s:%d: %s=true: this shell does not speak SASL yet", s.set.config, n, key)
		default:
			s.complain("%s:%d: %s has no meaning here", s.set.config, n, safeName(key))
		}
	}
	return nil
}

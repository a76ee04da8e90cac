package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// settings is the command line.
type settings struct {
	servers   string
	timeout   time.Duration
	readOnly  bool
	wait      bool   // -waitforconnection
	config    string // -client-configuration
	json      bool   // --output json
	noHistory bool
	help      bool
	command   []string // nil: read lines
	unknown   []string // options that mean nothing; Apache's shell is silent about them
}

const (
	defaultServers   = "localhost:2181"
	defaultTimeoutMs = 30000
)

// parseSettings reads Apache's options and ours up to the first word without a dash, which begins the command. Words may have one
// dash or two.
func parseSettings(args []string) (*settings, error) {
	s := &settings{servers: defaultServers, timeout: defaultTimeoutMs * time.Millisecond}
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") {
			s.command = args[i:]
			return s, nil
		}
		name, value, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if wantsValue(name) && !joined {
			if i++; i == len(args) {
				return nil, fmt.Errorf("Error: no argument found for option %s", args[i-1])
			}
			value = args[i]
		}
		if err := s.set(name, value, args[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func wantsValue(name string) bool {
	switch name {
	case "server", "timeout", "client-configuration", "output", "o":
		return true
	}
	return false
}

func (s *settings) set(name, value, word string) error {
	switch name {
	case "server":
		s.servers = value
	case "timeout":
		ms, err := strconv.ParseInt(value, 10, 32)
		if err != nil || ms <= 0 {
			return fmt.Errorf("-timeout %q: expected milliseconds above 0", value)
		}
		s.timeout = time.Duration(ms) * time.Millisecond
	case "client-configuration":
		s.config = value
	case "output", "o":
		if value != "json" && value != "text" {
			return fmt.Errorf("--output %q: expected text or json", value)
		}
		s.json = value == "json"
	case "r":
		s.readOnly = true
	case "waitforconnection":
		s.wait = true
	case "no-history":
		s.noHistory = true
	case "help", "h":
		s.help = true
	default:
		s.unknown = append(s.unknown, word)
	}
	return nil
}

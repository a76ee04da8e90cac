package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/config"
)

// statusPatience is how long a server may take to answer: that of Apache's FourLetterWordMain, 3.9.5.
const statusPatience = 5 * time.Second

// errNoContact has the words that scripts look for on stdout, where they were printed.
var errNoContact = errors.New("the server was not reached")

// statusCommand is what zkServer.sh status calls, and the health check of a container that has no shell.
func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status [zoo.cfg | port dataDir [tickTime [maxClientCnxns]]] [-Dkey=value ...]",
		Short: "Ask the server of a configuration for its mode, as ZooKeeper's zkServer.sh status does.",
		Long: "Ask the server of a configuration, Paddock or ZooKeeper, for its mode. It is asked with the four-letter word srvr, on the\n" +
			"client port that the configuration names. The output is that of ZooKeeper's zkServer.sh status.\n\n" +
			"Exit code: 0 if it answered with its mode, else 1.",
		Example:            "  paddock status /etc/zookeeper/conf/zoo.cfg",
		DisableFlagParsing: true, // -D words
		RunE: func(cmd *cobra.Command, args []string) error {
			if wantsHelp(args) {
				return cmd.Help()
			}
			cfg, err := config.FromCommand(args, os.Environ())
			if err != nil {
				return &configError{exitUnexpected, err.Error()}
			}
			return status(cmd.OutOrStdout(), cfg)
		},
	}
}

// status prints Apache's lines (zkServer.sh, 3.9.5).
func status(out io.Writer, cfg *config.Config) error {
	host, addr := cfg.ClientPortAddress, cfg.ClientPortAddress
	if host == "" {
		host, addr = "localhost", "127.0.0.1" // the server listens everywhere; a container may not know the name
	}
	if _, err := fmt.Fprintf(out, "Client port found: %d. Client address: %s. Client SSL: false.\n", cfg.ClientPort, host); err != nil {
		return err
	}
	answer, err := askWord(net.JoinHostPort(addr, strconv.Itoa(cfg.ClientPort)), "srvr")
	if err == nil {
		for line := range strings.Lines(answer) {
			if strings.HasPrefix(line, "Mode:") {
				_, err = io.WriteString(out, line)
				return err
			}
		}
		err = fmt.Errorf("%w: its answer to srvr has no mode: %q", errNoContact, strings.TrimSpace(answer))
	}
	_, outErr := fmt.Fprintln(out, "Error contacting service. It is probably not running.")
	return errors.Join(err, outErr)
}

// askWord sends a four-letter word to addr and gives the answer.
func askWord(addr, word string) (string, error) {
	c, err := net.DialTimeout("tcp", addr, statusPatience)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoContact, err)
	}
	defer func() { _ = c.Close() }() // the answer is complete or is an error
	if err = c.SetDeadline(time.Now().Add(statusPatience)); err == nil {
		_, err = io.WriteString(c, word)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoContact, err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoContact, err)
	}
	return string(answer), nil
}

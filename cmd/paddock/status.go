package main

import (
	"context"
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
	"paddock/tlsstore"
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
			"A server that has a secureClientPort only is asked with TLS. As with zkServer.sh, CLIENT_JVMFLAGS then has the properties:\n" +
			"-Dzookeeper.ssl.trustStore.location=… and so on.\n\n" +
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
			if err := status(cmd.OutOrStdout(), cfg); err != nil {
				return &configError{exitUnexpected, err.Error()} // whatever it is, as with ZooKeeper
			}
			return nil
		},
	}
}

// status prints Apache's lines (zkServer.sh, 3.9.5).
func status(out io.Writer, cfg *config.Config) error {
	host, addr, port, secure := cfg.ClientPortAddress, cfg.ClientPortAddress, cfg.ClientPort, cfg.ClientPort < 0
	if secure {
		text := "Client port not found. Looking for secureClientPort in the static config.\n"
		if cfg.MyID < 0 {
			text = "myid could not be determined, will not able to locate clientPort in the server configs.\n" + text
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
		host, addr, port = cfg.SecureClientPortAddress, cfg.SecureClientPortAddress, cfg.SecureClientPort
	}
	if host == "" {
		host, addr = "localhost", "127.0.0.1" // the server listens everywhere; a container may not know the name
	}
	if _, err := fmt.Fprintf(out, "Client port found: %d. Client address: %s. Client SSL: %t.\n", port, host, secure); err != nil {
		return err
	}
	var answer string
	c, err := dialStatus(host, addr, strconv.Itoa(port), secure)
	if err == nil {
		answer, err = askWord(c, "srvr")
	}
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

// dialStatus connects to addr; with TLS to host, which the server's certificate has to name.
func dialStatus(host, addr, port string, secure bool) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), statusPatience)
	defer cancel()
	dial := func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(addr, port))
	}
	if secure {
		properties := tlsstore.ClientProperties(os.Getenv)
		settings := tlsstore.FromProperties(func(name string) string { return properties[name] })
		client, err := settings.Client()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNoContact, err)
		}
		dial = client.Dial
	}
	c, err := dial(ctx, net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoContact, err)
	}
	return c, nil
}

// askWord sends a four-letter word and gives the answer.
func askWord(c net.Conn, word string) (string, error) {
	defer func() { _ = c.Close() }() // the answer is complete or is an error
	err := c.SetDeadline(time.Now().Add(statusPatience))
	if err == nil {
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

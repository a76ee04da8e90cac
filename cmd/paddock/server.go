package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"paddock/admin"
	"paddock/config"
	"paddock/server"
)

// serverCommand takes ZooKeeper's own forms of arguments, -D words included, which is why cobra leaves its hands
// off them.
func serverCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "server [zoo.cfg | port dataDir [tickTime [maxClientCnxns]]] [-Dkey=value ...]",
		Short: "Run a standalone server.",
		Long: "Run a standalone server: with a zoo.cfg, with a port and a data directory, or with nothing on port 2181 " +
			"and ./data.\n-Dkey=value sets a ZooKeeper system property, as do the environment's SERVER_JVMFLAGS and JVMFLAGS.",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
				return cmd.Help()
			}
			return runServer(args, cmd.OutOrStdout())
		},
	}
}

func runServer(args []string, out io.Writer) error {
	props, rest := config.PropsFromEnv(os.Environ(), args)
	cfg, err := config.FromArgs(rest, props)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	for _, line := range cfg.Warnings {
		log.Warn(line)
	}
	for _, line := range cfg.Notes {
		log.Debug(line)
	}
	signal.Ignore(syscall.SIGPIPE) // Go would end the process when the reader of its log goes away
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	s, err := server.New(cfg, admin.Version(zookeeperVersion, version, buildDate), log)
	if err != nil {
		return err
	}
	// Nobody may be reading: that is no reason not to serve.
	_, _ = fmt.Fprintf(out, "Paddock %s serves ZooKeeper clients on %s (standalone).\nData in %s: %d znodes. Stop with Ctrl-C or SIGTERM.\n",
		version, addresses(s.Addrs()), cfg.DataDir, s.Znodes())
	return s.Run(ctx)
}

// addresses puts the bound addresses into words.
func addresses(addrs []net.Addr) string {
	var words []string
	for _, a := range addrs {
		host, port, err := net.SplitHostPort(a.String())
		if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
			words = append(words, "port "+port+" of all addresses")
			continue
		}
		words = append(words, a.String())
	}
	return strings.Join(words, ", ")
}

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"paddock/admin"
	"paddock/audit"
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
			"and ./data.\n-Dkey=value sets a ZooKeeper system property, as do SERVER_JVMFLAGS and JVMFLAGS in the environment and in java.env\n" +
			"beside the zoo.cfg. `paddock config check` says what a server would make of the same arguments.\n" +
			"Log lines go to stderr; -Dpaddock.log.level=debug and -Dpaddock.log.format=json change them, SIGUSR1 switches to debug, SIGUSR2 back.",
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
	cfg, err := config.FromCommand(args, os.Environ())
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // Go would end the process when the reader of its log goes away
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	log, err := serverLogger(ctx, cfg, os.Stderr)
	if err != nil {
		return err
	}
	for _, line := range cfg.Warnings {
		log.Warn(line)
	}
	audited, err := openAudit(cfg, os.Stderr, log)
	if err != nil {
		return err
	}
	env := server.Env{Audit: audited.record(), AuditUser: audited.user}
	s, err := server.NewIn(env, cfg, admin.Version(zookeeperVersion, version, buildDate), log)
	if err != nil {
		return audited.end(audit.OpStart, audit.Failure, err)
	}
	audited.server(audit.OpStart, audit.Success)
	for _, line := range cfg.Notes {
		log.Info(line)
	}
	where := addresses(s.Addrs())
	if cfg.SecureClientPort >= 0 {
		where += " with TLS" // it is the last
	}
	// Nobody may be reading: that is no reason not to serve.
	_, _ = fmt.Fprintf(out, "Paddock %s serves ZooKeeper clients on %s (standalone).\nData in %s: %d znodes. Stop with Ctrl-C or SIGTERM.\n",
		version, where, cfg.DataDir, s.Znodes())
	return audited.end(audit.OpStop, audit.Invoked, runNotified(ctx, s, log))
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

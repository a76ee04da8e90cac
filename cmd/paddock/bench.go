package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"paddock/bench"
)

// benchCommand measures servers, ours or any other that speaks ZooKeeper's protocol.
func benchCommand() *cobra.Command {
	options := bench.DefaultOptions()
	var form outputForm
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a running ZooKeeper server.",
		Long: "Measure a running server, Paddock or any other that speaks ZooKeeper's protocol.\n\n" +
			"The load goes below a fresh znode, which is removed in the end. In a closed loop (the default) each connection\n" +
			"keeps --in-flight requests under way. With --rate, requests fall due at that rate whatever the server does,\n" +
			"and latency counts from when a request was due. --probe tells what other clients feel meanwhile.",
		Example: "  paddock bench --addr 127.0.0.1:2181 --workload get --in-flight 16\n" +
			"  paddock bench --mix get=80,set=20 --rate 25000 --keys 1000000 --zipf 0.99 --duration 1m\n" +
			"  paddock bench --workload watches --connections 10000 --watches 1000000 --keys 10000 --in-flight 4 --probe\n" +
			"  paddock bench compare apache paddock --suite table",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return runBench(ctx, options, form, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&options.Addr, "addr", options.Addr, "server, as host:port")
	benchFlags(cmd, &options)
	form.flags(cmd)
	cmd.AddCommand(floorCommand(), compareCommand(), reportCommand())
	return cmd
}

// benchFlags adds what a run can be told, and returns its names.
func benchFlags(cmd *cobra.Command, options *bench.Options) (names []string) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	options.Flags(flags)
	cmd.Flags().AddGoFlagSet(flags)
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// outputForm says how results are printed.
type outputForm struct{ json, csv bool }

func (f *outputForm) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.json, "json", false, "print results as JSON, for paddock bench report")
	cmd.Flags().BoolVar(&f.csv, "csv", false, "print results as CSV")
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
}

func runBench(ctx context.Context, options bench.Options, form outputForm, out, errs io.Writer) error {
	if err := options.Check(); err != nil {
		return err
	}
	show := newProgress(errs)
	result, err := bench.Run(ctx, options, show.update)
	show.end()
	if err != nil {
		return err
	}
	record := bench.Record{
		Machine: bench.Machine(), Title: result.Title, Servers: []string{options.Addr}, Rows: []string{result.Title},
		Samples: []bench.Sample{{Server: options.Addr, Round: 1, Row: result.Title, Result: result}},
	}
	switch {
	case form.json:
		return record.Write(out)
	case form.csv:
		return bench.WriteCSV(out, record.Samples)
	}
	if _, err := fmt.Fprintln(out, record.Machine); err != nil {
		return err
	}
	return result.WriteTable(out)
}

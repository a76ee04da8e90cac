package main

import (
	"context"
	"flag"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"paddock/bench"
)

// benchCommand measures a running server, ours or any other that speaks ZooKeeper's protocol.
func benchCommand() *cobra.Command {
	options := bench.DefaultOptions()
	asJSON := false
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a running ZooKeeper server.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			return runBench(ctx, options, asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	options.Flags(flags)
	cmd.Flags().AddGoFlagSet(flags)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func runBench(ctx context.Context, options bench.Options, asJSON bool, out, progress io.Writer) error {
	if err := options.Check(); err != nil {
		return err
	}
	result, err := bench.Run(ctx, options, progress)
	if err != nil {
		return err
	}
	if asJSON {
		return result.WriteJSON(out)
	}
	return result.WriteTable(out)
}

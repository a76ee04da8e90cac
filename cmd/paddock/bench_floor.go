package main

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"paddock/bench/floor"
)

// floorCommand serves as the floor: what socket and disk force on anyone.
func floorCommand() *cobra.Command {
	cfg := floor.Config{}
	mode, valueBytes := "", 0
	cmd := &cobra.Command{
		Use:   "floor",
		Short: "Serve as a stub that does the least any server must do.",
		Long: "Serve as a stub: getData is answered from a fixed buffer, a write after one fdatasync for all that queued up.\n" +
			"Nothing is kept. With --mode loop the event loop that reads a request answers it; with --mode owner all go\n" +
			"through one goroutine, as in Paddock.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if mode != "loop" && mode != "owner" {
				return fmt.Errorf("bench floor: mode is %q, must be loop or owner", mode)
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			cfg.Owner, cfg.Value = mode == "owner", make([]byte, valueBytes)
			return floor.Serve(ctx, cfg, func() {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "The floor (%s) serves on %s.\n", mode, cfg.Addr) // nobody may be reading
			})
		},
	}
	cmd.Flags().StringVar(&cfg.Addr, "addr", "127.0.0.1:2181", "where to serve, as host:port")
	cmd.Flags().StringVar(&cfg.Dir, "dir", ".", "folder for the log, on the disk to measure")
	cmd.Flags().StringVar(&mode, "mode", "loop", "who answers: loop or owner")
	cmd.Flags().IntVar(&valueBytes, "value-bytes", 100, "bytes of data of every znode")
	cmd.Flags().IntVar(&cfg.Loops, "loops", 0, "event loops; 0: as many as Paddock has")
	return cmd
}

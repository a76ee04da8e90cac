package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"paddock/bench"
	"paddock/bench/report"
)

// reportCommand makes one page of results.
func reportCommand() *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use:   "report RESULTS.json ...",
		Short: "Write results as one HTML page with plots.",
		Long: "Write results of paddock bench --json and paddock bench compare --out as one HTML page with plots. The page holds\n" +
			"all that it needs and loads nothing.",
		Example: "  paddock bench compare --suite table --out results.json\n  paddock bench report results.json --out report.html",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var records []*bench.Record
			for _, path := range args {
				r, err := bench.ReadRecord(path)
				if err != nil {
					return err
				}
				records = append(records, r)
			}
			return writeReport(out, records)
		},
	}
	cmd.Flags().StringVar(&out, "out", "report.html", "file to write")
	return cmd
}

func writeReport(path string, records []*bench.Record) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("bench report: %w", err)
	}
	if err := report.Write(f, records); err != nil {
		_ = f.Close() // the first error is the news
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("bench report: write %s: %w", path, err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"paddock/interop"
)

func main() {
	rounds := flag.Int("rounds", 500, "`number` of kills")
	perChain := flag.Int("kills", 10, "`number` of kills of one data directory before the next one begins")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "first `seed`; each directory takes the next one")
	binary := flag.String("paddock", "", "`binary` to kill instead of a fresh build")
	dir := flag.String("dir", "", "`folder` for data directories; those of failures stay there")
	flag.Parse()
	if err := run(os.Stdout, *binary, *dir, *seed, *rounds, *perChain); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does all rounds, and ends with the first directory that shows a fault. It stays there to be looked at.
func run(out io.Writer, binary, dir string, seed uint64, rounds, perChain int) (err error) {
	home, err := os.MkdirTemp(dir, "crash-")
	if err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	if binary == "" {
		if binary, err = buildPaddock(home); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(out, "%d rounds from seed %d in %s\n", rounds, seed, home); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	var total tally
	for done := 0; done < rounds; seed++ {
		kills := min(perChain, rounds-done)
		chainDir := filepath.Join(home, fmt.Sprintf("seed-%d", seed))
		t, err := runChain(context.Background(), binary, chainDir, seed, kills)
		if err != nil {
			return fmt.Errorf("crash: seed %d, %d kills, see %s:\n%w", seed, kills, chainDir, err)
		}
		done += kills
		total.add(&t)
		if _, err := fmt.Fprintf(out, "seed %d: nothing lost; %d of %d rounds so far\n", seed, done, rounds); err != nil {
			return fmt.Errorf("crash: %w", err)
		}
		if err := os.RemoveAll(chainDir); err != nil {
			return fmt.Errorf("crash: %w", err)
		}
	}
	_, err = fmt.Fprintln(out, &total)
	return errors.Join(err, os.RemoveAll(home))
}

// buildPaddock makes the binary below dir.
func buildPaddock(dir string) (string, error) {
	root, err := interop.RepoRoot()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "paddock")
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/paddock")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("crash: build paddock: %w\n%s", err, out)
	}
	return binary, nil
}

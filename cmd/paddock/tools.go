package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"paddock/config"
	"paddock/snap"
)

// usageError is a command line that makes no sense, or names what is not there. The exit code is 2: nothing was looked at.
type usageError struct {
	cmd *cobra.Command
	err error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v (see '%s --help')", e.err, e.cmd.CommandPath())
}

// Unwrap gives the cause.
func (e *usageError) Unwrap() error { return e.err }

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Errorf(format, args...)}
}

// tool lets a verb take its flags in Apache's form as well: words behind a single dash (-json, -config) beside letters, which
// may be put together (-rv).
func tool(cmd *cobra.Command, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd.DisableFlagParsing = true
	cmd.DisableFlagsInUseLine = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		flags := cmd.Flags()
		if err := flags.Parse(twoDashes(flags, args)); err != nil {
			return &usageError{cmd, err}
		}
		if help, err := flags.GetBool("help"); help && err == nil {
			return cmd.Help()
		}
		return run(cmd, flags.Args())
	}
	return cmd
}

// twoDashes gives words that name a flag the dashes that the parser wants.
func twoDashes(flags *pflag.FlagSet, args []string) []string {
	out := make([]string, 0, len(args))
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if len(name) > 1 && name[0] != '-' && arg[0] == '-' && flags.Lookup(name) != nil {
			arg = "-" + arg
		}
		out = append(out, arg)
	}
	return out
}

// version2 is the folder below a data directory that holds the files.
const version2 = "version-2"

// where is the data directory that a verb is about.
type where struct {
	config, dataDir, dataLogDir string
}

func (w *where) flags(f *pflag.FlagSet) {
	f.StringVar(&w.config, "config", "", "the server's zoo.cfg, which names its directories")
	f.StringVar(&w.dataDir, "dataDir", "", "instead of --config: the directory of the snapshots, with version-2 below it")
	f.StringVar(&w.dataLogDir, "dataLogDir", "", "the directory of the logs, if that is another one")
}

func (w *where) given() bool { return w.config != "" || w.dataDir != "" || w.dataLogDir != "" }

// resolve gives a configuration of which the directories count, and with --config everything. System properties come from the
// environment's SERVER_JVMFLAGS and JVMFLAGS, as the server gets them.
func (w *where) resolve(cmd *cobra.Command) (*config.Config, error) {
	if (w.config == "") == (w.dataDir == "") {
		return nil, usagef(cmd, "either --config or --dataDir is needed, and not both")
	}
	if w.config != "" {
		if w.dataLogDir != "" {
			return nil, usagef(cmd, "--dataLogDir goes with --dataDir: --config names both directories")
		}
		c, err := config.FromCommand([]string{w.config}, os.Environ())
		if err != nil {
			err = fmt.Errorf("%w (with --dataDir and --dataLogDir no configuration is needed)", err)
		}
		return c, err
	}
	c := &config.Config{DataDir: w.dataDir, DataLogDir: w.dataLogDir, DigestEnabled: true, SerializeLastProcessedZxid: true}
	if c.DataLogDir == "" {
		c.DataLogDir = c.DataDir
	}
	return c, nil
}

// folders are the two version-2 of a configuration.
func folders(c *config.Config) (snapDir, logDir string) {
	return filepath.Join(c.DataDir, version2), filepath.Join(c.DataLogDir, version2)
}

// versionFolder takes a data directory or its version-2.
func versionFolder(dir string) string {
	below := filepath.Join(dir, version2)
	if info, err := os.Stat(below); err == nil && info.IsDir() {
		return below
	}
	return dir
}

// needFolder refuses what is no folder.
func needFolder(cmd *cobra.Command, dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return &usageError{cmd, err}
	}
	if !info.IsDir() {
		return usagef(cmd, "%s is not a folder", dir)
	}
	return nil
}

// snapBlocks are the blocks of a snapshot that the server's configuration leaves out.
func snapBlocks(c *config.Config) snap.Blocks {
	return snap.Blocks{NoDigest: !c.DigestEnabled, NoLastZxid: !c.SerializeLastProcessedZxid}
}

// toolLog says on stderr what a tool has to remark.
func toolLog(cmd *cobra.Command) *slog.Logger {
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// note says something on stderr. Nobody may be reading.
func note(cmd *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...)
}

// answers reads the first letters of the user's answers.
func answers(in io.Reader) func() (letter byte, ok bool) {
	words := bufio.NewScanner(in)
	words.Split(bufio.ScanWords)
	return func() (byte, bool) {
		if !words.Scan() {
			return 0, false
		}
		return words.Bytes()[0], true
	}
}

// checkOutput takes the two forms of results.
func checkOutput(cmd *cobra.Command, form string) (asJSON bool, err error) {
	switch form {
	case "text":
		return false, nil
	case "json":
		return true, nil
	}
	return false, usagef(cmd, "--output %q: expected text or json", form)
}

var errNotDone = errors.New("nothing was changed")

// filesOf takes files as they are, and of folders what list names in them.
func filesOf(cmd *cobra.Command, args []string, what string, list func(dir string) ([]string, error)) ([]string, error) {
	if len(args) == 0 {
		return nil, usagef(cmd, "a %s is needed, or a folder of them", what)
	}
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, &usageError{cmd, err}
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		dir := versionFolder(arg)
		names, err := list(dir)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, usagef(cmd, "%s holds no %s", dir, what)
		}
		for _, name := range names {
			files = append(files, filepath.Join(dir, name))
		}
	}
	return files, nil
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A container without a shell has no use for ZooKeeper's scripts, but people go on calling them there: as its command, in
// health checks, with docker exec. Links of their names lead to this binary, which does what the scripts in bin/ do.

// asVerb gives the verb for the command line of a script. known is false if it is none.
func asVerb(words []string, getenv func(string) string) (verb []string, known bool, err error) {
	if len(words) == 0 {
		return nil, false, nil
	}
	name, args := filepath.Base(words[0]), words[1:]
	dir := cmp.Or(getenv("ZOOCFGDIR"), getenv("ZOO_CONF_DIR"), "conf")
	if len(args) > 1 && args[0] == "--config" {
		dir, args = args[1], args[2:]
	}
	zooCfg := configPath(dir, cmp.Or(getenv("ZOOCFG"), "zoo.cfg"))
	if missing(zooCfg) && !missing(keptConfig(getenv)) {
		zooCfg = keptConfig(getenv)
	}
	switch name {
	case "zkServer.sh":
		verb, err = asServerVerb(dir, zooCfg, args)
		return verb, true, err
	case "zkCli.sh":
		verb = []string{"cli"}
	case "zkCleanup.sh":
		verb = []string{"purge", "--config", zooCfg}
	case "zkTxnLogToolkit.sh":
		verb = []string{"log", "dump"}
	case "zkSnapShotToolkit.sh":
		verb = []string{"snap", "dump"}
	case "zkSnapshotComparer.sh":
		verb = []string{"snap", "compare"}
	case "zkSnapshotRecursiveSummaryToolkit.sh":
		verb = []string{"snap", "summary"}
	default:
		return nil, false, nil
	}
	return append(verb, args...), true, nil
}

// asServerVerb is asVerb for what follows the name zkServer.sh.
func asServerVerb(dir, zooCfg string, args []string) ([]string, error) {
	if len(args) > 1 {
		zooCfg = configPath(dir, args[1])
	}
	switch command := append(args, "")[0]; command {
	case "start-foreground":
		return []string{"server", zooCfg}, nil
	case "status":
		return []string{"status", zooCfg}, nil
	case "version":
		return []string{"--version"}, nil
	case "start", "stop", "restart":
		return nil, fmt.Errorf("zkServer.sh %s: there is no shell here; the server is this container's only process, so %s the container", command, command)
	default:
		return nil, fmt.Errorf("usage: zkServer.sh [--config <conf-dir>] {start-foreground|status|version} [<zoo.cfg>], found %q", args)
	}
}

// configPath looks for names without a slash in dir, as zkServer.sh does.
func configPath(dir, name string) string {
	if filepath.Base(name) != name {
		return name
	}
	return filepath.Join(dir, name)
}

// keptConfig is where docker-entrypoint keeps a configuration that it cannot write where it belongs.
func keptConfig(getenv func(string) string) string {
	return filepath.Join(containerDataDir(getenv), "paddock.zoo.cfg")
}

func containerDataDir(getenv func(string) string) string {
	return cmp.Or(getenv("ZOO_DATA_DIR"), "/data")
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// arguments are the process's own, of which the name counts if it is that of a script.
func arguments() ([]string, error) {
	verb, known, err := asVerb(os.Args, os.Getenv)
	if known {
		return verb, err
	}
	return os.Args[1:], nil
}

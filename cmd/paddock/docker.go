package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"paddock/config"
)

// zookeeperID is the number of user and group zookeeper in ZooKeeper's official Docker image.
const zookeeperID = 1000

// dockerCommand is what deploy/Dockerfile starts.
func dockerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "docker-entrypoint zkServer.sh start-foreground | COMMAND...",
		Short: "Prepare a container as ZooKeeper's official Docker image does, then run a command.",
		Long: `Write $ZOO_CONF_DIR/zoo.cfg from the variables ZOO_TICK_TIME, ZOO_SERVERS and so on, and $ZOO_DATA_DIR/myid from ZOO_MY_ID,
unless they are there, and run the command: one of ZooKeeper's scripts by its name, a verb of paddock, or any other program. Started as
root with zkServer.sh, it first gives the directories to user 1000 and becomes that user. All of this is what the entrypoint of ZooKeeper's
official image does, with the same variables and defaults; see deploy/README.md.`,
		DisableFlagParsing: true, // they are the command's
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || wantsHelp(args) {
				return cmd.Help()
			}
			verb, known, err := asVerb(args, os.Getenv)
			if err != nil {
				return &usageError{cmd, err}
			}
			if err := prepareContainer(known && verb[0] == "server"); err != nil {
				return fmt.Errorf("docker-entrypoint: %w", err)
			}
			if known {
				verb, _, err = asVerb(args, os.Getenv) // once more, for now there is a configuration
			}
			if err != nil {
				return err
			}
			root := cmd.Root()
			if _, _, unknown := root.Find(args); !known && unknown == nil {
				verb, known = args, true
			}
			if known {
				root.SetArgs(verb)
				return root.Execute()
			}
			program, err := exec.LookPath(args[0])
			if err != nil {
				return fmt.Errorf("docker-entrypoint: neither a verb, nor a script of ZooKeeper, nor a program: %w", err)
			}
			return syscall.Exec(program, args, os.Environ())
		},
	}
}

// prepareContainer writes what a server needs, as the user that it is going to be.
func prepareContainer(server bool) error {
	dataDir := containerDataDir(os.Getenv)
	if server && os.Geteuid() == 0 {
		if err := becomeZooKeeper([]string{dataDir, cmp.Or(os.Getenv("ZOO_DATA_LOG_DIR"), "/datalog"), cmp.Or(os.Getenv("ZOO_LOG_DIR"), "/logs")}); err != nil {
			return err
		}
	}
	if err := writeConfig(filepath.Join(cmp.Or(os.Getenv("ZOO_CONF_DIR"), "/conf"), "zoo.cfg")); err != nil {
		return err
	}
	return writeNew(filepath.Join(dataDir, "myid"), cmp.Or(os.Getenv("ZOO_MY_ID"), "1")+"\n")
}

// becomeZooKeeper gives the directories to the user zookeeper and gives up being root, for good.
func becomeZooKeeper(dirs []string) error {
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := filepath.WalkDir(dir, giveToZooKeeper); err != nil {
			return err
		}
	}
	// In this order: the last one takes the right to do the others.
	if err := syscall.Setgroups([]int{zookeeperID}); err != nil {
		return refused(fmt.Errorf("give up root's groups: %w", err))
	}
	if err := syscall.Setgid(zookeeperID); err != nil {
		return refused(fmt.Errorf("become group %d: %w", zookeeperID, err))
	}
	if err := syscall.Setuid(zookeeperID); err != nil {
		return refused(fmt.Errorf("become user %d: %w", zookeeperID, err))
	}
	return nil
}

// giveToZooKeeper lets alone what is the user's already: it may lie where even root can give nothing away (NFS, few capabilities).
func giveToZooKeeper(path string, entry fs.DirEntry, err error) error {
	if err != nil {
		return refused(err)
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if stat, known := info.Sys().(*syscall.Stat_t); known && stat.Uid == zookeeperID {
		return nil
	}
	return refused(os.Lchown(path, zookeeperID, -1))
}

// writeConfig makes the zoo.cfg unless there is one. Where it cannot be written, as in a container with a read-only root, it is
// made beside the data instead, at each start anew, for the variables may have changed.
func writeConfig(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return refused(err)
	}
	text := config.DockerText(os.Getenv)
	err := writeWhole(path, text)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = writeWhole(keptConfig(os.Getenv), text)
	}
	return refused(err)
}

// writeNew makes a file unless there is one.
func writeNew(path, text string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = writeWhole(path, text)
	}
	return refused(err)
}

// writeWhole makes a file that is whole or not there.
func writeWhole(path, text string) error {
	part := path + ".part"
	if err := os.WriteFile(part, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// refused adds what helps to an error that comes of who this is.
func refused(err error) error {
	switch {
	case !errors.Is(err, fs.ErrPermission):
		return err
	case os.Geteuid() == 0:
		return fmt.Errorf("%w: root has too few rights in this container (it needs the capabilities CHOWN, DAC_OVERRIDE, SETGID and SETUID); "+
			"or give the volumes to user %d and start it with --user %d", err, zookeeperID, zookeeperID)
	default:
		return fmt.Errorf("%w: this is user %d of group %d; give the folder to it, or start the container without --user", err, os.Geteuid(), os.Getegid())
	}
}

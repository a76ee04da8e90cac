// Command capture records what real Apache ZooKeeper servers and clients say and write, for the tests of codec, wal, snap
// and interop. It is run by hand, never by a test, because captured files are never made anew without a reason:
//
//	sh interop/install.sh
//	go run ./interop/capture frames     # codec/testdata/captured
//	go run ./interop/capture datadirs   # interop/testdata/apache-*, those that are not there
//
// The servers are Apache's own; no byte comes from Paddock.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"paddock/interop"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	if len(args) != 1 {
		return fmt.Errorf("usage: capture frames|datadirs")
	}
	cache, err := interop.FindCache()
	if err != nil {
		return err
	}
	root, err := interop.RepoRoot()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "capture-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	switch args[0] {
	case "frames":
		return frames(cache, work, filepath.Join(root, "codec", "testdata", "captured"))
	case "datadirs":
		return datadirs(cache, work, filepath.Join(root, "interop"))
	}
	return fmt.Errorf("capture: %q is neither frames nor datadirs", args[0])
}

// frames records the scripted requests and one session of every client program against Apache's server.
func frames(cache interop.Cache, work, out string) (err error) {
	server, err := interop.NewServer(interop.ApacheProgram(cache.ApacheJars()), filepath.Join(work, "server"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Kill()) }()
	if err := server.Start(); err != nil {
		return err
	}
	if err := script(server, filepath.Join(out, "script")); err != nil {
		return err
	}
	goBinary := filepath.Join(work, "session-go")
	if text, err := exec.Command("go", "build", "-o", goBinary, "paddock/interop/clients/golang").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	clients, err := interop.SessionClients(cache, goBinary)
	if err != nil {
		return err
	}
	for _, client := range clients {
		run := func(addr string, restart func(kill bool) error) error {
			_, err := interop.RunSession(client, addr, "/session-"+client.Name, restart)
			return err
		}
		if err := record(server, client.Name, filepath.Join(out, client.Name), run); err != nil {
			return err
		}
	}
	return record(server, "zkcli", filepath.Join(out, "zkcli"), func(addr string, _ func(kill bool) error) error {
		return shell(interop.ShellClient(cache), addr)
	})
}

// script stores what Apache answers to requests made by hand.
func script(server *interop.Server, out string) error {
	shots, err := interop.Script(server.Addr())
	if err != nil {
		return err
	}
	for _, shot := range shots {
		errs := []error{
			store(out, shot.Name+".request", "written by hand: "+shot.Name, shot.Request),
			store(out, shot.Name+".reply", "Apache 3.9.5: "+shot.Name, shot.Reply),
		}
		for i, event := range shot.Events {
			name := fmt.Sprintf("%s.event-%d", shot.Name, i+1)
			errs = append(errs, store(out, name, "Apache 3.9.5: event before the reply of "+shot.Name, event))
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

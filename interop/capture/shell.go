package main

import (
	"fmt"
	"strings"

	"paddock/interop"
)

// shell runs one zkCli with commands on its standard input.
func shell(client interop.Client, addr string) error {
	cmd := client.Command("-server", addr)
	cmd.Stdin = strings.NewReader(strings.Join([]string{
		"create /cli one", "create -s /cli/s x", "create -e /cli/e x", "ls /", "ls -s /cli", "ls -R /cli", "get /cli", "get -s /cli",
		"set /cli two", "set -s /cli three", "stat /cli", "getAcl /cli", "addauth digest alice:wonder",
		"setAcl /cli auth::cdrwa", "getAcl -s /cli", "sync /cli", "get -w /cli", "ls -w /cli", "stat -w /cli", "delete /cli/e",
		"deleteall /cli", "version", "quit", "",
	}, "\n"))
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("zkCli: %w\n%s", err, text)
	}
	return nil
}

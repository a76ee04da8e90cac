package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// wordPatience bounds one four-letter word, wordBytesMax its answer.
const (
	wordPatience = 5 * time.Second
	wordBytesMax = 16 << 20
)

// word asks a server a four-letter word, on a connection of its own.
func word(ctx context.Context, dial dialer, addr, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, wordPatience)
	defer cancel()
	conn, err := dial.dial(ctx, addr)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", name, err)
	}
	defer func() { _ = conn.Close() }() // the answer is complete or is an error
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, name); err != nil {
		return "", fmt.Errorf("ask %s: %w", name, err)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, wordBytesMax))
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", name, err)
	}
	if strings.Contains(string(answer), "is not executed because it is not in the whitelist") {
		return "", failf("%s does not allow the four-letter word %s; add it there: 4lw.commands.whitelist=srvr,mntr,cons", addr, name)
	}
	return string(answer), nil
}

// metrics reads the lines of mntr: a name, a tab, a value.
func metrics(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); found {
			values[strings.TrimPrefix(name, "zk_")] = value
		}
	}
	return values
}

// connection is a line of cons, as in: /127.0.0.1:4711[1](queued=0,recved=3,sent=3,sid=0x1,lop=PING,...)
type connection struct {
	Addr   string            `json:"addr"`
	Fields map[string]string `json:"fields"`
}

func connections(text string) []connection {
	var list []connection
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		addr, rest, found := strings.Cut(line, "[")
		open := strings.IndexByte(rest, '(')
		if !found || open < 0 || !strings.HasSuffix(rest, ")") {
			continue
		}
		c := connection{Addr: strings.TrimPrefix(addr, "/"), Fields: map[string]string{}}
		for pair := range strings.SplitSeq(rest[open+1:len(rest)-1], ",") {
			key, value, _ := strings.Cut(pair, "=")
			c.Fields[key] = value
		}
		list = append(list, c)
	}
	return list
}

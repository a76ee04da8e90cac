package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/term"

	"paddock/cli/link"
	"paddock/zk"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func screenWriter(f *os.File) io.Writer {
	if isTerminal(f) {
		return &safeWriter{to: f}
	}
	return f
}

// printf writes a result.
func (s *Shell) printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.out, format, args...) // a reader that has left gets nothing more
}

// complain writes a line to stderr.
func (s *Shell) complain(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s.set.json {
		text = encode(map[string]string{"note": text})
	}
	s.errLine(text)
}

func (s *Shell) errLine(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintln(s.errs, text)
}

// write gives bytes to stdout as they are, or safely if it is a terminal.
func (s *Shell) write(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.out.Write(data)
}

// remark writes a line that is no result: in JSON it goes to stderr.
func (s *Shell) remark(format string, args ...any) {
	if s.set.json {
		s.complain(format, args...)
		return
	}
	s.printf(format+"\n", args...)
}

// report tells an error and gives its status.
func (s *Shell) report(err error) int {
	text, status := explain(err)
	hint := ""
	if s.link != nil {
		hint = advice(err, s.link)
	}
	if s.set.json {
		body := map[string]string{"error": text}
		if code := link.Code(err); code != zk.ErrSystemError {
			body["code"] = code.String()
		}
		if hint != "" {
			body["hint"] = strings.Trim(hint, "()")
		}
		s.errLine(encode(body))
		return status
	}
	s.complain("%s", text)
	if hint != "" && isTerminal(s.opts.Err) { // scripts compare what Apache's shell says
		s.complain("%s", hint)
	}
	return status
}

// event shows a watch event or a change of state as Apache's shell does, or hands it to the command that streams events.
func (s *Shell) event(e link.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		s.listener(e)
		return
	}
	if !s.printWatches {
		return
	}
	text := "\nWATCHER::\n\n" + safeName(e.String()) + "\n"
	switch {
	case s.set.json && e.Type == link.EventNone && (e.State == "SyncConnected" || e.State == "Closed"): // goes without saying
	case s.set.json: // stdout is for results
		_, _ = fmt.Fprintln(s.errs, encode(eventJSON(e)))
	case s.prompting != "": // an empty line, the event, and the prompt again
		_, _ = fmt.Fprint(s.opts.Out, "\r\x1b[K"+strings.TrimPrefix(text, "\n")+safeName(s.prompting))
	default:
		_, _ = fmt.Fprint(s.out, text)
	}
}

// javaDate prints milliseconds since the epoch as Java's Date does.
func javaDate(ms int64) string { return time.UnixMilli(ms).Format("Mon Jan 02 15:04:05 MST 2006") }

// printStat prints a Stat, or shows nothing in JSON, where it is part of the result.
func (s *Shell) printStat(st *zk.Stat) {
	s.printf("cZxid = 0x%x\nctime = %s\nmZxid = 0x%x\nmtime = %s\npZxid = 0x%x\ncversion = %d\ndataVersion = %d\n"+
		"aclVersion = %d\nephemeralOwner = 0x%x\ndataLength = %d\nnumChildren = %d\n",
		uint64(st.Czxid), javaDate(st.Ctime), uint64(st.Mzxid), javaDate(st.Mtime), uint64(st.Pzxid), st.CVersion, st.Version,
		st.AVersion, uint64(st.EphemeralOwner), st.DataLength, st.NumChildren)
}

// permText lists permissions in the order of Apache's shell.
func permText(p zk.Perm) string {
	var b strings.Builder
	for _, one := range []struct {
		perm   zk.Perm
		letter byte
	}{{zk.PermCreate, 'c'}, {zk.PermDelete, 'd'}, {zk.PermRead, 'r'}, {zk.PermWrite, 'w'}, {zk.PermAdmin, 'a'}} {
		if p&one.perm != 0 {
			b.WriteByte(one.letter)
		}
	}
	return b.String()
}

func encode(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // nothing that we print can fail
	}
	return asciiControls(strings.TrimSuffix(b.String(), "\n"))
}

// asciiControls escapes, the JSON way, what the encoder leaves and a terminal must not see. Outside of strings JSON has none.
func asciiControls(text string) string {
	if !dangerous(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case harmless(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// printJSON writes one value on a line of its own.
func (s *Shell) printJSON(v any) { s.printf("%s\n", encode(v)) }

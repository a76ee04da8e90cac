package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/peterh/liner"
)

// lineReader gets lines from a person or a pipe. read gives io.EOF at the end.
type lineReader interface {
	describe() string
	read(prompt string) (string, error)
	close()
}

// newReader takes the editor where there is a terminal that can be edited on, else plain lines.
func (s *Shell) newReader(ctx context.Context) lineReader {
	if !isTerminal(s.opts.In) || !isTerminal(s.opts.Out) || !liner.TerminalSupported() {
		return &plainReader{s: s, in: bufio.NewReader(s.opts.In)}
	}
	return newEditor(ctx, s)
}

// plainReader reads lines as they come: from a pipe, or a terminal that can only print (TERM=dumb).
type plainReader struct {
	s  *Shell
	in *bufio.Reader
}

func (r *plainReader) describe() string { return "Line editing is disabled" }
func (r *plainReader) close()           {}

// read shows the prompt, as Apache's shell does in a pipe too.
func (r *plainReader) read(prompt string) (string, error) {
	forPeople := !r.s.forProgram()
	if forPeople {
		r.s.printf("%s", prompt)
	}
	line, err := r.in.ReadString('\n')
	if err != nil && line == "" {
		if forPeople {
			r.s.printf("\n")
		}
		return "", io.EOF
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// editor is liner: emacs keys, Tab, Ctrl-R.
type editor struct {
	s       *Shell
	line    *liner.State
	edit    liner.ModeApplier // the terminal while a line is edited
	normal  liner.ModeApplier // and while a command runs, so that Ctrl-C is a signal
	history *historyFile
}

func newEditor(ctx context.Context, s *Shell) *editor {
	e := &editor{s: s}
	e.normal, _ = liner.TerminalMode() // without it the commands run in the other mode
	e.line = liner.NewLiner()
	e.edit, _ = liner.TerminalMode()
	e.line.SetCtrlCAborts(true)
	e.line.SetMultiLineMode(true) // redraws with every key, so that an event in between spoils nothing for long
	e.line.SetTabCompletionStyle(liner.TabPrints)
	e.line.SetWordCompleter(func(text string, pos int) (string, []string, string) { return s.complete(ctx, text, pos) })
	if !s.set.noHistory {
		var err error
		if e.history, err = openHistory(s.opts.Env); err != nil {
			s.complain("no history of lines: %v", err)
		}
		for _, old := range e.history.lines() {
			e.line.AppendHistory(old)
		}
	}
	e.apply(e.normal)
	return e
}

func (e *editor) apply(mode liner.ModeApplier) {
	if mode != nil {
		_ = mode.ApplyMode() // a terminal that is gone shows in the next read
	}
}

func (e *editor) describe() string {
	return "Line editing is enabled: Tab completes, Ctrl-R searches the history, 'help' lists the commands"
}

func (e *editor) close() {
	_ = e.line.Close() // gives the terminal back
	e.apply(e.normal)
}

func (e *editor) read(prompt string) (string, error) {
	for {
		line, err := e.prompt(safeName(prompt))
		switch {
		case errors.Is(err, liner.ErrPromptAborted): // Ctrl-C drops the line
			continue
		case err != nil:
			_, _ = fmt.Fprintln(e.s.opts.Out)
			return "", io.EOF
		}
		if strings.TrimSpace(line) != "" {
			e.line.AppendHistory(line)
			if err := e.history.add(line); err != nil {
				e.s.complain("history: %v", err)
			}
		}
		return line, nil
	}
}

func (e *editor) prompt(prompt string) (string, error) {
	e.s.stand(prompt)
	e.apply(e.edit)
	defer e.apply(e.normal)
	defer e.s.stand("")
	return e.line.Prompt(prompt)
}

// stand notes which prompt is on the screen, for events that come meanwhile.
func (s *Shell) stand(prompt string) {
	s.mu.Lock()
	s.prompting = prompt
	s.mu.Unlock()
}

package main

import (
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"paddock/disk"
)

// watched is a file system that shows on a bar how far the files that were opened have been read. Each byte counts once, however
// often it is read; what is written counts as read.
type watched struct {
	disk.FS
	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	sum  int64            // of the sizes of the files
	size map[string]int64 // by path
	high map[string]int64 // up to where each was read
}

// showFiles gives the file system for a verb's long work, and what ends the bar. There is no bar where stderr is no terminal,
// or where a result runs over the same terminal.
func showFiles(what string, resultFlows bool) (fs disk.FS, done func()) {
	if !term.IsTerminal(int(os.Stderr.Fd())) || resultFlows && term.IsTerminal(int(os.Stdout.Fd())) {
		return disk.OS{}, func() {}
	}
	w := &watched{FS: disk.OS{}, size: map[string]int64{}, high: map[string]int64{}}
	w.bar = progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
	)
	return w, w.done
}

// done takes the bar off the terminal.
func (w *watched) done() { _ = w.bar.Finish() } // a bar that cannot be drawn is no failure

func (w *watched) opened(path string, f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	if size, err := f.Size(); err == nil {
		w.reached(path, 0, size)
	}
	return watchedFile{f, w, path}, nil
}

// reached moves the bar. Its end is one byte further than what there is, because the bar is over for good when it is full.
func (w *watched) reached(path string, to, size int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if more := max(to, size) - w.size[path]; more > 0 {
		w.sum, w.size[path] = w.sum+more, w.size[path]+more
		w.bar.ChangeMax64(w.sum + 1)
	}
	if more := to - w.high[path]; more > 0 {
		w.high[path] = to
		_ = w.bar.Add64(more)
	}
}

// Create implements disk.FS.
func (w *watched) Create(name string) (disk.File, error) {
	f, err := w.FS.Create(name)
	return w.opened(name, f, err)
}

// Open implements disk.FS.
func (w *watched) Open(name string) (disk.File, error) {
	f, err := w.FS.Open(name)
	return w.opened(name, f, err)
}

type watchedFile struct {
	disk.File
	w    *watched
	path string
}

// ReadAt implements io.ReaderAt.
func (f watchedFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	f.w.reached(f.path, off+int64(n), 0)
	return n, err
}

// WriteAt implements io.WriterAt.
func (f watchedFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	f.w.reached(f.path, off+int64(n), 0)
	return n, err
}

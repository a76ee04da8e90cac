package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"paddock/cli/getopt"
	"paddock/zk"
)

// An export is a text file, one JSON value per line: a header, a record per znode in the order of the walk (parents before
// children), and a footer with their number, without which the file is cut off.

const (
	exportFormat  = "paddock-subtree"
	exportVersion = 1
	// exportLineMax bounds a record: a znode of the largest jute.maxbuffer that anybody sets, in base64.
	exportLineMax = 256 << 20
)

type exportHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Root    string `json:"root"`
	Server  string `json:"server"`
	Time    string `json:"time"`
}

// exportRecord is one znode. Path is below the root: "" for the root itself, then /a, /a/b.
type exportRecord struct {
	Path string `json:"path"`
	dataJSON
	ACL            []string `json:"acl"`
	EphemeralOwner string   `json:"ephemeralOwner,omitempty"`
	// CVersion bounds the numbers of sequential children that the znode has given out; an import cannot set it.
	CVersion int32 `json:"cversion"`
}

type exportFooter struct {
	End    bool `json:"end"`
	Znodes int  `json:"znodes"`
}

func fileCommands() []*command {
	return []*command{
		{
			name: "export", usage: "path file", ours: true, words: 3, run: export,
			help: "Write a subtree with data and ACLs to a file ('-' for stdout), for import.",
			spec: spec(flag("f", "replace the file if it exists")),
		},
		{
			name: "import", usage: "[-n] [-f] [-e] file [path]", ours: true, words: 2, run: importCommand,
			help: "Make the znodes of an exported file, below its own path or another; safe to repeat.",
			spec: spec(
				flag("n", "say what would be done, and do nothing"), flag("f", "change znodes that are there and differ"),
				flag("e", "make ephemerals too, as persistent znodes"),
			),
		},
		{
			name: "diff", usage: "[-server host:port[/chroot]] path [path]", ours: true, words: 2, run: diff,
			help: "Compare two subtrees, of this server or of another; status 1 if they differ.",
			spec: spec(arg("server", "where the second subtree is"), flag("a", "compare the ACLs too"), flag("e", "compare ephemerals too")),
		},
	}
}

func export(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path, name := p.Args[1], p.Args[2]
	if name == "-" {
		_, err := s.exportTo(ctx, &shellWriter{s}, path)
		return err
	}
	if _, err := os.Lstat(name); err == nil && !p.Has("f") {
		return failf("%s exists; -f replaces it", name)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failf("export: %v", err)
	}
	fresh, err := os.CreateTemp(filepath.Dir(name), ".paddock-export-") // mode 0600: the data may be secret
	if err != nil {
		return failf("export: %v", err)
	}
	n, err := s.exportTo(ctx, fresh, path)
	if err == nil {
		err = fresh.Sync()
	}
	err = errors.Join(err, fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), name)
	}
	if err != nil {
		_ = os.Remove(fresh.Name()) // half a file is none
		return err
	}
	s.complain("%s of %s written to %s", counted(n, "znode"), path, name)
	return nil
}

// shellWriter is the shell's stdout as a stream.
type shellWriter struct{ s *Shell }

func (w *shellWriter) Write(p []byte) (int, error) {
	w.s.write(p)
	return len(p), nil
}

func (s *Shell) exportTo(ctx context.Context, to io.Writer, root string) (n int, err error) {
	out := bufio.NewWriter(to)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	header := exportHeader{exportFormat, exportVersion, root, s.link.Addr(), s.opts.Now().UTC().Format(time.RFC3339)}
	if err := e.Encode(header); err != nil {
		return 0, failf("export: %v", err)
	}
	show := s.progress("exported")
	err = s.walk(ctx, s.link, root, wish{data: true, acl: true, depthMax: -1}, func(node *node) error {
		if zk.IsSpecialPath(node.path) && node.path != root {
			return nil // every server has its own; quotas below are kept
		}
		if node.denied {
			return failf("%s may not be read whole: an export would miss something ('addauth' adds an identity)", node.path)
		}
		if hidden(node.acl) {
			return failf("%s: the server hides the digests of its ACL, without which an import would let nobody in "+
				"('addauth' adds an identity with the permission a, or the superuser)", node.path)
		}
		n++
		show(n)
		return e.Encode(record(root, node))
	})
	show(progressEnd)
	if err != nil {
		return n, err
	}
	if err := e.Encode(exportFooter{true, n}); err != nil {
		return n, failf("export: %v", err)
	}
	return n, out.Flush()
}

func record(root string, n *node) exportRecord {
	r := exportRecord{
		Path: strings.TrimPrefix(n.path, strings.TrimSuffix(root, "/")), dataJSON: toData(n.data),
		ACL: aclTexts(n.acl), CVersion: n.stat.CVersion,
	}
	if n.path == root {
		r.Path = ""
	}
	if n.stat.EphemeralOwner != 0 {
		r.EphemeralOwner = fmt.Sprintf("0x%x", uint64(n.stat.EphemeralOwner))
	}
	return r
}

// progressEvery is how often a long command says where it is.
const progressEvery = 500 * time.Millisecond

const progressEnd = -1

// progress tells a person how many znodes are done, on one line of stderr; progressEnd clears it.
func (s *Shell) progress(verb string) func(n int) {
	if !isTerminal(s.opts.Err) || s.set.json {
		return func(int) {}
	}
	next := s.opts.Now().Add(progressEvery)
	return func(n int) {
		if n == progressEnd {
			_, _ = fmt.Fprint(s.opts.Err, "\r\x1b[K")
			return
		}
		if now := s.opts.Now(); now.After(next) {
			next = now.Add(progressEvery)
			_, _ = fmt.Fprintf(s.opts.Err, "\r%d znodes %s", n, verb)
		}
	}
}

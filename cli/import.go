package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"paddock/cli/getopt"
	"paddock/cli/link"
	"paddock/zk"
)

// importer makes the znodes of a file, batch by batch. Every record finds its znode missing (made), the same (left alone) or
// different (left alone and told, or changed with -f): so repeating an import goes on where it was interrupted.
type importer struct {
	s          *Shell
	root       string
	dry, force bool
	ephemerals bool
	counts     importCounts
	sequences  []string // parents whose children look sequential
}

type importCounts struct {
	Made       int `json:"made"`
	Same       int `json:"same"`
	Changed    int `json:"changed"`
	Different  int `json:"different"`
	Ephemerals int `json:"ephemeralsSkipped"`
}

// importBatch is how many records of one depth are under way.
const importBatch = 256

func importCommand(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	file, err := os.Open(p.Args[1])
	if err != nil {
		return failf("import: %v", err)
	}
	defer func() { _ = file.Close() }()       // only read
	if err := checkExport(file); err != nil { // before anything is changed
		return failf("%s: %v", p.Args[1], err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return failf("import: %v (a file is needed, not a pipe)", err)
	}
	im := &importer{s: s, dry: p.Has("n"), force: p.Has("f"), ephemerals: p.Has("e")}
	if len(p.Args) > 2 {
		im.root = p.Args[2]
		if err := link.CheckPath(im.root); err != nil {
			return err
		}
	}
	if err := im.run(ctx, file); err != nil {
		return err
	}
	return im.tell()
}

// exportLines reads an export; each is called with the header, each record and the footer's count.
func exportLines(from io.Reader, header func(exportHeader) error, each func(exportRecord) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), exportLineMax)
	records, number, ended := 0, 0, false
	for lines.Scan() {
		number++
		line := lines.Bytes()
		switch {
		case ended:
			return failf("line %d: nothing is expected behind the end", number)
		case number == 1:
			var h exportHeader
			if err := json.Unmarshal(line, &h); err != nil || h.Format != exportFormat {
				return failf("line 1: no export of 'paddock cli': expected {\"format\":\"%s\",...}", exportFormat)
			}
			if h.Version != exportVersion {
				return failf("line 1: format version %d, and only %d is known", h.Version, exportVersion)
			}
			if err := header(h); err != nil {
				return err
			}
		case bytes.HasPrefix(line, []byte(`{"end":`)):
			var f exportFooter
			if err := json.Unmarshal(line, &f); err != nil || f.Znodes != records {
				return failf("line %d: the end speaks of %d znodes, and %d came before it", number, f.Znodes, records)
			}
			ended = true
		default:
			var r exportRecord
			if err := json.Unmarshal(line, &r); err != nil {
				return failf("line %d: %v", number, err)
			}
			records++
			if err := each(r); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return failf("line %d: %v", number+1, err)
	}
	if !ended {
		return failf("cut off after line %d: the end with the number of znodes is missing", number)
	}
	return nil
}

// checkExport reads a file to its end: each path must be good and come after its parent, each ACL must be readable.
func checkExport(from io.Reader) error {
	seen := map[string]bool{}
	return exportLines(from, func(h exportHeader) error { return link.CheckPath(h.Root) }, func(r exportRecord) error {
		if r.Path != "" {
			if err := link.CheckPath(r.Path); err != nil {
				return failf("znode %q: %v", r.Path, err)
			}
		}
		parent := r.Path[:max(0, strings.LastIndexByte(r.Path, '/'))]
		if r.Path != "" && !seen[parent] && !zk.IsSpecialPath(parent) && parent != "" {
			return failf("znode %q comes before its parent", r.Path)
		}
		if seen[r.Path] {
			return failf("znode %q comes twice", r.Path)
		}
		seen[r.Path] = true
		_, err := r.acl()
		return err
	})
}

// acl reads the record's list, all of it or an error.
func (r *exportRecord) acl() ([]zk.ACL, error) {
	var list []zk.ACL
	for _, text := range r.ACL {
		first, last := strings.IndexByte(text, ':'), strings.LastIndexByte(text, ':')
		if first < 0 || first == last {
			return nil, failf("znode %q: ACL %q does not have the form scheme:id:perm", r.Path, text)
		}
		perms, unknown := parsePerms(text[last+1:])
		if len(unknown) > 0 {
			return nil, failf("znode %q: ACL %q: permission %q is unknown", r.Path, text, string(unknown))
		}
		list = append(list, zk.ACL{Perms: perms, ID: zk.ID{Scheme: text[:first], ID: text[first+1 : last]}})
	}
	if len(list) == 0 {
		return nil, failf("znode %q has no ACL", r.Path)
	}
	if hidden(list) {
		return nil, failf("znode %q: its ACL has a digest x, which stands for one that was not shown to who exported it: it would let nobody in", r.Path)
	}
	return list, nil
}

// run collects neighbours of the same depth, which do not depend on each other, and makes them together.
func (im *importer) run(ctx context.Context, file io.Reader) error {
	var batch []exportRecord
	depth, done := -1, 0
	show := im.s.progress("imported")
	flush := func() error {
		defer func() { batch = batch[:0] }()
		done += len(batch)
		show(done)
		return im.make(ctx, batch)
	}
	err := exportLines(file, func(h exportHeader) error {
		if im.root == "" {
			im.root = h.Root
		}
		return im.parents(ctx)
	}, func(r exportRecord) error {
		if at := strings.Count(r.Path, "/"); at != depth || len(batch) == importBatch {
			if err := flush(); err != nil {
				return err
			}
			depth = at
		}
		batch = append(batch, r)
		return nil
	})
	if err == nil {
		err = flush()
	}
	show(progressEnd)
	return err
}

// parents makes what is missing above the root.
func (im *importer) parents(ctx context.Context) error {
	if above := zk.ParentPath(im.root); above != zk.PathRoot && im.root != zk.PathRoot && !im.dry {
		return im.s.makeParents(ctx, above)
	}
	return nil
}

func (im *importer) path(r *exportRecord) string {
	switch {
	case r.Path == "":
		return im.root
	case im.root == zk.PathRoot:
		return r.Path
	}
	return im.root + r.Path
}

// fate is what became of a record.
type fate int

const (
	fateMade fate = iota
	fateSame
	fateChanged
	fateDifferent
	fateSkipped
)

func (im *importer) make(ctx context.Context, batch []exportRecord) error {
	fates := make([]fate, len(batch))
	err := each(ctx, len(batch), func(ctx context.Context, i int) error {
		var err error
		fates[i], err = im.one(ctx, &batch[i])
		return err
	})
	if err != nil {
		return err
	}
	for i, f := range fates {
		im.count(&batch[i], f)
	}
	return nil
}

// sequential is the end of a name that a server has numbered.
const sequential = `[0-9]{10}$`

func (im *importer) count(r *exportRecord, f fate) {
	path := im.path(r)
	switch f {
	case fateMade:
		im.counts.Made++
		if im.dry {
			im.s.complain("would make %s", path)
		}
		if numbered, _ := regexp.MatchString(sequential, r.Path); numbered && !slices.Contains(im.sequences, zk.ParentPath(path)) {
			im.sequences = append(im.sequences, zk.ParentPath(path))
		}
	case fateSame:
		im.counts.Same++
	case fateChanged:
		im.counts.Changed++
		if im.dry {
			im.s.complain("would change %s", path)
		}
	case fateDifferent:
		im.counts.Different++
		im.s.complain("%s is there and differs; left as it is (-f changes it)", path)
	case fateSkipped:
		im.counts.Ephemerals++
	}
}

// one makes a znode, or compares it with the one that is there.
func (im *importer) one(ctx context.Context, r *exportRecord) (fate, error) {
	if r.EphemeralOwner != "" && !im.ephemerals {
		return fateSkipped, nil
	}
	l, path, data := im.s.link, im.path(r), r.bytes()
	acl, err := r.acl()
	if err != nil {
		return 0, err
	}
	here, _, err := l.Get(ctx, path, false)
	if link.Code(err) == zk.ErrNoNode {
		if im.dry {
			return fateMade, nil
		}
		_, err = l.Create(ctx, path, data, acl, zk.ModePersistent, 0)
		return fateMade, err
	}
	if err != nil {
		return 0, err
	}
	hereACL, _, err := l.ACL(ctx, path)
	if err != nil {
		return 0, err
	}
	sameData, sameACL := bytes.Equal(here, data), slices.Equal(hereACL, acl)
	switch {
	case sameData && sameACL:
		return fateSame, nil
	case !im.force:
		return fateDifferent, nil
	case im.dry:
		return fateChanged, nil
	}
	if !sameData {
		if _, err := l.Set(ctx, path, data, -1); err != nil {
			return 0, err
		}
	}
	if !sameACL {
		_, err = l.SetACL(ctx, path, acl, -1)
	}
	return fateChanged, err
}

func (im *importer) tell() error {
	c := im.counts
	if im.s.set.json {
		im.s.printJSON(c)
	} else {
		verb := "made"
		if im.dry {
			verb = "to make"
		}
		im.s.printf("%d %s, %d the same, %d changed, %d different, %s skipped\n",
			c.Made, verb, c.Same, c.Changed, c.Different, counted(c.Ephemerals, "ephemeral"))
	}
	for _, parent := range im.sequences {
		im.s.complain("%s holds numbered znodes: its counter starts anew here, so a new one may get an old number", parent)
	}
	if c.Different > 0 {
		return errSaid
	}
	return nil
}

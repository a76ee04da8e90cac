package migrate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	to := json.NewEncoder(w)
	to.SetIndent("", "  ")
	to.SetEscapeHTML(false)
	return to.Encode(r)
}

// Sentence is the verdict for people.
func (r *Report) Sentence() string {
	switch r.Verdict {
	case Refused:
		return "Paddock cannot take the place of this ZooKeeper"
	case Unchecked:
		return "not everything could be looked at"
	case Different:
		return fmt.Sprintf("Paddock can take the place of this ZooKeeper, with %s to look at first", counted(len(r.of(Different)), "thing"))
	case Note:
	}
	return "Paddock can take the place of this ZooKeeper"
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.\n", r.File, r.Sentence())
	between := "\n"
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s  %-11s %s\n", between, name, text)
			between = ""
		}
	}
	if r.Server != nil || r.Files.DataDir != "" { // else nothing is known of where to look
		row("Server now", r.Server.text())
	}
	r.dataRows(row)
	row("Files", r.Files.text())
	for _, part := range []struct {
		level Level
		title string
	}{
		{Refused, "Stands in the way"},
		{Unchecked, "Not looked at"},
		{Different, "Not the same, or worth a look"},
		{Note, "Good to know"},
	} {
		list(&b, part.title, r.of(part.level))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func list(b *strings.Builder, title string, findings []Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, f := range findings {
		fmt.Fprintf(b, "  - %s\n", f.Text)
		if f.Advice != "" {
			fmt.Fprintf(b, "    → %s\n", f.Advice)
		}
	}
}

func (s *Server) text() string {
	if s == nil {
		return "none runs"
	}
	var parts []string
	if s.Address != "" {
		parts = append(parts, "ZooKeeper "+s.Version, s.Mode, "at "+s.Address, counted(s.Connections, "connection")+" with this one")
	}
	if s.PID != 0 {
		parts = append(parts, fmt.Sprintf("process %d of user %s", s.PID, s.User))
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

func (f *Files) text() string {
	if f.DataDir == "" {
		return ""
	}
	text := "in " + f.DataDir
	if f.DataLogDir != f.DataDir {
		text += " and " + f.DataLogDir
	}
	if f.Owner != "" {
		text += ", of user " + f.Owner
	}
	if f.FreeBytes > 0 {
		text += ", " + size(f.FreeBytes) + " free"
	}
	return text
}

func (r *Report) dataRows(row func(name, text string)) {
	d := r.Data
	if d == nil {
		return
	}
	n := &d.Content
	row("Data", fmt.Sprintf("%s of %s and %s with %s behind it, up to zxid %s",
		cmp.Or(d.Snapshot, "no snapshot"), size(d.SnapshotBytes), counted(d.LogFiles, "log file"), counted(d.Transactions, "transaction"), d.Zxid))
	row("Written by", d.WrittenBy)
	row("Holds", strings.Join([]string{
		counted(n.Znodes, "znode"), size(n.DataBytes) + " of data", counted(n.Ephemerals, "ephemeral"), counted(n.Containers, "container"),
		fmt.Sprintf("%d with a time to live", n.TTLs), counted(n.Quotas, "quota"),
	}, ", "))
	var schemes []string
	for _, s := range slices.Sorted(maps.Keys(n.Schemes)) {
		schemes = append(schemes, fmt.Sprintf("%s %d", s, n.Schemes[s]))
	}
	row("ACLs", "znodes by scheme: "+strings.Join(schemes, ", "))
	row("Sessions", n.sessions())
	took := time.Duration(d.LoadSeconds * float64(time.Second))
	row("Expect", fmt.Sprintf("%s of memory with no clients, and a start of about %s, which is what loading took now", size(d.MemoryBytes), max(took, time.Millisecond)))
}

func (n *Content) sessions() string {
	if n.Sessions == 0 {
		return "none"
	}
	shortest, longest := time.Duration(n.TimeoutMsMin)*time.Millisecond, time.Duration(n.TimeoutMsMax)*time.Millisecond
	return fmt.Sprintf("%d, with timeouts from %s to %s", n.Sessions, shortest, longest)
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// size is a number of bytes with three digits at least.
func size(bytes int64) string {
	switch {
	case bytes >= 10<<30:
		return fmt.Sprintf("%d GiB", bytes>>30)
	case bytes >= 10<<20:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 10<<10:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

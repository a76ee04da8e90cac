package paddock

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paddock/admin"
	"paddock/config"
	"paddock/zk"
)

func TestEveryKeyAndPropertyHasItsRow(t *testing.T) {
	lines := readLines(t, "COMPATIBILITY.md")
	for _, k := range config.Keys() {
		start := fmt.Sprintf("| %s | %s | %s | ", code(k.Name), code(k.Property), code(k.Default))
		row := row(lines, start)
		if row == "" {
			t.Errorf("COMPATIBILITY.md has no row that begins with %s", start)
			continue
		}
		state, _, _ := strings.Cut(strings.TrimPrefix(row, start), " |")
		if state != k.Status.String() {
			t.Errorf("%s%s: COMPATIBILITY.md says %q, the table of keys %q", k.Name, k.Property, state, k.Status)
		}
	}
}

func TestEveryOperationHasItsRow(t *testing.T) {
	lines, rows := readLines(t, "COMPATIBILITY.md"), 0
	for op := zk.Op(-20); op < 200; op++ {
		if strings.HasPrefix(op.String(), "unknown") {
			continue
		}
		rows++
		if start := fmt.Sprintf("| `%v` | %d | ", op, int32(op)); row(lines, start) == "" {
			t.Errorf("COMPATIBILITY.md has no row that begins with %s", start)
		}
	}
	if rows < 30 {
		t.Errorf("only %d operations were looked for", rows)
	}
}

func TestEveryErrorCodeIsNamed(t *testing.T) {
	text := strings.Join(readLines(t, "COMPATIBILITY.md"), "\n")
	for e := zk.Err(-200); e <= 0; e++ {
		if strings.HasPrefix(e.String(), "Err") {
			continue
		}
		if !strings.Contains(text, fmt.Sprintf("%d `%v`", e, e)) && !strings.Contains(text, fmt.Sprintf("| %d | `%v` |", e, e)) {
			t.Errorf("COMPATIBILITY.md does not name %d %v", e, e)
		}
	}
}

func TestEveryWordHasItsRow(t *testing.T) {
	lines := readLines(t, "COMPATIBILITY.md")
	for word := range admin.NewWords("", false).Known() {
		if row(lines, "| `"+word+"` | ") == "" {
			t.Errorf("COMPATIBILITY.md has no row for the word %s", word)
		}
	}
}

func TestTablesAreWhole(t *testing.T) {
	columns := 0
	for i, line := range readLines(t, "COMPATIBILITY.md") {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(line, "|") - 1
		if columns == 0 {
			columns = n
		}
		if n != columns {
			t.Errorf("COMPATIBILITY.md:%d: %d columns in a table of %d", i+1, n, columns)
		}
	}
}

// Users read these pages on other machines, and long after.
func TestPagesForUsersNameNoPlaceOfTheirMaking(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)/(work|root|home|tmp|users)/|\blocalhost/|\b(issue|session) #?\d|\bTODO\b`)
	pages := []string{"README.md", "CHANGELOG.md", "COMPATIBILITY.md"}
	err := filepath.WalkDir("docs", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		for i, line := range readLines(t, page) {
			if found := foreign.FindString(line); found != "" {
				t.Errorf("%s:%d: %q", page, i+1, found)
			}
		}
	}
}

// code writes a name as the tables do.
func code(name string) string {
	if name == "" {
		return "–"
	}
	return "`" + name + "`"
}

// row finds the one line that begins so.
func row(lines []string, start string) string {
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, start) })
	if i < 0 {
		return ""
	}
	return lines[i]
}

func readLines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

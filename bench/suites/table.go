package suites

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"paddock/bench"
)

// WriteTables prints Markdown: where the figures come from, the verdicts, and every figure.
func WriteTables(w io.Writer, s *Suite, r *bench.Record) error {
	text := fmt.Sprintf("%s\n\n%s. Medians; rounds: %d.\n", r.Title, r.Machine, s.Rounds)
	if lines := verdicts(s, r); len(lines) > 2 {
		text += "\n" + align(lines)
	}
	text += "\n" + align(figures(s, r))
	_, err := io.WriteString(w, text)
	return err
}

// columns are what the table of figures shows: those metrics that say something about any row.
func columns(r *bench.Record) (shown []bench.Metric) {
	for _, m := range bench.Metrics() {
		if !m.Part && slices.ContainsFunc(r.Samples, func(s bench.Sample) bool { return m.Value(&s.Result) != 0 }) {
			shown = append(shown, m)
		}
	}
	return shown
}

// figures has one line for each row and server, and one with the ratio of each further server to the first.
func figures(s *Suite, r *bench.Record) [][]string {
	shown := columns(r)
	titles, rule := []string{"row", "server"}, []string{"---", "---"}
	for _, m := range shown {
		titles, rule = append(titles, m.Title), append(rule, "---")
	}
	lines := [][]string{titles, rule}
	for _, row := range s.RowNames() {
		first := ""
		for _, server := range r.Servers {
			if _, ok := median(r, server, row, "opsPerSec"); !ok {
				continue
			}
			cells, ratios := []string{row, server}, []string{row, server + " / " + first}
			for _, m := range shown {
				v, _ := median(r, server, row, m.Name)
				base, _ := median(r, first, row, m.Name)
				cells, ratios = append(cells, m.Text(v)), append(ratios, ratio(v, base))
			}
			lines = append(lines, cells)
			if first == "" {
				first = server
				continue
			}
			lines = append(lines, ratios)
		}
	}
	return lines
}

func ratio(v, base float64) string {
	if base == 0 || v == 0 {
		return "–"
	}
	return fmt.Sprintf("× %.2f", v/base)
}

// align pads every cell to the width of its column.
func align(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, cell := range line {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+1))
		}
		b.WriteString("|\n")
	}
	return b.String()
}

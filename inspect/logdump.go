package inspect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// ErrPartial says that a log's last transaction lacks its end mark, in the words of Apache's tool.
var ErrPartial = errors.New("Last transaction was partial.") //nolint:staticcheck // Apache's own sentence, which scripts look for

// LogDump is what a dump has come across.
type LogDump struct {
	Records   int64
	BadSums   int64    // records whose checksum is wrong
	Remarks   []string // what does not belong into the output: unreadable records, a torn end
	Unread    int64    // records that are no transaction
	EndOffset int64    // where the reading ended, in bytes from the file's beginning
}

// DumpLog prints every transaction of a log file, as Apache's TxnLogToolkit does; a record with a wrong checksum comes twice,
// once behind the words CRC ERROR. A record that cannot be read is a remark, and the dump goes on.
func DumpLog(out io.Writer, file io.ReaderAt, size int64) (LogDump, error) {
	w := bufio.NewWriter(out)
	d, err := dumpLog(w, file, size)
	return d, errors.Join(err, w.Flush())
}

func dumpLog(w *bufio.Writer, file io.ReaderAt, size int64) (d LogDump, err error) {
	l, h, err := newLogReader(file, size)
	if err != nil {
		return d, err
	}
	printLogHeader(w, h)
	for {
		rec, rest, err := l.next()
		d.EndOffset = rec.offset
		if errors.Is(err, io.EOF) {
			if rest != "" {
				d.Remarks = append(d.Remarks, fmt.Sprintf("at byte %d: %s: a torn end, or damage; 'paddock log verify' tells", rec.offset, rest))
			}
			printLogEnd(w, d.Records)
			return d, nil
		}
		if err != nil {
			return d, err
		}
		d.print(w, &rec)
		if !rec.whole {
			return d, fmt.Errorf("at byte %d: %w", rec.offset, ErrPartial)
		}
		d.Records++
	}
}

func (d *LogDump) print(w *bufio.Writer, rec *logRecord) {
	line, err := txnLine(rec.payload)
	if err != nil {
		d.Unread++
		line = fmt.Sprintf("a record of %d bytes at byte %d cannot be read: %v\n", len(rec.payload), rec.offset, err)
		d.Remarks = append(d.Remarks, line[:len(line)-1])
	}
	if rec.sum != rec.computed {
		d.BadSums++
		_, _ = w.WriteString("CRC ERROR - " + line)
	}
	_, _ = w.WriteString(line)
}

func printLogHeader(w io.Writer, h logHeader) {
	_, _ = fmt.Fprintf(w, "ZooKeeper Transactional Log File with dbid %d txnlog format version %d\n", h.dbid, h.version)
}

func printLogEnd(w io.Writer, records int64) {
	_, _ = fmt.Fprintf(w, "EOF reached after %d txns.\n", records)
}

package inspect

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"paddock/codec"
	"paddock/zk"
)

// ErrNotChopped says that the log goes on no further than the zxid, or does not hold it.
var ErrNotChopped = errors.New("inspect: nothing was chopped")

// ChopLog copies a log file up to and with the transaction of the zxid, as the chop mode of Apache's TxnLogToolkit does. It
// prints what that prints, gaps between transactions included.
func ChopLog(out, chopped io.Writer, file io.ReaderAt, size, zxid int64) error {
	w, to := bufio.NewWriter(out), bufio.NewWriter(chopped)
	err := chopLog(w, to, file, size, zxid)
	return errors.Join(err, to.Flush(), w.Flush())
}

func chopLog(w, to *bufio.Writer, file io.ReaderAt, size, zxid int64) error {
	l, h, err := newLogReader(file, size)
	if err != nil {
		return err
	}
	printLogHeader(w, h)
	_, _ = to.Write(h.raw[:])
	found := false
	for records, last := int64(0), int64(-1); ; records++ {
		rec, _, err := l.next()
		if errors.Is(err, io.EOF) {
			printLogEnd(w, records)
			return fmt.Errorf("%w: the log ends before anything above zxid 0x%x", ErrNotChopped, uint64(zxid))
		}
		if err != nil {
			return err
		}
		next, err := checkedZxid(&rec)
		if err != nil {
			return err
		}
		printGap(w, last, next)
		if next > zxid {
			if !found {
				_, _ = fmt.Fprintf(w, "This log does not contain zxid %x\n", uint64(zxid))
				return fmt.Errorf("%w: the log does not hold zxid 0x%x", ErrNotChopped, uint64(zxid))
			}
			_, _ = fmt.Fprintf(w, "Chopping at %x new log has %d records\n", uint64(zxid), records)
			return nil
		}
		found = found || next == zxid
		last = next
		writeRecord(to, &rec)
	}
}

// checkedZxid is the zxid of a record that is right in all ways.
func checkedZxid(rec *logRecord) (int64, error) {
	if rec.sum != rec.computed {
		return 0, fmt.Errorf("inspect: record at byte %d: CRC doesn't match %d vs %d", rec.offset, rec.sum, rec.computed)
	}
	h, _, _, err := codec.DecodeTxn(rec.payload)
	if err != nil {
		return 0, fmt.Errorf("inspect: record at byte %d: %w", rec.offset, err)
	}
	if !rec.whole {
		return 0, fmt.Errorf("at byte %d: %w", rec.offset, ErrPartial)
	}
	return h.Zxid, nil
}

func printGap(w io.Writer, last, next int64) {
	switch {
	case last == -1 || next == last+1:
	case zk.Epoch(last) == zk.Epoch(next):
		_, _ = fmt.Fprintf(w, "There is intra-epoch gap between %x and %x\n", uint64(last), uint64(next))
	case zk.Counter(next) != 1:
		_, _ = fmt.Fprintf(w, "There is inter-epoch gap between %x and %x\n", uint64(last), uint64(next))
	}
}

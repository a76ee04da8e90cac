package inspect

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrAborted is FixLog's end when the user says so.
var ErrAborted = errors.New("Recovery aborted.") //nolint:staticcheck // Apache's own sentence, which scripts look for

// FixOptions are those of the recovery mode of Apache's TxnLogToolkit.
type FixOptions struct {
	Yes     bool                // repair every checksum without asking
	Verbose bool                // print every transaction, not only repaired ones
	Ask     func() (byte, bool) // the first letter of the user's answer; false when there is none
}

// FixLog copies a log file to fixed, with checksums computed anew where they are wrong and the user agrees, and says how
// many were. What it prints is what Apache's tool prints. It knows nothing about what the transactions should have been:
// a record whose data is damaged becomes one that is believed.
func FixLog(out, fixed io.Writer, file io.ReaderAt, size int64, o FixOptions) (count int64, err error) {
	w, to := bufio.NewWriter(out), bufio.NewWriter(fixed)
	f := fixer{w: w, to: to, o: o}
	err = f.run(file, size)
	return f.fixed, errors.Join(err, to.Flush(), w.Flush())
}

type fixer struct {
	w, to *bufio.Writer // both keep their first error until Flush
	o     FixOptions
	fixed int64
}

func (f *fixer) run(file io.ReaderAt, size int64) error {
	l, h, err := newLogReader(file, size)
	if err != nil {
		return err
	}
	printLogHeader(f.w, h)
	_, _ = f.to.Write(h.raw[:])
	for records := int64(0); ; records++ {
		rec, _, err := l.next()
		if errors.Is(err, io.EOF) {
			printLogEnd(f.w, records)
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.record(&rec); err != nil {
			return err
		}
	}
}

func (f *fixer) record(rec *logRecord) error {
	line, err := txnLine(rec.payload)
	if err != nil {
		line = fmt.Sprintf("a record of %d bytes at byte %d cannot be read: %v\n", len(rec.payload), rec.offset, err)
	}
	if rec.sum != rec.computed {
		if err := f.repair(rec, line); err != nil {
			return err
		}
	}
	if f.o.Verbose {
		_, _ = f.w.WriteString(line)
	}
	if !rec.whole {
		return fmt.Errorf("at byte %d: %w", rec.offset, ErrPartial)
	}
	writeRecord(f.to, rec)
	return nil
}

// repair gives the record the checksum that it has, if the user agrees.
func (f *fixer) repair(rec *logRecord, line string) error {
	if !f.o.Yes {
		_, _ = f.w.WriteString("CRC ERROR - " + line)
		agreed, err := f.agreed()
		if err != nil || !agreed {
			return err
		}
	} else {
		_, _ = f.w.WriteString("CRC FIXED - " + line)
	}
	rec.sum = rec.computed
	f.fixed++
	return nil
}

func (f *fixer) agreed() (bool, error) {
	for {
		_, _ = f.w.WriteString("Would you like to fix it (Yes/No/Abort) ? ")
		if err := f.w.Flush(); err != nil {
			return false, err
		}
		letter, ok := f.o.Ask()
		switch {
		case !ok || letter == 'A' || letter == 'a':
			return false, ErrAborted
		case letter == 'Y' || letter == 'y':
			return true, nil
		case letter == 'N' || letter == 'n':
			return false, nil
		}
	}
}

func writeRecord(to *bufio.Writer, rec *logRecord) {
	var head [12]byte
	binary.BigEndian.PutUint64(head[:], rec.sum)
	binary.BigEndian.PutUint32(head[8:], uint32(len(rec.payload)))
	_, _ = to.Write(head[:])
	_, _ = to.Write(rec.payload)
	_ = to.WriteByte(endMark)
}

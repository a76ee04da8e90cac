package wal

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"paddock/disk"
)

// BenchmarkAppendSync is one batch to the disk and its answer back, with 132 bytes of payload per record: a setData of 100.
func BenchmarkAppendSync(b *testing.B) {
	for _, group := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("group=%d", group), func(b *testing.B) {
			w, err := Open(Config{Dir: b.TempDir()}, Position{})
			if err != nil {
				b.Fatal(err)
			}
			waitForSpare(w, 1)
			body, zxid := payload(0, strings.Repeat("v", 100)), int64(0)
			b.ReportAllocs()
			for b.Loop() {
				bt := NewBatch()
				for range group {
					zxid++
					buf := append(bt.Start(), body...)
					copy(buf[len(buf)-len(body):], payload(zxid, ""))
					bt.Finish(buf, zxid)
				}
				commit(b, w, bt)
			}
			b.ReportMetric(float64(b.N*group)/b.Elapsed().Seconds(), "records/s")
			closeWriter(b, w)
		})
	}
}

// BenchmarkRecover reads a warm file of 500,000 records.
func BenchmarkRecover(b *testing.B) {
	for _, size := range []int{100, 1000} {
		b.Run(fmt.Sprintf("body=%d", size), func(b *testing.B) {
			const records = 500_000
			dir := b.TempDir()
			file := appendHeader(nil)
			body := strings.Repeat("v", size)
			for z := range int64(records) {
				file = append(file, rec(z+1, body)...)
			}
			put(b, disk.OS{}, filepath.Join(dir, "log.1"), file)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				pos, err := Recover(Config{Dir: dir}, 0, func(int64, []byte) error { return nil })
				if err != nil || pos.Records != records {
					b.Fatal(pos, err)
				}
			}
		})
	}
}

// Package wal keeps the transaction log: records on disk, in order, many per sync, in ZooKeeper's own file format.
//
// # Job
//
// [Recover] reads the log behind a snapshot. [Open] makes it ready to go on and starts the writer. The processor fills a
// [Batch] with encoded transactions and hands it to [Writer.Submit]; a [Done] comes back once the whole batch is durable.
// With [Writer.Async], whoever submits also begins the write and the sync, and [Writer.Poll] sees to their ends: then a batch costs
// no change of goroutines, and no thread that waits.
// [Inspect] tells an operator what Recover would say and what a repair would cost; [Repair] does it on demand.
// Of a transaction this package knows one thing: its zxid stands in bytes 12 to 20.
//
// A folder version-2 holds files log.<zxid of the first record, in hex>, each of them (integers are big-endian)
//
//	 0        4        8                16
//	┌────────┬────────┬────────────────┬────────┬────────┬─ ─ ─┬──────────────────────┐
//	│ "ZKLG" │ int 2  │ long dbid = 0  │ record │ record │     │ zeros, or end of file│
//	└────────┴────────┴────────────────┴────────┴────────┴─ ─ ─┴──────────────────────┘
//
// and each record of them
//
//	 0                            8            12                        12+n  13+n
//	┌────────────────────────────┬────────────┬─────────────────────────┬─────┐
//	│ long Adler-32 of payload   │ int n      │ payload, n bytes        │ 'B' │
//	└────────────────────────────┴────────────┴─────────────────────────┴─────┘
//	                                 payload: long clientId, int cxid, long zxid, long time, int type, the transaction
//
// Nothing chains records together and nothing says how long the log is. So reading a file ends at the first record that is
// cut off, has a length of zero or a wrong checksum, and only what stands around that place tells an end from damage:
//
//   - The next file begins with the following zxid, or with a later epoch: an end. Apache leaves torn tails in older files.
//   - No file with records follows, and nothing but zeros does: the end.
//   - No file with records follows, no whole, newer record starts more than batchBytesMax behind, and the broken record shows
//     that a crash tore it: the end. What is behind belongs to a batch that nobody was told yes for.
//   - Everything else is damage: an error that matches [ErrCorrupt], and no server. So are zxids that run backwards, a first
//     record that does not follow the snapshot or is not the one its file is named after, and a foreign or future header.
//
// A crash tears in two ways, for a batch is one write into zeros, or behind the end of the file, and is synced before the next:
//
//	sectors are lost     bytes n·512, …, n·512+511 are zeros, from the record's start on; what shares its first
//	                     sector and stands before it was synced already
//	the write breaks off from some byte on there are zeros up to the end of the file, or the file ends
//
// So a broken record is torn if zeros stand for some of its prefix or its zxid up to a sector's end, if its end mark and all
// behind it are zeros, or if a sector within it is zero. It is damaged, whatever zeros there are, if it is whole with another
// length; if its zxid is visible and does not fit; if nothing is missing but its end mark or its checksum is wrong; if it
// breaks off and a whole record stands inside; and if the only missing sectors are zeros of the payload, with zeros beside
// them, so that they may have been written as such, and undoing one flipped bit elsewhere makes it whole.
//
// Records up to the snapshot's zxid are skipped and exempt: what they did is in the snapshot. Two neighbours may have the same
// zxid: Apache logs a request that it could not decode under the zxid before.
//
// # What a crash leaves behind
//
//	killed or powered off while          found at the next start                     what is done
//	filling a spare segment              paddock.spare-1                             removed
//	writing a batch, power cut           some of its sectors, in any order, no Done  kept aside, cut off at the first torn record
//	writing a batch, killed or EIO       its beginning, no Done                      kept aside, cut off at the first torn record
//	beginning a segment                  paddock.spare-… with a batch, no Done       removed
//	naming a segment                     either name, no Done                        kept or removed
//	running                              log.… with zeros behind the last record     zeros cut off
//	cutting the zeros                    log.… with or without them                  the same again
//	(Apache) creating a log file         an empty log.…, or half a header            removed
//	keeping a torn end aside             paddock.spare-cut, or paddock.cut.…         removed, or found to be there
//	a failed sync, then a restart        records that are read and not on the disk   the last batch is written once more
//	repairing                            the damage, or a log that ends there        repaired again, or nothing
//	(Apache) running                     a torn record, then zeros                   kept aside, cut off at the torn record
//
// Kept aside means: before anything but zeros is cut off, it is copied to paddock.cut.<the log's last zxid, in hex>, synced;
// and one warning says what was cut where, and why. Such a file is never overwritten, read or removed by Paddock. What the
// snapshot covers may be damaged instead of torn, and is kept aside all the same.
//
// # Owner
//
// A Batch belongs to the goroutine that fills it until Submit, then to the writer, which fills in checksums, writes, syncs, and
// gives the buffer back to its pool. The open segment, its end, the last zxid and the first error (Writer.own) belong to whoever
// has a batch on its way. That is the writer goroutine from when a batch is put into its channel until it has counted that batch as
// answered (Writer.busy), and otherwise, after Async, the goroutine that submits:
//
//	Submit ─ can it begin the write? ── no ──────────────────────────────▶ writer goroutine: write, sync, name ─▶ Done
//	            │ yes                                                        ▲
//	            ▼                                                            │ the same bytes to the same place
//	          write ──────── ended: would have had to wait, not supported ───┤
//	            │ ended: all of it                                           │
//	            ▼                                                            │
//	          sync ───────── cannot be begun ────────────────────────────────┘
//	            │ ended
//	            ▼
//	          Done
//
// It begins none for a new segment, nor behind the zeros, nor where files are not written past the page cache. Spare segments belong
// to the helper goroutine until they pass through its channel; old segments go back to it to have their zeros cut. Submit, Async, Poll,
// Settle and Close are for one goroutine; Stats is for any.
//
// # Invariants
//
//   - Done without an error means: the batch and the name of its file are durable, and so is everything before.
//   - One write and one sync per batch. A batch lies in one file. It is written in whole blocks, past the page cache where that
//     is possible: the first repeats what stands in it, and the last ends with the zeros that stand there.
//   - One batch at most is on its way to the disk. Dones come in the order of Submits, whoever wrote the batches; after Async a
//     batch that the submitter has on its way is answered before the next is submitted, and Submit panics otherwise.
//   - The blocks of a write are not touched before the kernel has told its end. A batch is handed to the goroutine after that end only.
//   - Every batch follows the last one, by the rule that reading demands between two files; the writer panics otherwise.
//   - No record of a batch starts more than BatchBytesMax behind the batch's first byte.
//   - A file named log.… has a header and a whole first record, whatever is cut off when.
//   - After a failed write or sync nothing is written any more, by nobody: every batch gets the same error. A write that the kernel
//     gave up so as not to wait has not failed; a sync has, whatever it says.
//   - What has once been read is made durable before anything is written behind it. After a failed sync its pages count as
//     clean without being on the disk, so the last batch is written once more, and then synced.
//   - No file is emptied that may have a second name: a rename cut short may leave both.
//
// # Limits
//
// The format has no mark that says how far the log was acknowledged. So damage within the last batchBytesMax bytes that looks
// exactly like a torn batch is cut off: a sector that became zeros, or zeros from some byte on to the end of the file. So is
// damage of more than one bit in a record that holds a whole sector of zeros. The other way round, a torn record is refused as
// damaged when its checksum happens to fit another reading (never seen in 56,000 torn records of text, random and mixed bytes, in
// two of a hundred whose data is zeros with few small values in between), and when a write broke off within a znode whose data
// is itself a newer record of this format. A gap between two neighbouring records of one file is let pass: both
// are whole, so no disk made it. Records are at most 2 GiB, as their length is an int. A segment without zeros left grows
// with each batch until the next spare is ready: about 250 µs per sync then instead of 110 µs, on the machine of the design.
//
// A spare is as large as the segment left last was used, and a quarter more, or twice that if the next batch found no zeros in it; from
// 8 MiB to PreallocBytes. It is made while a segment of an earlier choice is in use, so it is one segment late.
package wal

// Package metric counts: series of whole numbers, with the figures that monitoring asks of them.
//
// # Job
//
// [Summary] keeps count, sum, least and greatest of a series. [Histogram] also keeps how the numbers are spread, so that it can
// tell any quantile, over all of them or over those since a copy was taken. [Paths] counts which paths are asked for most.
//
// # Owner
//
// A Summary or a Histogram belongs to the goroutine that adds to it. There is no lock: a copy of the struct is what others get.
// Of Paths one goroutine calls Count and another one the rest: a lock is held while a number is added, or a slot is put into
// the place of a full one.
//
// # Invariants
//
//   - Add allocates nothing and costs some nanoseconds.
//   - Count, Sum and the spread only grow: what is exported as a counter never falls. Restart forgets the least and the
//     greatest alone; Since gives the rest as if the series had begun at the copy.
//
// # Limits
//
// A quantile is exact below 128, and beyond it within a sixteenth of the number. A Histogram takes about 5 KiB.
// Paths keep at most 20 MiB: beyond that the oldest slots go first, then new paths are not told apart but counted as left out.
package metric

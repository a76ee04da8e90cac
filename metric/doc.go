// Package metric counts: series of whole numbers, with the figures that monitoring asks of them.
//
// # Job
//
// [Summary] keeps count, sum, least and greatest of a series. [Histogram] also keeps how the numbers are spread, so that it can
// tell any quantile, over all of them or over those since a copy was taken.
//
// # Owner
//
// A value belongs to the goroutine that adds to it. There is no lock: a copy of the struct is what others get.
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
package metric

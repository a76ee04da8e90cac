// Package report makes one self-contained HTML page of measured results.
//
// # Job
//
// Read records of paddock bench, choose the points that each plot shows, and write them into a page together with all that
// is needed to draw them: nothing is loaded from elsewhere. Plots are drawn in the browser by uPlot 1.6.32 (folder uplot, MIT
// licence), which is shipped in the program and in the page.
//
// # Owner
//
// No goroutines, no state: Write is a function of its records.
//
// # Invariants
//
// A plot shows for each server the median round of each row, so all of its figures belong together. A server has the same
// colour in all plots of a record. Points without a value are left out, not drawn as 0. Whatever stands in a record is
// escaped: it cannot become markup or script.
//
// # Limits
//
// At most eight servers have colours of their own. Records of different machines stand below each other and are not
// compared.
package report

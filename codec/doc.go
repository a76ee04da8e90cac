// Package codec turns the records of ZooKeeper's wire and disk (jute) into Go values and back.
//
// # Job
//
// Encode by appending to a byte slice; decode with a Decoder that checks every length before it believes it and
// keeps its first error. All integers are big-endian. Strings and buffers carry an int length, -1 for null;
// vectors carry an int count, -1 for null. The record definitions are those of zookeeper.jute (3.9.5).
//
// # Owner
//
// Nobody: functions over slices. A Decoder belongs to the goroutine that made it.
//
// # Invariants
//
// Strings and buffers that a Decoder returns share memory with its input: who keeps one beyond the life of the
// input clones it, and the input is never written to while one is alive. A decoder never allocates more than a
// small multiple of its input, whatever counts the input claims. Null and empty differ for buffers (nil and
// empty slice); for strings null reads as "" unless Path is used, which refuses it.
//
// # Limits
//
// No reflection, no I/O, no framing (see loop and wal). jute.maxbuffer is the framer's business.
package codec

// Package tree holds the znodes and does their arithmetic: Stat, data, children, ACL lists, ephemerals, digest.
//
// # Job
//
// Apply results of transactions to the namespace and answer questions about it. Nothing is checked here that a
// transaction's maker has to check (versions, permissions, empty parents), because what arrives is already decided.
//
// # Owner
//
// One goroutine: the processor. There is no lock and no clock. Slices and iterators that a Tree returns are borrowed
// until its next mutation; an ACL list is shared and is never changed, by anybody.
//
// # Layout
//
// A million small objects with maps of strings cost gigabytes and keep the collector busy, so znodes are structs of
// 112 bytes in chunks that hold no pointers, linked by 4-byte numbers:
//
//	node 7 ──parent──▶ node 1        block 0x1a2 ┌─────┬──────────────┐
//	  firstChild ▶ node 9                 ▲      │name │ data         │ one block per znode, from size classes
//	  next/prev  ▶ siblings               │      └─────┴──────────────┘ of 8 bytes up to 4 KiB; above that an
//	  block      ─────────────────────────┘                             ordinary Go slice
//	index: hash(full path) → segment → slot (hash, node); a hit is verified by comparing names up to the root
//
// Everything grows by one chunk of about 128 KiB at a time and nothing is ever copied or rehashed as a whole: the
// index is an extendible hash table, which splits a full segment of 4 KiB in two.
//
// # Invariants
//
//   - A node's number is valid until the znode is deleted; then it is reused.
//   - The root is node 1 and always there; its path is "/", but "" in the digest and on disk.
//   - crc is the CRC-32 state after path and data; digest is the finished CRC over the stat too, or 0 outside the
//     digest (everything below /zookeeper). The tree's digest is the sum of them.
//   - The open ACL list is reference 0 and never in the table. Every other list is in it once, with a count.
//   - While a walk runs, no ACL reference is freed, and the cursor stands on a living znode.
//
// Check verifies all of it.
//
// # Limits
//
// 2^32 znodes; 16 GiB of blocks of up to 4 KiB, what comes beyond goes to ordinary slices. Memory of deleted znodes
// is reused for new ones and not given back. A block that was freed serves only its own size class. Distinct ACL lists
// and sessions with ephemerals live in ordinary Go maps: made for thousands of them, not for millions. Sorting of
// children, watches, quotas, and the order of requests are others' business.
package tree

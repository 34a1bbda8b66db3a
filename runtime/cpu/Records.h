//===- Records.h - sorting records into a k-d tree ------------------------===//
//
// A record has 4 or 8 numbers: the features of a row, with zeros up to the last
// one, whose place has the number of the row. Halves of some records are the lesser and
// the greater ones by their widest feature; what is halved down to leaves is in
// order, in which neighbours are near each other.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CPU_RECORDS_H
#define KDSL_RUNTIME_CPU_RECORDS_H

#include <stdint.h>

namespace kdsl {

/// How many records the first half has: the largest power of two of leaves, so
/// that all leaves but the last are whole, and equal powers of two of them a
/// subtree. 0 where there is one leaf.
int64_t halfOf(int64_t count, int64_t leaf);

/// What is done with records of one size.
struct RecordCode {
  /// Puts the first half of some records in front.
  /// \returns false where all are the same.
  bool (*halve)(void *records, int64_t count, int64_t half);
  /// Puts records in order.
  /// \returns the most that are the same, of halves of halves.
  int64_t (*sort)(void *records, int64_t count, int64_t leaf);
};

RecordCode codeFor(int64_t numbers);

} // namespace kdsl

#endif // KDSL_RUNTIME_CPU_RECORDS_H

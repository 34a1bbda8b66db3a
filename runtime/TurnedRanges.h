//===- TurnedRanges.h - sets of pairs seen from their rows j --------------===//

#ifndef KDSL_RUNTIME_TURNEDRANGES_H
#define KDSL_RUNTIME_TURNEDRANGES_H

#include "runtime/Arguments.h"

namespace kdsl {

/// For each kdsl_ranges that the program reads from both axes the same pairs the
/// other way round: blocks of rows j between the ends of all slices, and for
/// each the rows i whose slices cover it, ascending. It takes as many slices as
/// blocks of j are covered by blocks of i: those of the given set where slices
/// of different blocks share their ends, never more than there are pairs.
class TurnedRanges {
public:
  TurnedRanges() = default;
  TurnedRanges(const TurnedRanges &) = delete;
  TurnedRanges &operator=(const TurnedRanges &) = delete;
  ~TurnedRanges();

  /// Needs checkRanges. \returns KDSL_OK or KDSL_ENOMEM.
  int make(const Arguments &arguments);

  /// Of argument `arg`; null if it is not read turned.
  const kdsl_ranges *of(uint32_t arg) const {
    return sets && sets[arg].isTurned ? &sets[arg].both[1] : nullptr;
  }
  /// Makes a copy from copyArgs point to both views of each set.
  void pointTo(const Arguments &arguments, char *copy) const;

private:
  struct Set {
    kdsl_ranges both[2]; ///< the caller's, then the turned one: code reads both
    int64_t *blocks;     ///< [2][blocks] row_end, slice_end
    int64_t *slices;     ///< [2][slices] j_begin, j_end
    bool isTurned;
  };
  static bool turn(Set &set, int64_t columns);

  Set *sets = nullptr; ///< [count]
  uint32_t count = 0;
};

} // namespace kdsl

#endif // KDSL_RUNTIME_TURNEDRANGES_H

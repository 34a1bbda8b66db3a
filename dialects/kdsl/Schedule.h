//===- Schedule.h - how the reductions of a grid run ----------------------===//

#ifndef KDSL_SCHEDULE_H
#define KDSL_SCHEDULE_H

#include "llvm/ADT/Hashing.h"
#include <cstdint>

namespace kdsl {

/// What `#kdsl.schedule` holds: the same for all that share a grid. What tensor
/// cores, filters and lists have in it is for those sweeps that have a use for
/// it.
struct Schedule {
  /// Rows i that one vector register (or one block of threads) holds.
  int64_t lanes = 0;
  /// Registers of rows i that a tile keeps, so a tile has `rows * lanes` rows.
  int64_t rows = 0;
  /// Rows j that are folded at once.
  int64_t group = 0;
  /// Rows j between two closings of the states, a multiple of `group`.
  int64_t block = 0;
  /// Feature loops up to this size are written out.
  int64_t unroll = 0;
  /// Rows j that are copied to memory near the lanes at once, a multiple of
  /// `block`; 0: read where they are.
  int64_t stage = 0;
  /// Rows j that a first sweep reads to bound what a list can hold, a multiple
  /// of `block`; 0: none.
  int64_t bound = 0;
  /// The places of a row's list lie side by side in memory, where a value enters
  /// those of one row (else it enters the lists of all lanes).
  bool byRow = false;
  /// Each two rows meet once, for both of them: of a reduction that yields the
  /// values of the exchanged pair.
  bool halved = false;
  /// Features of an inner product that tensor cores add up between two ordinary
  /// additions, a multiple of 16; 0: no tensor cores. They take a `group` of a
  /// multiple of 8, one of `rows`, and a `stage`, and only inner products whose
  /// promise so long a chain keeps. Without a stage: of one instruction of a CPU's
  /// matrix unit, which a `filter` is for, with 16 `lanes` and a `group` of 16.
  int64_t chain = 0;
  /// Pairs whose squared distance cannot change a state are told by less than
  /// it costs (else each pair is folded); where `chain` is not 0 by tensor cores.
  bool filter = false;
  /// Rows j of a cell: where there are enough of them, rows i and j are met in an
  /// order of space, and cells of rows j that are too far from a tile are passed
  /// over, of sweeps over the smallest squared distances; 0: in the order given.
  int64_t cells = 0;
  /// Rows j whose weights wait until tensor cores add up the weighted values of
  /// a wide state, a multiple of `stage`, which must be there; 0: each pair is
  /// folded by itself. They take one of `rows`.
  int64_t collect = 0;
  /// The values of those rows j come to memory near the lanes with their stage,
  /// as tensor cores take them (else each warp reads them where they are).
  bool values = false;
  /// Registers of rows i, and rows j of a group, whose pairs are emitted in
  /// step, before the next ones; 0: all.
  int64_t stepRows = 0, stepGroup = 0;
};

bool operator==(const Schedule &a, const Schedule &b);
llvm::hash_code hash_value(const Schedule &schedule);

} // namespace kdsl

#endif // KDSL_SCHEDULE_H

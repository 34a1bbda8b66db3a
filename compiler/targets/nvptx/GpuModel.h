//===- GpuModel.h - what a pair takes on a GPU ----------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_GPUMODEL_H
#define KDSLC_TARGETS_NVPTX_GPUMODEL_H

#include "compiler/Target.h"

namespace kdslc::nvptx {

/// A target, and the machine that its model is of.
struct Gpu {
  const char *name, *description, *machine;
  double multiprocessors, gigahertz; ///< at its highest clock
  /// Results of a multiprocessor in a cycle: of the unit for exponentials and
  /// reciprocals, and multiply-adds of doubles.
  double special, doubles;
  /// Cycles that one of its four tensor cores takes for 16 x 8 x 16 products, at
  /// what mma.sync reaches of its rate.
  double product;
  /// Bytes of shared memory that a block may ask for, and that a multiprocessor has,
  /// on all GPUs that run its cubins.
  int64_t sharedOfBlock, sharedOfProcessor;
};

/// Of shared memory, what a kernel may have of its own, without asking for it.
constexpr int64_t mostOwnShared = 48 * 1024;

/// How many numbers of 16 bits stand for one that is multiplied.
int64_t productParts(const PairCost &cost);

/// What of its grid's schedule a sweep has a use for.
kdsl::Schedule ofSweep(const PairCost &whole, const kdsl::Schedule &schedule);

/// Bytes of shared memory of a block, at most: the sweeps of a grid have it one after
/// the other.
int64_t sharedBytes(llvm::ArrayRef<PairCost> sweeps,
                    const kdsl::Schedule &schedule);

/// What the model expects of a pair of each sweep of a grid.
/// \param schedule      empty: some schedule without tensor cores.
/// \param rowsOfThread  that a schedule without tensor cores has.
llvm::SmallVector<PairEstimate> estimatePairs(const Gpu &gpu,
                                              llvm::ArrayRef<PairCost> sweeps,
                                              const kdsl::Schedule &schedule,
                                              int64_t rowsOfThread);

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_GPUMODEL_H

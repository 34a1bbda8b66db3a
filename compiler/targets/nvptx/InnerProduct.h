//===- InnerProduct.h - what tensor cores may compute ---------------------===//

#ifndef KDSLC_TARGETS_NVPTX_INNERPRODUCT_H
#define KDSLC_TARGETS_NVPTX_INNERPRODUCT_H

#include "dialects/ktile/Ktile.h"
#include <optional>

namespace kdslc::nvptx {

/// What is multiplied: two numbers of 16 bits, of one kind, or others, as f32.
enum class Factors { F32, F16, BF16 };

/// The numbers of 16 bits that stand for one.
inline int64_t partsOf(Factors factors) {
  return factors == Factors::F32 ? 2 : 1;
}

/// The longest chain with which `features` products keep the promise; 0: none
/// does.
int64_t longestChain(int64_t features, int64_t parts);

/// Whether tensor cores take inner products of so many features under a grid's
/// schedule: its chain keeps the promise for them, and their rows fit the registers
/// beside its group.
bool multiplies(int64_t features, int64_t parts,
                const kdsl::Schedule &schedule);

/// The inner product of a sweep that tensor cores compute.
struct InnerProduct {
  ktile::ContractOp op;
  ktile::LoadOp ofTile, ofSweep; ///< its two factors
  Factors factors = Factors::F32;
};

/// That of a sweep under its grid's schedule, if there is one. Sweeps over what
/// is left of a group have none.
std::optional<InnerProduct> findInnerProduct(ktile::SweepOp sweep);

} // namespace kdslc::nvptx

#endif // KDSLC_TARGETS_NVPTX_INNERPRODUCT_H

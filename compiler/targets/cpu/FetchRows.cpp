//===- FetchRows.cpp - rows j before they are needed ----------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::cpu {

/// Begins to bring near what lies there.
void VectorTile::fetch(Value place) {
  LLVM::Prefetch::create(builder, loc, place, /*rw=*/0, /*hint=*/3,
                         /*cache=*/1);
}

/// Of the `count` rows j behind those from `first` on, begins to bring as much near
/// as a feature has of them: a loop over features has fetched all. Rows of
/// arguments and of temporaries follow each other without gaps.
///
/// Processors guess that rows are read in order, but not so far before: 1.1 times as
/// fast where rows j come from behind the second cache.
void VectorTile::fetchNext(ktile::LoadOp load, Value first, int64_t count,
                           Value feature) {
  const Access &access = accessOf(load);
  Value next = sweptAddress(access, add(first, number(count)), number(0));
  fetch(memory.address(next, times(feature, count),
                       arrayOf(access.rows).element));
}

/// Of the `count` rows j from `first` on, begins to bring one of so many parts near.
void VectorTile::fetchPart(ktile::LoadOp load, Value first, int64_t count,
                           Value part, int64_t parts) {
  constexpr int64_t line = 64;
  const Access &access = accessOf(load);
  const Memory::Array &array = arrayOf(access.rows);
  const int64_t bytes = count * array.width * bytesOf(array.element);
  const int64_t lines = int64_t(llvm::divideCeil(bytes, line * parts));
  Value rows = sweptAddress(access, first, number(0));
  for (int64_t k = 0; k < lines; ++k)
    fetch(memory.address(rows, add(times(part, lines * line), number(k * line)),
                         builder.getI8Type()));
}

/// With AVX2, where rows j stay in the second cache, it costs 4 %: a few thousand
/// rows of more features do not.
void VectorTile::fetchAhead(ktile::ContractOp op, Value feature) {
  constexpr int64_t mostNear = 64;
  if (!op->getParentOfType<ktile::SweepOp>() ||
      (isAvx2 && int64_t(op.getSize()) <= mostNear))
    return;
  for (auto load : op.getBody().getOps<ktile::LoadOp>())
    if (readsSweptRow(load) && !readsTileRow(load) &&
        load.getFeature() == op.getBody().getArgument(0))
      fetchNext(load, firstSweptRow(), columnsOfGroup(), feature);
}

} // namespace kdslc::cpu

//===- ThreadFilter.cpp - filtered sweeps of a block of threads -----------===//

#include "compiler/targets/emit/KeepLoops.h"
#include "compiler/targets/nvptx/ThreadTile.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace kdslc::nvptx {

void ThreadTile::startFilter(ktile::SweepOp op) {
  if (!op.getFiltered())
    return;
  distance = ktile::foldedDistance(op);
  ktile::LoadOp load = distance->ofTile;
  StateValue &state = stateOf(op.getBody().getArgument(1));
  if (grid.getSchedule().chain > 0) {
    tensorFilter.emplace(threads, memory, distance->features,
                         grid.getSchedule(), thread, shared);
    tensorFilter->loadTile([&](Value row, Value feature) {
      return loadTileFactor(load, row, feature);
    });
    state.limits = tensorFilter->limits(thresholdOf(state, 0), isInside[0]);
    return;
  }
  const Access &access = accessOf(load);
  DistanceFilter::Row center;
  std::vector<DistanceFilter::Row> ofThread(size_t(rows), center);
  for (int64_t d = 0; d < distance->features; ++d) {
    center.push_back(
        loadAt(load, access.base, tileFirst, tileStride(access), number(d)));
    for (int64_t r = 0; r < rows; ++r)
      ofThread[size_t(r)].push_back(loadTileRow(load, r, number(d)));
  }
  filter.emplace(threads, center, ofThread);
  for (unsigned r = 0; r < unsigned(rows); ++r)
    state.limits.push_back(filter->limit(r, thresholdOf(state, r)));
}

void ThreadTile::endFilter(ktile::SweepOp op) {
  if (op.getFiltered())
    stateOf(op.getBody().getArgument(1)).limits.clear();
  filter.reset();
  tensorFilter.reset();
}

void ThreadTile::stageNumbers(const Record &record, Value row, Value to) {
  ktile::LoadOp load = distance->ofSweep;
  const Access &access = accessOf(load);
  DistanceFilter::Row features;
  for (int64_t d = 0; d < distance->features; ++d)
    features.push_back(
        loadAt(load, access.base, row, sweptStride(access), number(d)));
  storeNumbers(record, filter->numbersOf(features), to);
}

/// Behind the last row j, as far as its group goes, is what no pair passes.
void ThreadTile::fillGroup(const Record &record, Value local, Value count,
                           Value to) {
  const int64_t of = grid.getSchedule().group;
  Value groups = divide(add(count, number(of - 1)), of);
  Value inGroup = isLess(local, times(groups, of));
  auto fills = scf::IfOp::create(builder, loc, inGroup);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(fills.thenBlock());
  storeNumbers(record, filter->numbersOfNone(), to);
  padRecord(record, to);
}

void ThreadTile::storeNumbers(const Record &record, ArrayRef<Value> numbers,
                              Value to) {
  Type f32 = builder.getF32Type();
  for (auto [k, value] : llvm::enumerate(numbers))
    memory.store(value, memory.address(to, number(int64_t(k)), f32),
                 record.alignmentAt(4 * int64_t(k)));
}

/// The rows j in shared memory.
void ThreadTile::filterGroups(ktile::SweepOp op, Value count,
                              function_ref<void(Value, Value)> group) {
  Type i32 = builder.getI32Type();
  Value rowsStaged = arith::TruncIOp::create(builder, loc, i32, count);
  Value step =
      arith::ConstantIntOp::create(builder, loc, i32, int64_t(op.getGroup()));
  Value none = arith::ConstantIntOp::create(builder, loc, i32, 0);
  carryStates(op, none, rowsStaged, step, [&](Value local) {
    group(arith::ExtUIOp::create(builder, loc, builder.getI64Type(), local),
          subtract(rowsStaged, local));
  });
}

/// The filter's numbers of a group of rows j.
std::vector<DistanceFilter::Row>
ThreadTile::loadNumbers(const Record &record, Value local, int64_t count) {
  Type f32 = builder.getF32Type();
  Value place = memory.address(shared, times(local, record.bytes),
                               builder.getI8Type());
  const uint64_t whole =
      llvm::MinAlign(16, uint64_t(count) * uint64_t(record.bytes));
  std::vector<DistanceFilter::Row> numbers;
  for (int64_t g = 0; g < count; ++g) {
    DistanceFilter::Row &row = numbers.emplace_back();
    for (int64_t at = 0; at < record.used; at += 4) {
      const int64_t offset = g * record.bytes + at;
      row.push_back(memory.load(
          f32, memory.address(place, number(offset), builder.getI8Type()),
          unsigned(llvm::MinAlign(whole, uint64_t(offset)))));
    }
  }
  return numbers;
}

/// Pairs that pass are computed as the program has them and folded, in a loop
/// for each row i of the thread: they are few, and what enters a list is long
/// code.
///
/// \param local  the first row j of the group; `left` are there.
void ThreadTile::filterGroup(ktile::SweepOp op, const Record &record,
                             Value local, Value left) {
  Value argument = op.getBody().getArgument(1);
  std::vector<SmallVector<Value>> passes =
      filter->passing(loadNumbers(record, local, int64_t(op.getGroup())),
                      stateOf(argument).limits);
  SmallVector<Value> hits;
  Value any;
  for (ArrayRef<Value> pairs : passes) {
    Value hit = pairs.front();
    for (Value pair : pairs.drop_front())
      hit = threads.either(hit, pair);
    hits.push_back(hit);
    any = any ? threads.either(any, hit) : hit;
  }
  whereStates(op, any, [&] {
    Value first = add(stagedFirst, local);
    // In shared memory rows j have the filter's numbers only.
    llvm::SaveAndRestore<const Record *> inPlace(staged, nullptr);
    for (unsigned r = 0; r < unsigned(rows); ++r)
      whereStates(op, hits[r], [&] {
        emitPairs(op, r, first,
                  firstOf(bitsOf(passes[r]), left, int64_t(op.getGroup())));
        StateValue &state = stateOf(argument);
        Value limit = filter->limit(r, thresholdOf(state, r));
        state.limits[r] = limit;
      });
  });
}

/// The same by tensor cores, where all threads of a warp go one way: pairs that
/// pass with its own row each thread folds one by one.
void ThreadTile::filterProducts(ktile::SweepOp op, Value local, Value left) {
  Value argument = op.getBody().getArgument(1);
  TensorFilter::Bounds bounds = tensorFilter->bounds(local);
  SmallVector<Value> limits = stateOf(argument).limits;
  whereStates(op, tensorFilter->anyPasses(bounds, limits), [&] {
    Value bits = firstOf(tensorFilter->ownPasses(bounds, limits), left,
                         int64_t(op.getGroup()));
    bits = threads.select(isInside[0], bits,
                          threads.integer(bits.getType(), 0));
    llvm::SaveAndRestore<const Record *> inPlace(staged, nullptr);
    emitPairs(op, 0, add(stagedFirst, local), bits);
    StateValue &state = stateOf(argument);
    state.limits = tensorFilter->limits(thresholdOf(state, 0), isInside[0]);
  });
}

/// Of the thread's row and the row j at `place`, as the program has it: some
/// features are read at once, and added up in their order.
Value ThreadTile::exactDistance(Value place) {
  constexpr int64_t some = 8;
  const int64_t features = distance->features;
  auto contract = arith::FastMathFlagsAttr::get(builder.getContext(),
                                                arith::FastMathFlags::contract);
  auto addFeatures = [&](Value first, int64_t count, Value sum) {
    for (int64_t d = 0; d < count; ++d) {
      Value feature = add(first, number(d));
      Value apart = arith::SubFOp::create(
          builder, loc, loadTileRow(distance->ofTile, 0, feature),
          loadSweptRow(distance->ofSweep, place, feature), contract);
      Value square =
          arith::MulFOp::create(builder, loc, apart, apart, contract);
      sum = arith::AddFOp::create(builder, loc, square, sum, contract);
    }
    return sum;
  };
  auto loop = scf::ForOp::create(builder, loc, number(0),
                                 number(features / some * some), number(some),
                                 threads.constant(builder.getF32Type(), 0));
  keepLoop(loop);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value sum = addFeatures(loop.getInductionVar(), some,
                            loop.getRegionIterArgs().front());
    scf::YieldOp::create(builder, loc, sum);
  }
  return addFeatures(number(features / some * some), features % some,
                     loop.getResult(0));
}

} // namespace kdslc::nvptx

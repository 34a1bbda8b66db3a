//===- ThreadWeights.cpp - sums of weighted values, window by window ------===//
//
// A fold of a wide state leaves the weights of its pairs in shared memory. After each
// window of rows j tensor cores add up the values with these weights, and what they
// find enters the states as the terms of a block do.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/nvptx/ThreadTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc::nvptx {

void ThreadTile::startWeights(ktile::SweepOp op, const Record &record) {
  weighted = findWeightedValues(op);
  if (!weighted)
    return;
  // A weight stands where a product was, if there are any.
  const kdsl::Schedule schedule = grid.getSchedule();
  auto roomAt = [&](int64_t bytes) {
    return memory.address(shared, number(bytes), builder.getI8Type());
  };
  TensorSteps::ThreadRows weights{roomAt(bytesOfRecords(op, record)),
                                  schedule.collect, /*isTurned=*/true};
  if (product)
    weights = products->rowsOfThreads();
  weightedSums.emplace(
      builder, loc, memory, weighted->op.getState().getType().getWidth(),
      weighted->isOfHalves, tilesOf(*weighted, product), schedule, thread,
      weights,
      schedule.values ? roomAt(bytesBeforeValues(op, record)) : Value());
}

void ThreadTile::collect(ArrayRef<SmallVector<Value>> weights) {
  weightedSums->leave(subtract(firstSweptRow(), windowFirst), weights.front());
}

void ThreadTile::changeCollected(
    function_ref<Value(unsigned r, Value weight)> change) {
  weightedSums->change(subtract(firstSweptRow(), windowFirst),
                       [&](Value weight) { return change(0, weight); });
}

/// A component of row j `row`, an f32.
Value ThreadTile::loadWeighted(Value row, Value component) {
  const Access &access = accessOf(weighted->values);
  Value value = loadAt(weighted->values, access.base, row, sweptStride(access),
                       component);
  return value.getType().isF32()
             ? value
             : arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
}

/// Those of a sum; a pair that a predicate excludes has -0, which is no weight
/// otherwise.
std::vector<SmallVector<Value>> ThreadTile::weightsOf(ktile::FoldOp op) {
  Type f32 = builder.getF32Type();
  std::vector<SmallVector<Value>> weights;
  for (const kdsl::RowGroup &group : pairsOf(op, weighted->weight)) {
    SmallVector<Value> &row = weights.emplace_back();
    for (const kdsl::PairValues &pair : group) {
      Value weight = pair.values.front();
      if (pair.mask)
        weight = threads.select(pair.mask,
                                threads.add(weight, threads.constant(f32, 0.0)),
                                threads.constant(f32, -0.0));
      row.push_back(weight);
    }
  }
  return weights;
}

void ThreadTile::sweepWindows(ktile::SweepOp op, const Record &record,
                              Value from, Value to) {
  const int64_t window = grid.getSchedule().collect;
  const int64_t gathered = WeightedSums::gatheredRows(window);
  // What the sweep's states are inside and behind a loop.
  auto state = [&]() -> StateValue & {
    return stateOf(weighted->op.getState());
  };
  state().isCollected = true;
  carryStates(op, from, to, number(gathered), [&](Value first) {
    Value end = min(add(first, number(gathered)), to);
    carryStates(op, first, end, number(window), [&](Value start) {
      Value last = min(add(start, number(window)), end);
      windowFirst = start;
      sweepStages(op, record, start, last);
      addUpWindow(subtract(last, start));
    });
    closeComponents(state());
    // The lanes of a warp take sums for each other.
    NVVM::SyncWarpOp::create(builder, loc,
                             arith::ConstantIntOp::create(builder, loc, -1, 32));
  });
  state().isCollected = false;
  weightedSums.reset();
  weighted.reset();
}

/// The sums of a window enter the states in memory as the inner accumulators of
/// blocks do, whose own places are not used.
void ThreadTile::addUpWindow(Value count) {
  StateValue &whole = stateOf(weighted->op.getState());
  auto reduction = whole.type.getInterface();
  TypeRange elements = whole.type.getElements();
  auto load = [&](Value row, Value component) {
    return loadWeighted(add(windowFirst, row), component);
  };
  auto take = [&](ArrayRef<WeightedSums::Sum> sums) {
    Type f32 = builder.getF32Type();
    const auto partCount =
        unsigned(reduction.getStateElements(elements).size());
    SmallVector<RowState> places, states;
    // All are read before the first is written, which could be another's place for
    // all that later tools know.
    for (const WeightedSums::Sum &one : sums) {
      RowState &place = places.emplace_back(), &state = states.emplace_back();
      for (unsigned part = 0; part < partCount; ++part) {
        place.push_back(memory.address(partAddress(whole, part, one.component),
                                       one.row, f32));
        bool isInner = reduction.isOfFolds(elements, part, /*shared=*/false);
        state.push_back(isInner ? one.sum : memory.load(f32, place.back(), 4));
      }
    }
    for (auto [one, place, state] : llvm::zip(sums, places, states)) {
      RowState before = state;
      reduction.gatherBlock(threads, state);
      for (unsigned part = 0; part < partCount; ++part)
        if (state[part] != before[part] && before[part] != one.sum)
          memory.store(state[part], place[part], 4);
    }
  };
  weightedSums->addUp(count, load, take);
}

} // namespace kdslc::nvptx

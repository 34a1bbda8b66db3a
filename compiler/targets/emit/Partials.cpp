//===- Partials.cpp - states of parts of the rows j -----------------------===//
//
// With few rows i, the rows j are shared out among blocks or threads. Each leaves
// its states in memory, and a second function merges those of a row in the order
// of the parts. In memory, [part] is followed by one array over the rows i for
// every number of a component, those with larger elements first, states of one
// type beside each other:
//
//   part 0: value[component 0][rows] .. value[component W-1][rows]
//           index[component 0][rows] ..
//   part 1: ..
//
// A number that the components share has one array, and one that only folds read
// has none.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/Partials.h"
#include "compiler/targets/emit/StateComponents.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc {

PartialLayout::PartialLayout(ArrayRef<ktile::SweepOp> chain) {
  if (chain.empty())
    return;
  ktile::SweepOp last = chain.back();
  for (Type result : last.getResultTypes()) {
    auto type = cast<ktile::StateType>(result);
    bool alone =
        !type.getInterface().getSharedElements(type.getElements()).empty();
    auto family = llvm::find_if(families, [&](const Family &other) {
      return !alone && other.type.getReduction() == type.getReduction() &&
             other.type.getElements() == type.getElements();
    });
    if (family == families.end()) {
      families.push_back({type, 0, alone});
      family = std::prev(families.end());
    }
    places.push_back({unsigned(family - families.begin()), family->width});
    family->width += type.getWidth();
  }
  for (int64_t size : {8, 4, 2, 1})
    for (unsigned family = 0; family < families.size(); ++family)
      for (bool shared : {true, false})
        addWords(family, shared, size);
  bytes = int64_t(llvm::alignTo(uint64_t(bytes), 8));
}

/// Those whose elements have `size` bytes.
void PartialLayout::addWords(unsigned family, bool shared, int64_t size) {
  ktile::StateType type = families[family].type;
  auto reduction = type.getInterface();
  SmallVector<Type> parts = shared
                                ? reduction.getSharedElements(type.getElements())
                                : reduction.getStateElements(type.getElements());
  for (auto [part, element] : llvm::enumerate(parts)) {
    if (bytesOf(element) != size ||
        reduction.isOfFolds(type.getElements(), unsigned(part), shared))
      continue;
    words.push_back({family, unsigned(part), shared, element, bytes});
    bytes += (shared ? 1 : families[family].width) * size;
  }
}

SmallVector<ktile::SweepOp> findChain(ktile::GridOp grid) {
  SmallVector<ktile::SweepOp> chain;
  for (auto sweep : grid.getBody().getOps<ktile::SweepOp>())
    if (!sweep.getFirst())
      chain.push_back(sweep);
  for (auto [k, sweep] : llvm::enumerate(chain)) {
    if (k == 0) {
      for (Value init : sweep.getInits())
        if (!isa_and_nonnull<ktile::InitOp, ktile::BoundOp>(
                init.getDefiningOp()))
          return {};
      continue;
    }
    ktile::SweepOp before = chain[k - 1];
    if (ValueRange(before.getResults()) != ValueRange(sweep.getInits()))
      return {};
    for (Operation *user : before->getUsers())
      if (user != sweep)
        return {};
  }
  return chain;
}

/// The `ktile.init` or `ktile.bound` that a state of the chain began as.
OpOperand &TileEmitter::rootInit(unsigned state) {
  return chain.front().getInitsMutable()[state];
}

/// How many rows there are, which all places depend on.
void TileEmitter::preparePartials() {
  if (chain.empty())
    return;
  axisRows = partialRows();
  allRows = axisRows;
  for (unsigned k = 0; k < grid.getBatch().size(); ++k)
    allRows = times(allRows, memory.axisSize(grid.getAxes()[k]));
}

/// The places of one component of a family in a part, from some rows on; those of
/// the shared parts if `component` is null.
void TileEmitter::forEachPartial(
    unsigned family, Value part, Value component, ArrayRef<Value> firstRows,
    function_ref<void(Type element, unsigned word, size_t r, Value address)>
        body) {
  for (const PartialLayout::Word &word : partials.getWords()) {
    if (word.family != family || word.shared == bool(component))
      continue;
    Value array = partialArray(word, part, component);
    for (auto [r, row] : llvm::enumerate(firstRows))
      body(word.element, word.part, r,
           memory.address(array, row, word.element));
  }
}

/// The rows at hand.
SmallVector<Value> TileEmitter::rowsOfPartials() {
  SmallVector<Value> all;
  for (int64_t r = 0; r < rows; ++r)
    all.push_back(partialRow(r));
  return all;
}

/// The array over the rows of one number, at the point of the batch.
Value TileEmitter::partialArray(const PartialLayout::Word &word, Value part,
                                Value component) {
  Type byte = builder.getI8Type();
  Value partRows = times(part, allRows);
  Value base = memory.address(parts.memory,
                              times(partRows, partials.bytesOfRow()), byte);
  Value array = memory.address(base, times(allRows, word.offset), byte);
  Value first = times(batchNumber, axisRows);
  if (component)
    first = add(times(component, allRows), first);
  return memory.address(array, first, word.element);
}

/// Leaves one component, or the shared parts, in a part.
void TileEmitter::savePartial(unsigned family, Value part, Value component,
                             ArrayRef<RowState> states) {
  forEachPartial(family, part, component, rowsOfPartials(),
                 [&](Type, unsigned word, size_t r, Value address) {
                   storePartial(states[r][word], int64_t(r), address);
                 });
}

void TileEmitter::savePartials(ktile::SweepOp last) {
  for (auto [s, result] : llvm::enumerate(last.getResults())) {
    auto [family, first] = partials.placeOf(unsigned(s));
    StateValue &state = stateOf(result);
    if (!state.shared.empty())
      savePartial(family, parts.number, Value(), state.shared);
    forEachComponent(state, [&, family = family, first = first](
                                Value e, MutableArrayRef<RowState> states) {
      Value component = add(e, number(first));
      SmallVector<RowState> sums(states);
      if (isHalved())
        continueStates(family, component, sums);
      savePartial(family, parts.number, component, sums);
    });
  }
}

SmallVector<RowState> TileEmitter::partialOf(unsigned family, Value part,
                                            Value component) {
  ktile::StateType type = partials.getFamilies()[family].type;
  auto reduction = type.getInterface();
  SmallVector<RowState> states(
      rows, RowState(component
                         ? reduction.init(lane, type.getElements())
                         : reduction.initShared(lane, type.getElements())));
  forEachPartial(family, part, component, rowsOfPartials(),
                 [&](Type element, unsigned word, size_t r, Value address) {
                   states[r][word] = loadPartial(element, int64_t(r), address);
                 });
  return states;
}

/// Merges one component over all parts, in registers, into part 0.
void TileEmitter::mergeComponent(unsigned family, Value component) {
  auto reduction = partials.getFamilies()[family].type.getInterface();
  SmallVector<RowState> states = partialOf(family, number(0), component);
  auto forEachWord = [&](function_ref<void(Value &)> body) {
    for (RowState &row : states)
      for (Value &word : row)
        body(word);
  };
  SmallVector<Value> starts;
  forEachWord([&](Value &word) { starts.push_back(word); });
  auto loop = scf::ForOp::create(builder, loc, number(1), parts.count,
                                 number(1), starts);
  auto take = [&](ValueRange values) {
    auto next = values.begin();
    forEachWord([&](Value &word) { word = *next++; });
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    take(loop.getRegionIterArgs());
    SmallVector<RowState> from =
        partialOf(family, loop.getInductionVar(), component);
    for (auto [into, other] : llvm::zip(states, from))
      reduction.merge(lane, into, other);
    SmallVector<Value> merged;
    forEachWord([&](Value &word) { merged.push_back(word); });
    scf::YieldOp::create(builder, loc, merged);
  }
  take(loop.getResults());
  savePartial(family, number(0), component, states);
}

/// Components that share something are merged at once, part after part.
void TileEmitter::mergeShared(unsigned family, StateValue &state) {
  StateComponents components(*this, state, /*fold=*/{});
  SmallVector<Value *> carried;
  for (RowState &row : state.shared)
    for (Value &word : row)
      carried.push_back(&word);
  components.loop(number(0), parts.count, carried, [&](Value part) {
    state.type.getInterface().mergeShared(
        lane, state.shared, partialOf(family, part, Value()), components,
        [&](Value component) { return partialOf(family, part, component); });
  });
}

/// A program with many states has no more code for it than one with few: a loop
/// merges the components of a family in part 0, which the states are taken from.
void TileEmitter::mergePartials(ktile::SweepOp last) {
  for (auto [number, family] : llvm::enumerate(partials.getFamilies()))
    if (!family.alone)
      forLoop(this->number(0), this->number(family.width), 1,
              [&, f = unsigned(number)](Value e) { mergeComponent(f, e); });
  for (auto [s, result] : llvm::enumerate(last.getResults())) {
    auto [family, first] = partials.placeOf(unsigned(s));
    StateValue state = initState(cast<ktile::StateType>(result.getType()),
                                 bufferOf(rootInit(unsigned(s))));
    if (partials.getFamilies()[family].alone)
      mergeShared(family, state);
    else
      forEachComponent(state, [&, family = family, first = first](
                                  Value e, MutableArrayRef<RowState> states) {
        llvm::copy(partialOf(family, number(0), add(e, number(first))),
                   states.begin());
      });
    setState(result, state);
  }
}

bool TileEmitter::mergeNeeds(Operation *op) {
  Block &body = grid.getBody().front();
  if (neededByMerge.empty()) {
    SmallVector<Operation *> left(body.getOps<ktile::PutOp>());
    while (!left.empty()) {
      Operation *next = left.pop_back_val();
      if (!neededByMerge.insert(next).second || isa<ktile::SweepOp>(next))
        continue;
      next->walk([&](Operation *inside) {
        for (Value operand : inside->getOperands())
          if (Operation *source = operand.getDefiningOp())
            if (Operation *own = body.findAncestorOpInBlock(*source))
              left.push_back(own);
      });
    }
    neededByMerge.insert(chain.back());
  }
  Operation *own = body.findAncestorOpInBlock(*op);
  return own && neededByMerge.contains(own);
}

void TileEmitter::limitToPart(Value &from, Value &to) {
  if (chain.empty() || isHalved())
    return;
  from = max(from, parts.begin);
  to = min(to, parts.end);
}

/// Of a chain, one function does all sweeps and, with one part, what follows;
/// another begins behind the last sweep.
void TileEmitter::emitSweep(ktile::SweepOp op) {
  if (parts.merge) {
    if (op == chain.back())
      mergePartials(op);
    return;
  }
  emitWholeSweep(op);
  if (chain.empty() || op != chain.back())
    return;
  if (isHalved())
    return savePartials(op);
  Value isWhole = isEqual(parts.count, number(1));
  auto branch = scf::IfOp::create(builder, loc, isWhole, /*withElse=*/true);
  builder.setInsertionPointToStart(branch.elseBlock());
  savePartials(op);
  // What follows in the tile is emitted here.
  builder.setInsertionPointToStart(branch.thenBlock());
}

} // namespace kdslc

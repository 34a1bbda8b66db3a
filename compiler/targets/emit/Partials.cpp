//===- Partials.cpp - states of parts of the rows j -----------------------===//
//
// With few rows i, the rows j are shared out among blocks or threads. Each leaves
// its states in memory, and a second function merges those of a row in the order
// of the parts. In memory, [part] is followed by one array over the rows i for
// every number of the state, those with larger elements first:
//
//   part 0: value[component 0][rows] .. value[component W-1][rows]
//           index[component 0][rows] ..
//   part 1: ..
//
// A number that the components share has one array.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/emit/StateComponents.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using kdsl::RowState;

namespace kdslc {

namespace {
/// One part of one state of the chain: an element for each component, or one
/// that they share.
struct Word {
  unsigned state, part;
  bool shared;
  Type element;
  int64_t width;
  int64_t offset; ///< bytes of a row in front of it
};
} // namespace

static SmallVector<Word> wordsOf(ArrayRef<ktile::SweepOp> chain) {
  SmallVector<Word> words;
  ktile::SweepOp last = chain.back();
  int64_t offset = 0;
  for (int64_t size : {8, 4, 2, 1})
    for (auto [s, result] : llvm::enumerate(last.getResults())) {
      auto type = cast<ktile::StateType>(result.getType());
      auto reduction = type.getInterface();
      for (bool shared : {true, false}) {
        int64_t width = shared ? 1 : type.getWidth();
        SmallVector<Type> parts =
            shared ? reduction.getSharedElements(type.getElements())
                   : reduction.getStateElements(type.getElements());
        for (auto [part, element] : llvm::enumerate(parts)) {
          if (bytesOf(element) != size)
            continue;
          words.push_back({unsigned(s), unsigned(part), shared, element, width,
                           offset});
          offset += width * size;
        }
      }
    }
  return words;
}

int64_t stateBytes(ArrayRef<ktile::SweepOp> chain) {
  if (chain.empty())
    return 0;
  Word last = wordsOf(chain).back();
  return int64_t(llvm::alignTo(
      uint64_t(last.offset + last.width * bytesOf(last.element)), 8));
}

SmallVector<ktile::SweepOp> findChain(ktile::GridOp grid) {
  SmallVector<ktile::SweepOp> chain(grid.getBody().getOps<ktile::SweepOp>());
  for (auto [k, sweep] : llvm::enumerate(chain)) {
    if (k == 0) {
      for (Value init : sweep.getInits())
        if (!init.getDefiningOp<ktile::InitOp>())
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

/// The `ktile.init` that a state of the chain began as.
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

/// The places of one component of a state in a part, for each row at hand; those
/// of the shared parts if `component` is null.
void TileEmitter::forEachPartial(
    unsigned state, Value part, Value component,
    function_ref<void(Type element, unsigned word, int64_t r, Value address)>
        body) {
  Value partRows = times(part, allRows);
  Type byte = builder.getI8Type();
  Value base = memory.address(parts.memory,
                              times(partRows, stateBytes(chain)), byte);
  for (const Word &word : wordsOf(chain)) {
    if (word.state != state || word.shared == bool(component))
      continue;
    Value array = memory.address(base, times(allRows, word.offset), byte);
    Value first = times(batchNumber, axisRows);
    if (component)
      first = add(times(component, allRows), first);
    for (int64_t r = 0; r < rows; ++r) {
      Value place = add(first, partialRow(r));
      body(word.element, word.part, r,
           memory.address(array, place, word.element));
    }
  }
}

/// Leaves one component, or the shared parts, in this block's part.
void TileEmitter::savePartial(unsigned state, Value component,
                             ArrayRef<RowState> states) {
  forEachPartial(state, parts.number, component,
                 [&](Type, unsigned word, int64_t r, Value address) {
                   storePartial(states[r][word], r, address);
                 });
}

void TileEmitter::savePartials(ktile::SweepOp last) {
  for (auto [s, result] : llvm::enumerate(last.getResults())) {
    StateValue &state = stateOf(result);
    if (!state.shared.empty())
      savePartial(unsigned(s), Value(), state.shared);
    forEachComponent(
        state, [&, s = s](Value e, MutableArrayRef<RowState> states) {
          savePartial(unsigned(s), e, states);
        });
  }
}

SmallVector<RowState> TileEmitter::loadPartial(unsigned state, Value part,
                                              Value component) {
  SmallVector<RowState> states(rows);
  forEachPartial(state, part, component,
                 [&](Type element, unsigned word, int64_t r, Value address) {
                   states[r].resize(std::max<size_t>(states[r].size(),
                                                     word + 1));
                   states[r][word] = memory.load(lane.lane(element), address,
                                                 laneAlignment(element));
                 });
  return states;
}

/// Merges one component of a state over all parts, in a loop of its own, so that
/// the numbers of one component are at hand at once and not those of all.
void TileEmitter::mergeComponent(unsigned state,
                                kdsl::ReductionAttrInterface reduction,
                                Value component,
                                MutableArrayRef<RowState> states) {
  auto forEachWord = [](MutableArrayRef<RowState> rowStates,
                        function_ref<void(Value &)> body) {
    for (RowState &row : rowStates)
      for (Value &word : row)
        body(word);
  };
  SmallVector<Value> starts;
  forEachWord(states, [&](Value &word) { starts.push_back(word); });
  auto loop = scf::ForOp::create(builder, loc, number(0), parts.count,
                                 number(1), starts);
  auto take = [&](ValueRange values) {
    auto next = values.begin();
    forEachWord(states, [&](Value &word) { word = *next++; });
  };
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  take(loop.getRegionIterArgs());
  SmallVector<RowState> from =
      loadPartial(state, loop.getInductionVar(), component);
  for (auto [into, other] : llvm::zip(states, from))
    reduction.merge(lane, into, other);
  SmallVector<Value> merged;
  forEachWord(states, [&](Value &word) { merged.push_back(word); });
  scf::YieldOp::create(builder, loc, merged);
  take(loop.getResults());
}

/// Components that share something are merged at once, part after part.
void TileEmitter::mergeShared(unsigned number, StateValue &state) {
  StateComponents components(*this, state, /*fold=*/{});
  SmallVector<Value *> carried;
  for (RowState &row : state.shared)
    for (Value &word : row)
      carried.push_back(&word);
  components.loop(this->number(0), parts.count, carried, [&](Value part) {
    state.type.getInterface().mergeShared(
        lane, state.shared, loadPartial(number, part, Value()), components,
        [&](Value component) { return loadPartial(number, part, component); });
  });
}

void TileEmitter::mergePartials(ktile::SweepOp last) {
  for (auto [s, result] : llvm::enumerate(last.getResults())) {
    auto type = cast<ktile::StateType>(result.getType());
    StateValue state = initState(type, bufferOf(rootInit(unsigned(s))));
    if (!state.shared.empty())
      mergeShared(unsigned(s), state);
    else
      forEachComponent(state,
                       [&, s = s](Value e, MutableArrayRef<RowState> states) {
                         mergeComponent(unsigned(s), type.getInterface(), e,
                                        states);
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
  if (chain.empty())
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
  Value isWhole = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::eq, parts.count, number(1));
  auto branch = scf::IfOp::create(builder, loc, isWhole, /*withElse=*/true);
  builder.setInsertionPointToStart(branch.elseBlock());
  savePartials(op);
  // What follows in the tile is emitted here.
  builder.setInsertionPointToStart(branch.thenBlock());
}

} // namespace kdslc

//===- Turns.cpp - how pairs are turned for cotangents --------------------===//

#include "compiler/plan/derive/Turns.h"

using namespace mlir;

namespace kdslc {

using Place = PairBuilder::Place;

bool isWithinRanges(const PairView &view) {
  auto reduce = dyn_cast<kdsl::ReduceOp>(view.op);
  return reduce && reduce.getRanges();
}

/// A turn that keeps what the leaf needs, and more.
static Turn *joined(const PairView &view, const Leaf &leaf,
                    MutableArrayRef<Pass> passes) {
  int64_t last = view.axes.size() - 1;
  size_t rest = view.axes.size() - leaf.at.size();
  if (rest < 2 && !leaf.at.empty())
    return nullptr;
  for (Pass &pass : passes)
    for (Turn &turn : pass.turns)
      if (pass.isReduce && llvm::none_of(leaf.at, [&](int64_t index) {
            return turn.places[index] == last;
          }))
        return &turn;
  return nullptr;
}

/// The turn that keeps the leaf's indices in its order; of more indices than
/// one to sum over, the last is reduced first.
static Turn *ownTurn(const PairView &view, const Leaf &leaf,
                     SmallVectorImpl<Pass> &passes) {
  int64_t indices = view.axes.size();
  Place order = leaf.at, rest;
  for (int64_t index = 0; index < indices; ++index)
    if (!llvm::is_contained(leaf.at, index))
      rest.push_back(index);
  if (rest.size() > 1) {
    order = llvm::to_vector(llvm::seq<int64_t>(0, indices));
    llvm::erase(order, rest.back());
  }
  if (!rest.empty())
    order.push_back(rest.back());

  // Of a set of pairs, the row that it keeps stands behind the others.
  bool isTurned = false;
  if (isWithinRanges(view) && !rest.empty()) {
    isTurned = order.back() != indices - 1;
    int64_t kept = isTurned ? indices - 1 : indices - 2;
    llvm::erase(order, kept);
    order.insert(std::prev(order.end()), kept);
  }

  Pass own{!rest.empty(), isTurned, {}, {}, {}};
  Turn turn;
  turn.places.resize(indices);
  for (auto [place, index] : llvm::enumerate(order)) {
    own.axes.push_back(view.axes[index]);
    own.names.push_back(view.names[index]);
    turn.places[index] = place;
  }
  auto *pass = llvm::find_if(passes, [&](const Pass &other) {
    return other.isReduce == own.isReduce && other.isTurned == own.isTurned &&
           other.axes == own.axes;
  });
  if (pass == passes.end())
    pass = &passes.emplace_back(std::move(own));
  auto *same = llvm::find_if(pass->turns, [&](const Turn &other) {
    return other.places == turn.places;
  });
  return same == pass->turns.end() ? &pass->turns.emplace_back(std::move(turn))
                                   : same;
}

SmallVector<Pass, 2> planPasses(const PairView &view, ArrayRef<Leaf> leaves) {
  // Those that say how the pairs must be turned come first; a parameter joins
  // any pass that there is.
  SmallVector<const Leaf *> inOrder;
  for (size_t left = view.axes.size() + 1; left-- > 0;)
    for (const Leaf &leaf : leaves)
      if (leaf.at.size() == left)
        inOrder.push_back(&leaf);
  SmallVector<Pass, 2> passes;
  for (const Leaf *leaf : inOrder) {
    Turn *turn = joined(view, *leaf, passes);
    if (!turn)
      turn = ownTurn(view, *leaf, passes);
    turn->leaves.push_back(*leaf);
  }
  return passes;
}

} // namespace kdslc

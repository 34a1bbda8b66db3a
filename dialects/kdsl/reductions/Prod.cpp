//===- Prod.cpp - the product ---------------------------------------------===//
//
// One part, multiplied as the rows come: a product of n factors errs by n u of
// itself in any order, so nothing is won by blocks. Of integers it wraps.
//
//===----------------------------------------------------------------------===//

#include "dialects/kdsl/Kdsl.h"

using namespace mlir;

namespace kdsl {

static Value multiply(Lanes &lanes, Value a, Value b) {
  return isa<FloatType>(laneElement(a)) ? lanes.mul(a, b) : lanes.mulInt(a, b);
}

std::optional<std::string> ProdAttr::checkValues(TypeRange elements) const {
  Type type = elements.front();
  if (isa<FloatType>(type) || type.isInteger(32) || type.isInteger(64))
    return std::nullopt;
  return "a float, i32 or i64";
}

SmallVector<Type> ProdAttr::getStateElements(TypeRange elements) const {
  return {elements.front()};
}

SmallVector<Value> ProdAttr::init(Lanes &lanes, TypeRange elements) const {
  if (isa<FloatType>(elements.front()))
    return {lanes.constant(elements.front(), 1.0)};
  return {lanes.integer(elements.front(), 1)};
}

void ProdAttr::foldGroup(Lanes &lanes, MutableArrayRef<RowState> states,
                         ArrayRef<RowGroup> groups) const {
  for (unsigned g = 0; g < groups.front().size(); ++g)
    for (auto [state, group] : llvm::zip(states, groups)) {
      const PairValues &pair = group[g];
      Value product = multiply(lanes, state[0], pair.values[0]);
      state[0] =
          pair.mask ? lanes.select(pair.mask, product, state[0]) : product;
    }
}

void ProdAttr::merge(Lanes &lanes, MutableArrayRef<Value> into,
                     ArrayRef<Value> from) const {
  into[0] = multiply(lanes, into[0], from[0]);
}

Value ProdAttr::finish(Lanes &, ArrayRef<Value> state, StringRef) const {
  return state[0];
}

} // namespace kdsl

//===- Contributions.cpp - what a pair gives to a reduction's change ------===//

#include "compiler/reference/ForwardMode.h"
#include <limits>

namespace kdslc::reference {

static const Expr *both(const Expr *a, const Expr *b, ExprMaker &make) {
  return a && b ? make.apply(Function::And, {a, b}, b->type) : (a ? a : b);
}

/// exp(t - total) times a change; a logit of -inf weighs nothing, and what it
/// is made of is not looked at.
static Contribution softly(const Expr &reduce, const Expr *t, const Expr *total,
                           const Expr *change, ExprMaker &make) {
  if (!change)
    return {};
  const Expr *weighs =
      make.compare(Function::Ne, t, -std::numeric_limits<double>::infinity());
  const Expr *term =
      make.mul(make.unary(Function::Exp, make.sub(t, total)), change);
  if (weighs->type.isScalar())
    return {term, both(reduce.where, weighs, make)};
  return {term, reduce.where, weighs};
}

/// Whether a pair is the one that an order chooses: of a list for each place,
/// of features that are ordered apart for each feature.
static const Expr *isChosen(const Expr &reduce, Reduction search,
                            const ValueType &places, ExprMaker &make) {
  const Expr *key = reduce.args[0];
  if (reduce.subscripts.size() == 1)
    return make.compare(
        Function::Eq, make.rowNumber(reduce.subscripts.back()),
        make.reduceLike(reduce, search, {key}, places));
  // Of several indices each one by itself, counted from 1: no pair has 0.
  ValueType number = places;
  if (!reduce.count)
    number.shape.clear();
  std::vector<const Expr *> features;
  for (int64_t k = 0; k < key->type.count(); ++k) {
    const Expr *all = nullptr;
    for (IndexId index : reduce.subscripts) {
      const Expr *own = make.add(make.rowNumber(index),
                                 make.number({Elem::I64, {}}, 1));
      const Expr *found = make.reduceLike(
          reduce, search, {make.element(key, k), own}, number);
      all = both(all, make.compare(Function::Eq, own, found), make);
    }
    features.push_back(all);
  }
  ValueType bools = places;
  bools.elem = Elem::Bool;
  return features.size() == 1 ? features[0]
                              : make.concat(std::move(features), bools);
}

/// The change of the chosen row: of those that the index result names.
static Contribution chosen(const Expr &reduce, Reduction search,
                           const Expr *change, ExprMaker &make) {
  if (!change)
    return {};
  // One row; of a list, and of features that are ordered apart, several.
  ValueType places = reduce.args[0]->type;
  if (reduce.count)
    places.shape = {reduce.count};
  places.elem = Elem::I64;
  const Expr *isRow = isChosen(reduce, search, places, make);
  if (places.isScalar())
    return {change, both(reduce.where, isRow, make)};
  if (reduce.type.shape == places.shape)
    return {change->type.isScalar()
                ? make.add(make.number(reduce.type, 0), change)
                : change,
            reduce.where, isRow};
  std::vector<const Expr *> spread, terms; // a list of vectors
  for (int64_t k = 0; k < reduce.count; ++k)
    for (int64_t f = 0; f < change->type.count(); ++f) {
      spread.push_back(make.element(isRow, k));
      terms.push_back(make.element(change, f));
    }
  ValueType bools = reduce.type;
  bools.elem = Elem::Bool;
  return {make.concat(std::move(terms), reduce.type), reduce.where,
          make.concat(std::move(spread), bools)};
}

/// The product of the other rows.
static Contribution ofProduct(const Expr &reduce, const Expr *change,
                              ExprMaker &make, AxisId axis) {
  IndexId j = reduce.subscripts.back(), k = make.freshIndex(axis);
  Expr others = reduce;
  others.subscripts.back() = k;
  if (reduce.ranges)
    others.ranges = make.rename(reduce.ranges, j, k);
  const Expr *isOther =
      make.compare(Function::Ne, make.rowNumber(j), make.rowNumber(k));
  others.where = both(reduce.where ? make.rename(reduce.where, j, k) : nullptr,
                      isOther, make);
  const Expr *rest =
      make.reduceLike(others, Reduction::Prod,
                      {make.rename(reduce.args[0], j, k)}, reduce.type);
  return {make.mul(change, rest), reduce.where};
}

Contribution contributionOf(const Expr &reduce,
                            llvm::ArrayRef<const Expr *> changes,
                            ExprMaker &make) {
  const Expr *t = reduce.args[0], *change = changes[0];
  switch (reduce.reduction) {
  case Reduction::Sum:
    return {change, reduce.where};
  case Reduction::Mean: {
    const Expr *count =
        make.reduceLike(reduce, Reduction::Count,
                        {make.number({Elem::Bool, {}}, 1)}, {Elem::I64, {}});
    Expr real;
    real.kind = ExprKind::Convert;
    real.args = {count};
    real.type.elem = reduce.type.elem;
    return {make.div(change, make.make(std::move(real))), reduce.where};
  }
  case Reduction::Prod:
    if (!change)
      return {};
    return ofProduct(reduce, change, make,
                     make.axisOf(reduce.subscripts.back()));
  case Reduction::Min:
    return chosen(reduce, Reduction::ArgMin, change, make);
  case Reduction::Max:
    return chosen(reduce, Reduction::ArgMax, change, make);
  case Reduction::KMin:
    return chosen(reduce, Reduction::ArgKMin, change, make);
  case Reduction::KMax:
    return chosen(reduce, Reduction::ArgKMax, change, make);
  case Reduction::ArgMin:
  case Reduction::ArgMax:
  case Reduction::ArgKMin:
  case Reduction::ArgKMax:
    if (reduce.args.size() < 2)
      return {};
    return chosen(reduce, reduce.reduction, changes[1], make);
  case Reduction::LogSumExp: {
    if (reduce.args.size() == 1)
      return softly(reduce, t, &reduce, change, make);
    const Expr *moved = make.add(make.mul(reduce.args[1], change), changes[1]);
    return softly(reduce, t, &reduce, moved, make);
  }
  case Reduction::SoftmaxSum: {
    const Expr *total =
        make.reduceLike(reduce, Reduction::LogSumExp, {t}, t->type);
    const Expr *apart = make.sub(reduce.args[1], &reduce);
    const Expr *moved = make.add(make.mul(apart, change), changes[1]);
    return softly(reduce, t, total, moved, make);
  }
  case Reduction::Any:
  case Reduction::All:
  case Reduction::Count:
    return {};
  }
  llvm_unreachable("unknown reduction");
}

} // namespace kdslc::reference

//===- CentredRows.cpp - rows of a pair around their middle ---------------===//

#include "compiler/plan/CentredRows.h"
#include "compiler/plan/derive/Calculator.h"
#include <limits>

using namespace mlir;

namespace kdslc {

bool asksForExpandedForm(kdsl::ProgramOp program) {
  auto blocks = program->getAttrOfType<ArrayAttr>("kdsl.wishes");
  return blocks && llvm::any_of(blocks, [](Attribute block) {
           auto form = cast<DictionaryAttr>(block).getAs<StringAttr>("form");
           return form && form.getValue() == "expanded";
         });
}

CentredRows::CentredRows(kdsl::ReduceOp reduce, Value a, Value b)
    : reduce(reduce), last(int64_t(reduce.getKeep().size())) {
  Term x = termOf(reduce, a), y = termOf(reduce, b);
  turned = x.indices.count(last);
  if (turned)
    std::swap(x, y);
  isOfPair = !x.indices.count(last) && y.indices.count(last);
  for (int64_t index : y.indices)
    if (index != last)
      batch.push_back(index);
  places[Reduced] = batch;
  places[Reduced].push_back(last);
  std::set<int64_t> ofX = x.indices;
  ofX.insert(batch.begin(), batch.end());
  places[Kept].assign(ofX.begin(), ofX.end());
  vectors[Kept] = std::move(x);
  vectors[Reduced] = std::move(y);
}

CentredRows::Owner CentredRows::ownerOf(const Term &term) const {
  auto isWithin = [&](const Place &place) {
    return llvm::all_of(term.indices, [&](int64_t index) {
      return llvm::is_contained(place, index);
    });
  };
  if (term.countsRows) // from where the caller says, which a sweep knows
    return OfPair;
  if (isWithin(batch))
    return OfNone;
  if (isWithin(places[Kept]))
    return OfKept;
  return isWithin(places[Reduced]) ? OfReduced : OfPair;
}

Value CentredRows::read(Value rows, Side side, const Place &place,
                        PairBuilder &pair) {
  return pair.read(rows, positions(places[side], place));
}

/// The mean of the rows j; the origin for features where it is not finite, so
/// that one row of inf spoils its own pairs only.
Value CentredRows::centre(const Place &place, PairBuilder &pair) {
  if (!sum) {
    PairBuilder sums = over(places[Reduced]);
    Value row = copy(vectors[Reduced], places[Reduced], sums);
    OpBuilder before(reduce);
    sum = sums.sums(before, row, {}).getResult(0);
  }
  Calculator c(pair.builder, pair.loc);
  Value total = pair.read(sum, positions(batch, place));
  auto type = cast<VectorType>(total.getType());
  Value size =
      kdsl::SizeOp::create(pair.builder, pair.loc, pair.builder.getIndexType(),
                           cast<StringAttr>(reduce.getOver()[0]));
  Value rows = arith::SIToFPOp::create(
      pair.builder, pair.loc, type.getElementType(),
      arith::IndexCastOp::create(pair.builder, pair.loc,
                                 pair.builder.getI64Type(), size));
  Value mean = c.div(total, c.spread(rows, type));
  Value isFinite =
      c.compare(arith::CmpFPredicate::OLT, c.call<math::AbsFOp>(mean),
                std::numeric_limits<double>::infinity());
  return c.select(isFinite, mean, Value());
}

Value CentredRows::centred(Side side, const Place &place, PairBuilder &pair) {
  Calculator c(pair.builder, pair.loc);
  return c.sub(copy(vectors[side], place, pair), centre(place, pair));
}

} // namespace kdslc

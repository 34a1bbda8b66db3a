//===- Lists.cpp - where the values of merged lists came from -------------===//

#include "dialects/kdsl/Lists.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kdsl {

bool mergesLists(Attribute fold) {
  return isa<KMinListsAttr, KMaxListsAttr, ArgKMinListsAttr, ArgKMaxListsAttr>(
      fold);
}

/// For one row with the number `own`; `rows` are those of all places.
static Value placesInList(OpBuilder &builder, Location loc, Value own,
                          Value rows) {
  auto type = cast<VectorType>(rows.getType());
  int64_t count = type.getNumElements();
  Value isOwn = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::eq, rows,
      vector::BroadcastOp::create(builder, loc, type, own));
  // How many earlier places are the row's own: 1 where the place of the matrix'
  // row comes before that of its column.
  Type f32 = builder.getF32Type();
  auto reals = VectorType::get(count, f32);
  SmallVector<float> before;
  for (int64_t k = 0; k < count * count; ++k)
    before.push_back(k / count < k % count);
  Value earlier = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(VectorType::get({count, count}, f32),
                             ArrayRef(before)));
  Value places = MatMulOp::create(
      builder, loc, reals,
      arith::UIToFPOp::create(builder, loc, reals, isOwn), earlier);
  return arith::SelectOp::create(builder, loc, isOwn, places,
                                 constantOf(builder, loc, reals, -1));
}

Value placesInLists(OpResult found) {
  auto reduce = cast<ReduceOp>(found.getOwner());
  auto numbers = cast<RowsType>(found.getType());
  Location loc = reduce.getLoc();
  OpBuilder builder(reduce->getContext());
  builder.setInsertionPointAfter(reduce);
  unsigned kept = reduce.getKeep().size();
  SmallVector<Attribute> axes(reduce.getKeep().getValue()),
      names(reduce.getNames().getValue().take_front(kept + 1));
  axes.push_back(reduce.getOver()[0]);
  names.push_back(builder.getStringAttr("found"));
  SmallVector<StringAttr> kinds;
  for (Attribute axis : axes)
    kinds.push_back(cast<StringAttr>(axis));
  auto row = VectorType::get(featureCount(numbers.getRow()),
                             builder.getF32Type());
  auto map = MapOp::create(
      builder, loc, RowsType::get(builder.getContext(), kinds, row),
      ValueRange(found), builder.getArrayAttr(axes),
      builder.getArrayAttr(builder.getDenseI64ArrayAttr(
          llvm::to_vector(llvm::seq<int64_t>(0, kept)))),
      builder.getArrayAttr(names), ScheduleAttr());
  Block &block = map.getBody().emplaceBlock();
  for (unsigned k = 0; k <= kept; ++k)
    block.addArgument(builder.getIndexType(), loc);
  Value rows = block.addArgument(numbers.getRow(), loc);
  builder.setInsertionPointToStart(&block);
  Value own = RowNumberOp::create(builder, loc, numbers.getElement(),
                                  block.getArgument(kept));
  YieldOp::create(builder, loc, placesInList(builder, loc, own, rows),
                  ValueRange());
  return map.getResult(0);
}

/// A vector's features down the rows of a square matrix, or along its columns.
static Value spread(OpBuilder &builder, Location loc, Value vector,
                    unsigned dim) {
  auto type = cast<VectorType>(vector.getType());
  int64_t count = type.getNumElements();
  return PickOp::create(
      builder, loc, VectorType::get({count, count}, type.getElementType()),
      vector, AffineMap::get(2, 0, builder.getAffineDimExpr(dim)));
}

/// For each column of a matrix the sum of `values`, one for each row, where the
/// row's number, or the column's, is at a place that holds the value of the
/// other one.
static Value sumsOver(OpBuilder &builder, Location loc, Value places,
                      unsigned placesDim, Value values) {
  auto type = cast<VectorType>(values.getType());
  int64_t count = type.getNumElements();
  SmallVector<float> numbers;
  for (int64_t k = 0; k < count; ++k)
    numbers.push_back(k);
  Value number = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(cast<VectorType>(places.getType()),
                             ArrayRef(numbers)));
  Value holds = arith::CmpFOp::create(
      builder, loc, arith::CmpFPredicate::OEQ,
      spread(builder, loc, places, placesDim),
      spread(builder, loc, number, 1 - placesDim));
  Value all = spread(builder, loc, values, 0);
  Value held =
      arith::SelectOp::create(builder, loc, holds, all,
                              constantOf(builder, loc, all.getType(), 0));
  return MatMulOp::create(builder, loc, type,
                          constantOf(builder, loc, type, 1), held);
}

/// The sum of what each value of the list gives: also of what is no real, which
/// linear algebra does not take.
static Value sumOfValues(OpBuilder &builder, Location loc, Value places,
                         Value list) {
  auto type = cast<VectorType>(list.getType());
  Type element = type.getElementType();
  Value zero = constantOf(builder, loc, type, 0), sum;
  for (int64_t k = 0; k < type.getDimSize(0); ++k) {
    Value here = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OEQ, places,
        constantOf(builder, loc, places.getType(), k));
    AffineExpr at = builder.getAffineConstantExpr(k);
    SmallVector<AffineExpr> subscripts{at};
    if (type.getRank() == 2) {
      subscripts.push_back(builder.getAffineDimExpr(1));
      here = PickOp::create(builder, loc, type.clone(builder.getI1Type()), here,
                            AffineMap::get(2, 0, builder.getAffineDimExpr(0)));
    }
    Value value =
        PickOp::create(builder, loc, type, list,
                       AffineMap::get(type.getRank(), 0, subscripts,
                                      builder.getContext()));
    Value given = arith::SelectOp::create(builder, loc, here, value, zero);
    if (!sum)
      sum = given;
    else if (isa<FloatType>(element))
      sum = arith::AddFOp::create(builder, loc, sum, given);
    else if (element.isInteger(1))
      sum = arith::OrIOp::create(builder, loc, sum, given);
    else
      sum = arith::AddIOp::create(builder, loc, sum, given);
  }
  return sum;
}

Value givenByList(OpBuilder &builder, Location loc, Value places, Value list) {
  auto type = cast<VectorType>(list.getType());
  if (type.getRank() == 1 && isa<FloatType>(type.getElementType()))
    return sumsOver(builder, loc, places, 1, list);
  return sumOfValues(builder, loc, places, list);
}

Value returnedToList(OpBuilder &builder, Location loc, Value places,
                     Value atPlaces) {
  return sumsOver(builder, loc, places, 0, atPlaces);
}

} // namespace kdsl

//===- Features.cpp - derivatives of what joins and folds features --------===//

#include "compiler/plan/derive/Features.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using Kind = vector::CombiningKind;

namespace kdslc {

static VectorType vectorType(Value value) {
  return cast<VectorType>(value.getType());
}

/// The products of all features but each one.
static SmallVector<Value> otherFeatures(Value vector, Calculator &c) {
  int64_t n = kdsl::featureCount(vector.getType());
  SmallVector<Value> features, others(n);
  for (int64_t k = 0; k < n; ++k)
    features.push_back(c.feature(vector, k));
  Value before, after;
  for (int64_t k = 0; k < n; ++k) {
    others[k] = before;
    before = before ? c.mul(before, features[k]) : features[k];
  }
  for (int64_t k = n; k-- > 0;) {
    others[k] = others[k] && after ? c.mul(others[k], after)
                : after            ? after
                                   : others[k];
    after = after ? c.mul(after, features[k]) : features[k];
  }
  if (n == 1)
    others[0] = c.constant(features[0].getType(), 1);
  return others;
}

/// For each feature whether it is the extreme, the first of equals. By its
/// place, which is found in exactly one way on every target, and not by a
/// comparison with the extreme, which may have been rounded otherwise.
static Value isExtreme(vector::ReductionOp fold, Calculator &c) {
  bool largest = fold.getKind() == Kind::MAXIMUMF;
  Value place =
      kdsl::PlaceOp::create(c.builder, c.loc, c.builder.getI64Type(), largest,
                            fold.getVector());
  return c.isPlace(place, kdsl::featureCount(fold.getVector().getType()));
}

//===----------------------------------------------------------------------===//
// Lookups
//===----------------------------------------------------------------------===//

/// Which features of the table a label picks.
static Value isPicked(kdsl::LookupOp op, Calculator &c) {
  VectorType table = op.getTable().getType();
  Value rows = c.isPlace(op.getLabel(), table.getShape()[0]);
  if (table.getRank() == 1)
    return rows;
  return c.pick(rows, table.getShape(), c.builder.getAffineDimExpr(0));
}

/// What a label that is no place gives does not change.
static Value tangentOfLookup(kdsl::LookupOp op, Value tangent, Calculator &c) {
  using CmpI = arith::CmpIPredicate;
  Value label = op.getLabel();
  auto compare = [&](CmpI predicate, int64_t limit) -> Value {
    return arith::CmpIOp::create(c.builder, c.loc, predicate, label,
                                 c.constant(label.getType(), double(limit)));
  };
  Value isPlace =
      c.both(compare(CmpI::sge, 0),
             compare(CmpI::slt, op.getTable().getType().getShape()[0]));
  Value found = kdsl::LookupOp::create(c.builder, c.loc,
                                       op.getResult().getType(), tangent, label);
  return c.select(isPlace, found, Value());
}

static Value cotangentOfLookup(kdsl::LookupOp op, Value y, Calculator &c) {
  VectorType table = op.getTable().getType();
  Value spread = table.getRank() == 1
                     ? c.spread(y, table)
                     : c.pick(y, table.getShape(),
                              c.builder.getAffineDimExpr(1));
  return c.select(isPicked(op, c), spread, Value());
}

//===----------------------------------------------------------------------===//
// Picks
//===----------------------------------------------------------------------===//

namespace {
/// A subscript of a pick: a constant, or a place of the result and an offset.
struct Subscript {
  int64_t dim = -1; ///< -1: a constant
  int64_t offset = 0;

  explicit Subscript(AffineExpr expr) {
    if (auto number = dyn_cast<AffineConstantExpr>(expr)) {
      offset = number.getValue();
    } else if (auto place = dyn_cast<AffineDimExpr>(expr)) {
      dim = place.getPosition();
    } else {
      auto sum = cast<AffineBinaryOpExpr>(expr);
      dim = cast<AffineDimExpr>(sum.getLHS()).getPosition();
      offset = cast<AffineConstantExpr>(sum.getRHS()).getValue();
    }
  }
};
} // namespace

/// The sum over the places of the result that no subscript names: features that
/// were picked several times. What is left is a number, a vector, or all.
static Value sumOfRepeats(Value y, ArrayRef<Subscript> subscripts,
                          Calculator &c) {
  auto names = [&](int64_t dim) {
    return llvm::any_of(subscripts,
                        [=](const Subscript &s) { return s.dim == dim; });
  };
  VectorType type = vectorType(y);
  if (type.getRank() == 1 || (!names(0) && !names(1)))
    return names(0) ? y : c.total(y);
  if (names(0) && names(1))
    return y;
  int64_t kept = names(0) ? 0 : 1;
  Type element = type.getElementType();
  Value ones = c.constant(
      VectorType::get(type.getShape()[1 - kept], element), 1);
  Type sums = VectorType::get(type.getShape()[kept], element);
  return kept == 0 ? c.matmul(y, ones, sums) : c.matmul(ones, y, sums);
}

/// A matrix inside a larger one of zeros, from row `first` on.
static Value paddedRows(Value matrix, int64_t first, int64_t rows,
                        Calculator &c) {
  VectorType type = vectorType(matrix);
  int64_t columns = type.getShape()[1];
  if (type.getShape()[0] == rows)
    return matrix;
  Type element = type.getElementType();
  Value flat =
      c.shaped(matrix, VectorType::get(type.getNumElements(), element));
  return c.shaped(c.padded(flat, first * columns, rows * columns),
                  VectorType::get({rows, columns}, element));
}

static Value paddedMatrix(Value matrix, int64_t row, int64_t column,
                          ArrayRef<int64_t> shape, Calculator &c) {
  if (vectorType(matrix).getShape()[1] != shape[1])
    matrix = c.transpose(
        paddedRows(c.transpose(matrix), column, shape[1], c));
  return paddedRows(matrix, row, shape[0], c);
}

/// A vector as the diagonal of a matrix.
static Value diagonal(Value vector, Calculator &c) {
  int64_t n = kdsl::featureCount(vector.getType());
  SmallVector<bool> ones;
  for (int64_t k = 0; k < n * n; ++k)
    ones.push_back(k % (n + 1) == 0);
  auto type = VectorType::get({n, n}, c.builder.getI1Type());
  Value isDiagonal = arith::ConstantOp::create(
      c.builder, c.loc, DenseElementsAttr::get(type, ones));
  return c.select(isDiagonal,
                  c.pick(vector, {n, n}, c.builder.getAffineDimExpr(0)),
                  Value());
}

static Value cotangentOfPick(kdsl::PickOp op, Value y, Calculator &c) {
  SmallVector<Subscript> subscripts;
  for (AffineExpr expr : op.getMap().getResults())
    subscripts.emplace_back(expr);
  VectorType source = op.getSource().getType();
  ArrayRef<int64_t> shape = source.getShape();
  y = sumOfRepeats(y, subscripts, c);
  Subscript row = subscripts.front(), column = subscripts.back();
  if (shape.size() == 1)
    return c.padded(y, row.offset, shape[0]);
  if (row.dim >= 0 && column.dim >= 0) {
    if (row.dim == column.dim)
      y = diagonal(y, c);
    else if (row.dim > column.dim)
      y = c.transpose(y);
    return paddedMatrix(y, row.offset, column.offset, shape, c);
  }
  // A number or a vector: part of a row, or of a column, of the matrix.
  bool ofColumn = row.dim >= 0;
  int64_t line = ofColumn ? shape[0] : shape[1];
  int64_t at = ofColumn ? column.offset * line + row.offset
                        : row.offset * line + column.offset;
  Value flat = c.padded(y, at, source.getNumElements());
  Value matrix = c.shaped(
      flat, VectorType::get({source.getNumElements() / line, line},
                            source.getElementType()));
  return ofColumn ? c.transpose(matrix) : matrix;
}

//===----------------------------------------------------------------------===//
// Products of matrices
//===----------------------------------------------------------------------===//

static Value outer(Value a, Value b, Type type, Calculator &c) {
  ArrayRef<int64_t> shape = cast<VectorType>(type).getShape();
  return c.mul(c.pick(a, shape, c.builder.getAffineDimExpr(0)),
               c.pick(b, shape, c.builder.getAffineDimExpr(1)));
}

/// A @ B gives A the cotangent y @ B', and B the cotangent A' @ y.
static void throughProduct(kdsl::MatMulOp op, Value y,
                           function_ref<bool(unsigned)> wants,
                           SmallVectorImpl<Given> &given, Calculator &c) {
  Value a = op.getLhs(), b = op.getRhs();
  Type ofA = a.getType(), ofB = b.getType();
  bool matrixA = op.getLhs().getType().getRank() == 2;
  bool matrixB = op.getRhs().getType().getRank() == 2;
  if (wants(0))
    given.push_back({0, !matrixB   ? outer(y, b, ofA, c)
                        : !matrixA ? c.matmul(b, y, ofA)
                                   : c.matmul(y, c.transpose(b), ofA)});
  if (wants(1))
    given.push_back({1, !matrixA   ? outer(a, y, ofB, c)
                        : !matrixB ? c.matmul(y, a, ofB)
                                   : c.matmul(c.transpose(a), y, ofB)});
}

//===----------------------------------------------------------------------===//
// Both directions
//===----------------------------------------------------------------------===//

static Value tangentOfFold(vector::ReductionOp op, Value tangent,
                           Calculator &c) {
  Value sum;
  switch (op.getKind()) {
  case Kind::ADD:
    return c.total(tangent);
  case Kind::MUL:
    for (auto [k, others] : llvm::enumerate(otherFeatures(op.getVector(), c)))
      sum = c.add(sum, c.mul(c.feature(tangent, k), others));
    return sum;
  default:
    return c.total(c.select(isExtreme(op, c), tangent, Value()));
  }
}

std::optional<Value> tangentOfFeatures(Operation *op, ArrayRef<Value> tangents,
                                       Calculator &c) {
  Type type = op->getResult(0).getType();
  Value first = tangents.empty() ? Value() : tangents[0];
  using Result = std::optional<Value>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](vector::BroadcastOp) { return c.spread(first, type); })
      .Case<vector::ExtractOp, kdsl::PickOp, vector::ShapeCastOp>(
          [&](Operation *linear) {
            IRMapping mapping;
            mapping.map(linear->getOperand(0), first);
            return c.builder.clone(*linear, mapping)->getResult(0);
          })
      .Case([&](kdsl::ConcatOp concat) -> Value {
        SmallVector<Value> parts;
        for (auto [part, tangent] : llvm::zip(concat.getParts(), tangents))
          parts.push_back(c.orZero(tangent, part.getType()));
        return kdsl::ConcatOp::create(c.builder, c.loc, type, parts);
      })
      .Case([&](vector::ReductionOp fold) {
        return tangentOfFold(fold, first, c);
      })
      .Case([&](kdsl::SqDistOp distance) {
        Value apart = c.sub(distance.getLhs(), distance.getRhs());
        Value half = c.dot(apart, c.sub(first, tangents[1]));
        return c.add(half, half);
      })
      .Case([&](kdsl::DotOp product) {
        Value left = c.dot(first, product.getRhs());
        if (product.getLhs() == product.getRhs())
          return c.add(left, left);
        return c.add(left, c.dot(product.getLhs(), tangents[1]));
      })
      .Case([&](kdsl::MatMulOp product) {
        return c.add(c.matmul(first, product.getRhs(), type),
                     c.matmul(product.getLhs(), tangents[1], type));
      })
      .Case([&](kdsl::LookupOp lookup) {
        return tangentOfLookup(lookup, first, c);
      })
      .Default(std::nullopt);
}

static void throughFold(vector::ReductionOp fold, Value y,
                        SmallVectorImpl<Given> &given, Calculator &c) {
  Type type = fold.getVector().getType();
  if (fold.getKind() == Kind::MUL) {
    for (auto [k, others] :
         llvm::enumerate(otherFeatures(fold.getVector(), c)))
      given.push_back({0, c.mul(y, others), int64_t(k)});
    return;
  }
  Value all = c.spread(y, type);
  if (fold.getKind() != Kind::ADD)
    all = c.select(isExtreme(fold, c), all, Value());
  given.push_back({0, all});
}

/// Part k of a concatenation has the features from its offset on.
static void throughConcat(kdsl::ConcatOp concat, Value y,
                          function_ref<bool(unsigned)> wants,
                          SmallVectorImpl<Given> &given, Calculator &c) {
  int64_t begin = 0;
  for (auto [k, part] : llvm::enumerate(concat.getParts())) {
    int64_t count = kdsl::featureCount(part.getType());
    if (wants(k))
      given.push_back(
          {unsigned(k), isa<VectorType>(part.getType())
                            ? c.pick(y, count,
                                     c.builder.getAffineDimExpr(0) + begin)
                            : c.feature(y, begin)});
    begin += count;
  }
}

/// Differences from each side of their own: a body with i and j exchanged then
/// has the same ones.
static void throughDistance(kdsl::SqDistOp op, Value y,
                            function_ref<bool(unsigned)> wants,
                            SmallVectorImpl<Given> &given, Calculator &c) {
  Value a = op.getLhs(), b = op.getRhs(), twice = c.add(y, y);
  if (wants(0))
    given.push_back({0, c.mul(twice, c.sub(a, b))});
  if (wants(1))
    given.push_back({1, c.mul(twice, c.sub(b, a))});
}

static void throughDot(kdsl::DotOp op, Value y,
                       function_ref<bool(unsigned)> wants,
                       SmallVectorImpl<Given> &given, Calculator &c) {
  Value a = op.getLhs(), b = op.getRhs();
  if (a == b) {
    given.push_back({0, c.mul(c.add(y, y), a)});
    return;
  }
  if (wants(0))
    given.push_back({0, c.mul(y, b)});
  if (wants(1))
    given.push_back({1, c.mul(y, a)});
}

/// The place of an extracted feature in row-major order.
static int64_t placeOf(vector::ExtractOp extract) {
  int64_t place = 0;
  for (auto [position, size] : llvm::zip(extract.getStaticPosition(),
                                         extract.getSourceVectorType()
                                             .getShape()))
    place = place * size + position;
  return place;
}

std::optional<SmallVector<Given>>
cotangentsOfFeatures(Operation *op, Value y, function_ref<bool(unsigned)> wants,
                     Calculator &c) {
  SmallVector<Given> given;
  bool known =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case([&](vector::BroadcastOp) {
            given.push_back({0, c.total(y)});
            return true;
          })
          .Case([&](vector::ExtractOp extract) {
            if (!extract.getDynamicPosition().empty())
              return false;
            given.push_back({0, y, placeOf(extract)});
            return true;
          })
          .Case([&](kdsl::PickOp pick) {
            given.push_back({0, cotangentOfPick(pick, y, c)});
            return true;
          })
          .Case([&](vector::ShapeCastOp cast) {
            given.push_back({0, c.shaped(y, cast.getSource().getType())});
            return true;
          })
          .Case([&](kdsl::ConcatOp concat) {
            throughConcat(concat, y, wants, given, c);
            return true;
          })
          .Case([&](vector::ReductionOp fold) {
            throughFold(fold, y, given, c);
            return true;
          })
          .Case([&](kdsl::SqDistOp distance) {
            throughDistance(distance, y, wants, given, c);
            return true;
          })
          .Case([&](kdsl::DotOp product) {
            throughDot(product, y, wants, given, c);
            return true;
          })
          .Case([&](kdsl::MatMulOp product) {
            throughProduct(product, y, wants, given, c);
            return true;
          })
          .Case([&](kdsl::LookupOp lookup) {
            given.push_back({0, cotangentOfLookup(lookup, y, c)});
            return true;
          })
          .Default(false);
  return known ? std::optional(std::move(given)) : std::nullopt;
}

} // namespace kdslc

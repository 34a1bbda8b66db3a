//===- DistanceFilter.cpp - distances that cannot be small enough ---------===//

#include "compiler/targets/nvptx/DistanceFilter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace kdslc::nvptx {

static constexpr double u = 0x1p-24, tiny = 0x1p-110;
/// Of A and B.
static constexpr double mostOfNorm = 0x1p124;
/// Of a number of the center: one that is far off would let all pairs through.
static constexpr double mostOfCenter = 0x1p60;

static double shareOfNorm(int64_t features) {
  return 1 - double(3 * features + 8) * u;
}
/// To the next number of f32 above.
static double shareOfThreshold(int64_t features) {
  return 1 + std::ceil(double(features + 4) / 2) * 2 * u;
}

DistanceFilter::DistanceFilter(kdsl::Lanes &lane, ArrayRef<Value> center,
                               ArrayRef<Row> rows)
    : lane(lane), features(int64_t(center.size())) {
  for (Value one : center) {
    Value near = lane.compare(kdsl::Lanes::CmpF::OLE, lane.absolute(one),
                              number(mostOfCenter));
    this->center.push_back(lane.select(near, one, number(0)));
  }
  for (const Row &row : rows) {
    moved.push_back(fromCenter(row));
    Value norm = square(moved.back());
    norms.push_back(
        orNaN(norm, lane.mul(norm, number(shareOfNorm(features)))));
  }
}

Value DistanceFilter::number(double value) {
  return lane.constant(lane.builder.getF32Type(), value);
}

Value DistanceFilter::multiplyAdd(Value a, Value b, Value c) {
  return math::FmaOp::create(lane.builder, lane.loc, a, b, c);
}

DistanceFilter::Row DistanceFilter::fromCenter(ArrayRef<Value> row) {
  Row apart;
  for (auto [value, of] : llvm::zip(row, center))
    apart.push_back(lane.sub(value, of));
  return apart;
}

Value DistanceFilter::square(ArrayRef<Value> row) {
  Value sum = lane.mul(row.front(), row.front());
  for (Value value : row.drop_front())
    sum = multiplyAdd(value, value, sum);
  return sum;
}

/// A value made of a norm that is too large, or no number, is NaN.
Value DistanceFilter::orNaN(Value norm, Value value) {
  return lane.select(lane.compare(kdsl::Lanes::CmpF::OLE, norm,
                                  number(mostOfNorm)),
                     value, number(std::numeric_limits<double>::quiet_NaN()));
}

DistanceFilter::Row DistanceFilter::numbersOf(ArrayRef<Value> row) {
  Row apart = fromCenter(row), numbers;
  Value norm = square(apart);
  for (Value value : apart)
    numbers.push_back(lane.mul(value, number(-2)));
  numbers.push_back(orNaN(norm, multiplyAdd(norm, number(shareOfNorm(features)),
                                            number(-tiny))));
  return numbers;
}

DistanceFilter::Row DistanceFilter::numbersOfNone() {
  Row numbers(size_t(features), number(0));
  numbers.push_back(number(std::numeric_limits<double>::infinity()));
  return numbers;
}

Value DistanceFilter::limit(unsigned r, Value threshold) {
  return multiplyAdd(threshold, number(shareOfThreshold(features)),
                     arith::NegFOp::create(lane.builder, lane.loc, norms[r]));
}

std::vector<SmallVector<Value>>
DistanceFilter::passing(ArrayRef<Row> numbers, ArrayRef<Value> limits) {
  // Step by step over all pairs.
  std::vector<SmallVector<Value>> pairs;
  for (size_t r = 0; r < moved.size(); ++r)
    pairs.push_back(llvm::map_to_vector(
        numbers, [](const Row &row) { return row.back(); }));
  for (int64_t d = 0; d < features; ++d)
    for (auto [row, bounds] : llvm::zip(moved, pairs))
      for (auto [bound, of] : llvm::zip(bounds, numbers))
        bound = multiplyAdd(row[size_t(d)], of[size_t(d)], bound);
  for (auto [bounds, limit] : llvm::zip(pairs, limits))
    for (Value &bound : bounds)
      bound = lane.compare(kdsl::Lanes::CmpF::ULT, bound, limit);
  return pairs;
}

} // namespace kdslc::nvptx

//===- SumOverLanes.cpp - the sums of several vectors at once -------------===//
//
// Two vectors are shuffled into two others, of which each has half of the lanes of
// both, and these are added: so n vectors become one in n - 1 steps, each of whose
// lanes is a part of one sum, where a sum over the lanes of each vector by itself
// would take n log n.
//
//===----------------------------------------------------------------------===//

#include "compiler/targets/cpu/VectorTile.h"
#include <numeric>

using namespace mlir;

namespace kdslc::cpu {

namespace {

/// A vector whose lanes are parts of sums.
struct Partial {
  Value value;
  SmallVector<int32_t> sums; ///< of each lane
};

class LaneSummer {
public:
  LaneSummer(VectorLanes &lanes, Type element)
      : lanes(lanes), isFloat(isa<FloatType>(element)),
        inUnit(128 / element.getIntOrFloatBitWidth()) {}

  /// The sums of as many vectors as a power of two, at most one for each lane.
  Value operator()(ArrayRef<Value> vectors) {
    SmallVector<Partial> left;
    for (auto [number, value] : llvm::enumerate(vectors)) {
      auto type = cast<VectorType>(value.getType());
      left.push_back({value, SmallVector<int32_t>(type.getNumElements(),
                                                  int32_t(number))});
    }
    for (int64_t block = 1; left.size() > 1; block *= 2) {
      SmallVector<Partial> next;
      for (size_t k = 0; k < left.size(); k += 2)
        next.push_back(joined(left[k], left[k + 1], block));
      left = next;
    }
    while (left[0].sums.size() > vectors.size())
      left[0] = folded(left[0]);
    return ordered(left[0]);
  }

private:
  Value add(Value a, Value b) {
    return isFloat ? lanes.add(a, b) : lanes.addInt(a, b);
  }
  Value shuffle(Value a, Value b, ArrayRef<int32_t> places) {
    return LLVM::ShuffleVectorOp::create(lanes.builder, lanes.loc, a, b,
                                         places);
  }
  Partial sumOf(Value a, Value b, ArrayRef<int32_t> low,
                ArrayRef<int32_t> high, SmallVector<int32_t> sums) {
    return {add(shuffle(a, b, low), shuffle(a, b, high)), std::move(sums)};
  }

  /// One vector of two. Within units of 128 bits, blocks of both in turn, those of
  /// the first half of a unit and those of the second: x86 interleaves them in one
  /// instruction. Longer blocks are whole units.
  Partial joined(const Partial &a, const Partial &b, int64_t block) {
    SmallVector<int32_t> low, high, sums;
    const int64_t n = int64_t(a.sums.size()), unit = std::min(inUnit, n);
    if (2 * block > unit) {
      split(a, 0, low, high, sums);
      split(b, n, low, high, sums);
      return sumOf(a.value, b.value, low, high, std::move(sums));
    }
    for (int64_t first = 0; first < n; first += unit)
      for (int64_t at = first; at < first + unit / 2; at += block)
        for (bool second : {false, true})
          for (int64_t l = at; l < at + block; ++l) {
            int64_t place = (second ? n : 0) + l;
            low.push_back(int32_t(place));
            high.push_back(int32_t(place + unit / 2));
            sums.push_back((second ? b : a).sums[size_t(l)]);
          }
    return sumOf(a.value, b.value, low, high, std::move(sums));
  }

  /// Half as many lanes.
  Partial folded(const Partial &a) {
    SmallVector<int32_t> low, high, sums;
    split(a, 0, low, high, sums);
    return sumOf(a.value, a.value, low, high, std::move(sums));
  }

  /// The first half of the lanes of each sum, and the second, in one order.
  static void split(const Partial &a, int64_t place, SmallVector<int32_t> &low,
                    SmallVector<int32_t> &high, SmallVector<int32_t> &sums) {
    llvm::SmallDenseMap<int32_t, int64_t> left;
    for (int32_t sum : a.sums)
      ++left[sum];
    llvm::SmallDenseMap<int32_t, int64_t> half = left;
    for (auto [l, sum] : llvm::enumerate(a.sums)) {
      bool isLow = 2 * left[sum] > half[sum];
      --left[sum];
      (isLow ? low : high).push_back(int32_t(place + int64_t(l)));
      if (isLow)
        sums.push_back(sum);
    }
  }

  Value ordered(const Partial &a) {
    SmallVector<int32_t> places(a.sums.size());
    for (auto [lane, sum] : llvm::enumerate(a.sums))
      places[size_t(sum)] = int32_t(lane);
    return shuffle(a.value, a.value, places);
  }

  VectorLanes &lanes;
  bool isFloat;
  int64_t inUnit; ///< lanes in 128 bits
};

} // namespace

Value VectorTile::sumOverLanes(ArrayRef<Value> values) {
  LaneSummer sumOf(vectors, kdsl::laneElement(values.front()));
  Value all;
  for (ArrayRef<Value> left = values; !left.empty();) {
    size_t count = size_t(lanes);
    while (count > left.size())
      count /= 2;
    Value some = sumOf(left.take_front(count));
    all = all ? appended(all, some) : some;
    left = left.drop_front(count);
  }
  return all;
}

std::unique_ptr<TileLanes> VectorTile::columnLanes() {
  return std::make_unique<VectorLanes>(builder, loc, columnsOfGroup());
}

} // namespace kdslc::cpu

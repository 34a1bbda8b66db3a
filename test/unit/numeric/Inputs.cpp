//===- Inputs.cpp - numbers for the inputs of programs --------------------===//

#include "Inputs.h"

namespace kdslc::test {

/// The finaliser of SplitMix64: every bit of the result depends on every bit
/// of the argument.
static uint64_t mix(uint64_t bits) {
  bits += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

Maker spread(const std::string &name, double low, double high) {
  uint64_t seed = 0;
  for (char c : name)
    seed = mix(seed ^ uint64_t(c));
  return [=](int64_t row, int64_t feature) {
    uint64_t bits = mix(mix(seed ^ uint64_t(row)) ^ uint64_t(feature));
    return low + (high - low) * double(bits >> 11) * 0x1p-53;
  };
}

Maker always(double number) {
  return [=](int64_t, int64_t) { return number; };
}

Maker listed(std::vector<double> numbers) {
  return [numbers = std::move(numbers)](int64_t row, int64_t) {
    return numbers.at(size_t(row));
  };
}

} // namespace kdslc::test

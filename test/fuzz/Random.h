//===- Random.h - numbers of a seed, the same on every machine ------------===//

#ifndef KDSLC_TEST_FUZZ_RANDOM_H
#define KDSLC_TEST_FUZZ_RANDOM_H

#include <cstdint>
#include <vector>

namespace kdslc::fuzz {

/// SplitMix64.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t bits() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// A whole number of [0, n).
  int below(int n) { return int(bits() % uint64_t(n)); }
  /// A whole number of [low, high].
  int between(int low, int high) { return low + below(high - low + 1); }
  bool chance(double p) { return double(bits() >> 11) * 0x1p-53 < p; }
  template <typename T> const T &pick(const std::vector<T> &list) {
    return list[size_t(below(int(list.size())))];
  }

private:
  uint64_t state;
};

} // namespace kdslc::fuzz

#endif // KDSLC_TEST_FUZZ_RANDOM_H

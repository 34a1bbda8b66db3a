//===- Random.h - repeatable random numbers -------------------------------===//
//
// The standard library's shuffles and distributions differ between
// implementations; these do not, so that a seed means one run everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_PTX_RANDOM_H
#define KDSLC_TEST_PTX_RANDOM_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kdslc::ptx {

/// Scrambles all bits of a word (the finaliser of SplitMix64).
inline uint64_t mixBits(uint64_t bits) {
  bits += 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

class Random {
public:
  explicit Random(uint64_t seed) : state(mixBits(seed)) {}

  uint64_t next() { return mixBits(state += 0x9e3779b97f4a7c15); }

  template <class T> void shuffle(std::vector<T> &values) {
    for (size_t left = values.size(); left > 1; --left)
      std::swap(values[left - 1], values[next() % left]);
  }

private:
  uint64_t state;
};

} // namespace kdslc::ptx

#endif // KDSLC_TEST_PTX_RANDOM_H

//===- Features.h - what random programs may hold -------------------------===//

#ifndef KDSLC_TEST_FUZZ_FEATURES_H
#define KDSLC_TEST_FUZZ_FEATURES_H

#include <bitset>
#include <optional>
#include <string>

namespace kdslc::fuzz {

enum class Feature {
#define FEATURE(ENUM, NAME, ON, DOC) ENUM,
#include "Features.def"
  Count
};

class Features {
public:
  /// What this version of the compiler has.
  static Features usual();
  /// "outputs,orders": these alone; "all". None if a name is unknown.
  static std::optional<Features> named(const std::string &list);
  /// One line for each feature.
  static std::string help();

  bool operator[](Feature feature) const { return on[size_t(feature)]; }

private:
  std::bitset<size_t(Feature::Count)> on;
};

} // namespace kdslc::fuzz

#endif // KDSLC_TEST_FUZZ_FEATURES_H

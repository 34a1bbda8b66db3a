//===- Targets.cpp - the targets of this build ----------------------------===//

#include "compiler/Target.h"
#include "llvm/ADT/StringSwitch.h"

namespace kdslc {

llvm::ArrayRef<std::unique_ptr<Target>> allTargets() {
  static const auto targets = [] {
    auto all = cpuTargets();
    for (auto &target : nvptxTargets())
      all.push_back(std::move(target));
    return all;
  }();
  return targets;
}

const Target *findTarget(llvm::StringRef name) {
  for (const auto &target : allTargets())
    if (target->name() == name)
      return target.get();
  return nullptr;
}

int64_t *ScheduleWishes::find(llvm::StringRef key) {
  return llvm::StringSwitch<int64_t *>(key)
      .Case("tile_i", &tileRows)
      .Case("tile_j", &group)
      .Case("unroll", &unroll)
      .Cases({"vector", "threads"}, &lanes)
      .Default(nullptr);
}

std::string *ScheduleWishes::findWord(llvm::StringRef key) {
  return llvm::StringSwitch<std::string *>(key)
      .Case("accumulate", &accumulate)
      .Case("exp", &exp)
      .Case("fma", &fma)
      .Case("pairs", &pairs)
      .Default(nullptr);
}

std::string needPower(llvm::StringRef key, int64_t value, int64_t least,
                      int64_t most) {
  if (value >= least && value <= most && llvm::isPowerOf2_64(value))
    return {};
  return ("'" + key + "' is a power of two of " + llvm::Twine(least) + " to " +
          llvm::Twine(most) + " here, got " + llvm::Twine(value))
      .str();
}

} // namespace kdslc

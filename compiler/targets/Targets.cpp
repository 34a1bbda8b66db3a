//===- Targets.cpp - the targets of this build ----------------------------===//

#include "compiler/Target.h"

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

} // namespace kdslc

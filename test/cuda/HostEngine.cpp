//===- HostEngine.cpp - kernels that are functions of the test ------------===//

#include "test/cuda/Machine.h"

using namespace fakecuda;

namespace {

class HostEntry : public Entry {
public:
  explicit HostEntry(const HostFunction &function) : function(function) {}

  std::vector<size_t> paramBytes() const override {
    return function.paramBytes;
  }

  /// Blocks run from the last to the first: no order is promised.
  std::optional<std::string> run(const KernelLaunch &launch) override {
    const size_t before = machine().faultCount;
    for (unsigned y = launch.grid[1]; y-- > 0;)
      for (unsigned x = launch.grid[0]; x-- > 0;) {
        const fakecuda_block block = {launch.grid[0], launch.grid[1], x, y,
                                      launch.block[0]};
        function.function(const_cast<void *const *>(launch.params), &block);
      }
    if (machine().faultCount == before)
      return std::nullopt;
    return machine().fault;
  }

private:
  const HostFunction function;
};

class HostCode : public Code {
public:
  explicit HostCode(const HostFunctions &functions) {
    for (const auto &[name, function] : functions)
      entries[name] = std::make_unique<HostEntry>(function);
  }
  Entry *find(const std::string &name) override {
    auto found = entries.find(name);
    return found == entries.end() ? nullptr : found->second.get();
  }

private:
  std::map<std::string, std::unique_ptr<HostEntry>> entries;
};

} // namespace

LoadOutcome fakecuda::loadHostImage(const HostFunctions &functions) {
  return {std::make_unique<HostCode>(functions), kdsl::cuda::Success, ""};
}

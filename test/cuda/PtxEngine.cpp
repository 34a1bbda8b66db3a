//===- PtxEngine.cpp - kernels that are PTX -------------------------------===//

#include "runtime/cuda/Driver.h"
#include "test/cuda/KernelEngine.h"
#include <cstdlib>

using namespace fakecuda;
namespace ptx = kdslc::ptx;

namespace {

class PtxEntry : public Entry {
public:
  PtxEntry(const ptx::Module &module, const ptx::Kernel &kernel,
           ptx::DeviceMemory &memory, ptx::Counts &counts)
      : module(module), kernel(kernel), memory(memory), counts(counts) {}

  std::vector<size_t> paramBytes() const override {
    return module.info(kernel).paramBytes;
  }
  unsigned maxThreads() const override {
    return module.info(kernel).maxThreads;
  }
  size_t staticSharedBytes() const override {
    return module.info(kernel).staticSharedBytes;
  }

  std::optional<std::string> run(const KernelLaunch &launch) override {
    ptx::Launch wanted;
    for (int k = 0; k < 3; ++k) {
      wanted.grid[k] = launch.grid[k];
      wanted.block[k] = launch.block[k];
    }
    wanted.dynamicSharedBytes = launch.sharedBytes;
    wanted.params = launch.params;
    wanted.seed = launch.seed;
    if (auto fault = ptx::run(module, kernel, wanted, memory, counts))
      return fault->message;
    return std::nullopt;
  }

private:
  const ptx::Module &module;
  const ptx::Kernel &kernel;
  ptx::DeviceMemory &memory;
  ptx::Counts &counts;
};

class PtxCode : public Code {
public:
  PtxCode(std::unique_ptr<ptx::Module> module, ptx::DeviceMemory &memory,
          ptx::Counts &counts)
      : module(std::move(module)) {
    for (const std::string &name : this->module->kernelNames())
      entries[name] = std::make_unique<PtxEntry>(
          *this->module, *this->module->kernel(name), memory, counts);
  }
  Entry *find(const std::string &name) override {
    auto found = entries.find(name);
    return found == entries.end() ? nullptr : found->second.get();
  }

private:
  std::unique_ptr<ptx::Module> module;
  std::map<std::string, std::unique_ptr<PtxEntry>> entries;
};

/// 80 for "sm_80" and "sm_80a".
int computeOf(std::string_view target) {
  const size_t digits = target.find('_');
  return digits == target.npos
             ? 0
             : std::atoi(std::string(target.substr(digits + 1)).c_str());
}

} // namespace

LoadOutcome fakecuda::loadPtxImage(std::string_view text, int compute,
                                   ptx::DeviceMemory &memory,
                                   ptx::Counts &counts) {
  std::string error;
  auto module = ptx::Module::parse(text, error);
  if (!module)
    return {nullptr, kdsl::cuda::InvalidPtx, error};
  if (computeOf(module->target()) > compute)
    return {nullptr, kdsl::cuda::NoBinaryForGpu,
            "the PTX is for " + std::string(module->target())};
  return {std::make_unique<PtxCode>(std::move(module), memory, counts),
          kdsl::cuda::Success, ""};
}

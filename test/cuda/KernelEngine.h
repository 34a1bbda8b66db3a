//===- KernelEngine.h - what runs the kernels of the fake driver ----------===//

#ifndef KDSL_TEST_CUDA_KERNELENGINE_H
#define KDSL_TEST_CUDA_KERNELENGINE_H

#include "test/cuda/FakeCuda.h"
#include "test/ptx/Ptx.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fakecuda {

/// One launch, when its turn has come.
struct KernelLaunch {
  unsigned grid[3], block[3];
  unsigned sharedBytes;
  const void *const *params;
  uint64_t seed;
};

/// A kernel of a loaded module.
class Entry {
public:
  virtual ~Entry() = default;
  virtual std::vector<size_t> paramBytes() const = 0;
  virtual unsigned maxThreads() const { return 1024; }
  /// Of shared memory that its code names.
  virtual size_t staticSharedBytes() const { return 0; }
  /// Runs all blocks. \returns what went wrong.
  virtual std::optional<std::string> run(const KernelLaunch &launch) = 0;
};

/// The code of a loaded module.
class Code {
public:
  virtual ~Code() = default;
  /// Null when there is no kernel of that name. Lives as long as the module.
  virtual Entry *find(const std::string &name) = 0;
};

/// What loading an image came to: code, or a driver result and a log.
struct LoadOutcome {
  std::unique_ptr<Code> code;
  int result = 0;
  std::string log;
};

/// Functions that the test registered.
struct HostFunction {
  fakecuda_kernel function;
  std::vector<size_t> paramBytes;
};
using HostFunctions = std::map<std::string, HostFunction>;
LoadOutcome loadHostImage(const HostFunctions &functions);

/// PTX text, run by the interpreter.
LoadOutcome loadPtxImage(std::string_view text, int compute,
                         kdslc::ptx::DeviceMemory &memory,
                         kdslc::ptx::Counts &counts);

} // namespace fakecuda

#endif // KDSL_TEST_CUDA_KERNELENGINE_H

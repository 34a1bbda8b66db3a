//===- DeviceTrial.h - launches of a program's kernels, and their results -===//
//
// Does by hand what the runtime does with a driver: arrays, temporaries and
// partials in device memory, one launch or two for each phase. Every array is a
// range of its own with no byte to spare and aligned to its element only, so
// that the PTX interpreter sees each access that is not to the array meant.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_DEVICE_DEVICETRIAL_H
#define KDSLC_TEST_UNIT_DEVICE_DEVICETRIAL_H

#include "Inputs.h"
#include "Load.h"
#include "compiler/reference/Interpreter.h"
#include "test/ptx/Ptx.h"

namespace kdslc::test {

using Defines = std::vector<std::pair<std::string, std::string>>;

/// A program of a file of test/run, compiled to PTX alone.
class GpuProgram {
public:
  /// Throws std::runtime_error if the file does not compile.
  GpuProgram(const std::string &file, const std::string &name,
             const Defines &defines = {});

  const kdsl_kernel &kernel() const { return *descriptor; }
  const CheckedProgram &source() const { return *file->source(*descriptor); }
  const kdsl_device_phase &phase(uint32_t k) const { return image->phases[k]; }
  std::string ptx() const { return static_cast<const char *>(image->bytes); }

private:
  std::unique_ptr<kdslrun::LoadedFile> file;
  const kdsl_kernel *descriptor = nullptr;
  const kdsl_image *image = nullptr;
};

/// How the launches are cut, and what the interpreter leaves to chance.
struct Cut {
  int64_t parts = 1;     ///< of the rows j, at most
  int64_t blocks = 1000; ///< over the rows i, at most
  uint64_t seed = 1, card = 1;
};

/// Sizes, inputs and the results that they should give.
class DeviceTrial {
public:
  /// `program` must outlive it.
  DeviceTrial(const GpuProgram &program, std::vector<int64_t> sizes,
              const Makers &makers = {});

  /// What is wrong after a run of `module`: a fault, an element that nobody
  /// wrote, or one outside its bound. Empty if nothing is. `counts` is added
  /// to.
  std::string run(const ptx::Module &module, const Cut &cut,
                  ptx::Counts &counts) const;

private:
  struct Device;
  int64_t points(const int32_t *axes, int32_t count) const;
  int64_t rowsOf(const kdsl_arg &arg) const {
    return points(arg.axes, arg.n_axes);
  }
  void place(Device &device) const;
  bool runPhase(Device &device, uint32_t phase, const Cut &cut) const;
  std::string judge(const Device &device) const;

  const GpuProgram &program;
  std::vector<int64_t> sizes;
  std::vector<std::vector<char>> inputs; ///< dense, as they are stored
  std::vector<reference::OutputData> expected;
};

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_DEVICE_DEVICETRIAL_H

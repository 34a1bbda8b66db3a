//===- Subject.h - a program in which bugs are planted --------------------===//
//
// Each mutation is a mistake that the lowering to threads could make. The PTX
// without it passes at all sizes, in several orders of threads; with it, the
// interpreter must stop at a fault or a number must be outside its bound. The
// mutants are left below the build folder, each with what gave it away.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_DEVICE_SUBJECT_H
#define KDSLC_TEST_UNIT_DEVICE_SUBJECT_H

#include "DeviceTrial.h"
#include "Mutation.h"

namespace kdslc::test {

/// A program with inputs and expected results: all of `inputs` at every size.
class Subject {
public:
  /// `program` must outlive it.
  Subject(const GpuProgram &program, const std::vector<Makers> &inputs,
          const std::vector<std::vector<int64_t>> &allSizes);

  /// Plants each bug and expects it to be found.
  void checkMutants(const std::vector<Mutation> &mutations) const;

private:
  std::string findFault(const std::string &text) const;

  struct Trial {
    std::vector<int64_t> sizes;
    DeviceTrial trial;
  };

  std::string name, ptx, sweep, merge;
  std::vector<Trial> trials;
};

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_DEVICE_SUBJECT_H

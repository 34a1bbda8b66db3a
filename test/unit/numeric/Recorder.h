//===- Recorder.h - trials written down, to be replayed elsewhere ---------===//
//
// With KDSL_TEST_RECORD=FOLDER in the environment the tests run on the CPU, at
// the sizes for a GPU, and write down each trial that is compared with the
// reference: test/replay/CaseFile.h says how. Machines that have no compiler can
// then check their GPU.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_RECORDER_H
#define KDSLC_TEST_UNIT_NUMERIC_RECORDER_H

#include "Program.h"
#include "compiler/reference/Interpreter.h"
#include <fstream>
#include <set>
#include <unordered_map>

namespace kdslc::test {

class Recorder {
public:
  /// Null when nothing is to be recorded.
  static Recorder *active();

  /// Throws std::runtime_error when the reference cannot be written down.
  void add(const Program &program, const std::vector<int64_t> &sizes,
           const std::vector<std::vector<char>> &inputs,
           const std::vector<reference::OutputData> &outputs);

private:
  explicit Recorder(const std::string &folder);
  ~Recorder();

  /// Where `bytes` are in the data file; equal ones are stored once.
  uint64_t store(const std::string &bytes);
  void addBuild(const BuildName &build);

  std::ofstream builds, cases, data;
  uint64_t dataBytes = 0;
  std::unordered_map<std::string, uint64_t> stored;
  std::set<std::string> knownBuilds, knownCases;
};

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_RECORDER_H

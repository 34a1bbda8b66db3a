//===- CaseFile.h - recorded calls of programs, with what is right --------===//
//
// test/unit/numeric/Recorder writes three files, replay-calls reads the last two.
//
// builds.txt   a line for each build: its name, the .kdsl file without suffix,
//              options of kdslc
// cases.txt    casesHeader; a line for each call; "end CASES BYTES".
//                gauss-D3-E1-O3 gauss_conv sizes 129 32 inputs 0 1600 ..
//                  outputs r2048 ..
//              names the build and the program, then the sizes, and where in
//              cases.bin the inputs and what the outputs may be are, in the
//              order of declaration
// cases.bin    arrays, each at a multiple of dataAlignment:
//   inputs     dense, as a call takes them
//   r          for each element of the output, and of its type, the least and
//              the largest number that is right. Two NaN: a NaN is right. The
//              type's largest number or infinity, then its opposite: nothing
//              predicts what is right
//   c          for each element int64_t: how many row numbers are right, then
//              these
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_TEST_REPLAY_CASEFILE_H
#define KDSL_TEST_REPLAY_CASEFILE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace replay {

inline constexpr char buildsName[] = "builds.txt";
inline constexpr char casesName[] = "cases.txt";
inline constexpr char dataName[] = "cases.bin";
inline constexpr char casesHeader[] = "kdsl-cases 1";
inline constexpr size_t dataAlignment = 16;

/// What an output may be.
struct Expected {
  bool isChoice; ///< row numbers; else intervals
  uint64_t offset;
};

/// One recorded call.
struct Case {
  size_t number; ///< from 1, as messages have it
  std::string build, program;
  std::vector<int64_t> sizes;
  std::vector<uint64_t> inputs;
  std::vector<Expected> outputs;

  /// "case 12, gauss_conv of gauss-D3-E1-O3 with 129 and 32 rows".
  std::string text() const;
};

/// All recorded calls of a folder.
class CaseFile {
public:
  /// Throws std::runtime_error when the files are not whole.
  explicit CaseFile(const std::string &folder);

  const std::vector<Case> &cases() const { return all; }

  /// `bytes` bytes of the data; throws std::runtime_error beyond its end.
  const char *data(uint64_t offset, uint64_t bytes) const;

private:
  std::vector<Case> all;
  std::string contents;
};

} // namespace replay

#endif // KDSL_TEST_REPLAY_CASEFILE_H

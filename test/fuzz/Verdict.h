//===- Verdict.h - one program on every leg against the reference ---------===//

#ifndef KDSLC_TEST_FUZZ_VERDICT_H
#define KDSLC_TEST_FUZZ_VERDICT_H

#include "Sketch.h"
#include <functional>
#include <map>

namespace kdslc::fuzz {

/// What the numbers of the inputs are like.
enum class Values { Ordinary, Ties, Special, Offset };
const char *nameOf(Values values);

/// One call of a program.
struct Case {
  std::map<std::string, int64_t> sizes; ///< rows of each axis
  Values values = Values::Ordinary;
  uint64_t seed = 0;
};

/// The sizes and values that a program is tried on: a number of rows for each
/// axis from around vectors and tiles, with few enough pairs.
std::vector<Case> casesFor(const Sketch &sketch);

enum class Outcome {
  Agrees,
  Refused, ///< the compiler finds errors in the program
  Disagrees,
  Fails, ///< a call, the reference or the compiler throws or reports
  Crashes,
  TimesOut
};
const char *nameOf(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::Agrees;
  int where = -1; ///< the case that went wrong
  std::string text;
  // Numbers that the reference could say something about, and those whose bound
  // is within a hundredth of them.
  int64_t numbers = 0, predictable = 0, tight = 0;

  bool isFinding() const {
    return outcome != Outcome::Agrees;
  }
};

/// Compiles the program, optimised for all targets and as written, and runs it:
/// on every instruction set that the machine has, and on the fake GPU.
/// All of it happens in a process of its own.
Verdict judge(const Sketch &sketch, const std::vector<Case> &cases);

/// The same finding in less text: outputs, terms and rows that it does not need
/// are taken away. `cases` shrinks to one.
Sketch shrink(Sketch sketch, std::vector<Case> &cases, Verdict &verdict);

/// Runs `work` in a process of its own, with limits on time and memory.
Verdict isolated(const std::function<Verdict()> &work);

} // namespace kdslc::fuzz

#endif // KDSLC_TEST_FUZZ_VERDICT_H

//===- Trial.h - one set of inputs through compiled code and reference ----===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_TRIAL_H
#define KDSLC_TEST_UNIT_NUMERIC_TRIAL_H

#include "GuardedArray.h"
#include "Inputs.h"
#include "Program.h"
#include "compiler/reference/Interpreter.h"

namespace kdslc::test {

/// How a trial is run; nothing here changes results but the machine.
struct Manner {
  Machine machine = bestMachine();
  Flush flush = Flush::ToEnd;
  /// Elements behind each row of every array, and behind all rows of an inner
  /// axis, which nobody may change.
  int64_t gap = 0;
  /// None behind those of an inner axis: the stride of the outer one is not given.
  bool outerFollows = false;
  int64_t iBase = 0, jBase = 0;
  /// Rows j in as many parts as can be, as if they were worth it; of halved
  /// phases on a GPU in as many launches as can be.
  bool inParts = false;
  /// Rows in an order of space where there is code for it, as if it were worth it.
  bool inOrder = false;
  kdsl_exec exec = {}; ///< threads, pool, ..; `machine` goes first
};

/// Each machine, with arrays that end before forbidden memory, and that begin
/// behind it; CPUs with rows j in parts, and with rows in order, too.
std::vector<Manner> mannersFor(const kdsl_kernel &kernel);

/// The outputs of one call, dense, in the order of declaration.
using Outputs = std::vector<std::vector<char>>;

/// Sizes and inputs for a program.
class Trial {
public:
  /// Makes the inputs. Those without a maker are between -1 and 1 in rows, and
  /// between 0.5 and 1.5 in parameters.
  Trial(const Program &program, std::vector<int64_t> sizes,
        const Makers &makers = {});

  /// Another content of an input, for what no number makes.
  void setBytes(const std::string &name, std::vector<char> bytes);

  /// Runs the compiled program. Every array stands beside forbidden memory.
  /// Throws std::runtime_error when the call fails, leaves an element of an
  /// output unwritten or writes between its rows.
  Outputs run(const Manner &manner = {}) const;

  /// What the program means, at all rows or at some of each output's last axis;
  /// throws std::runtime_error.
  std::vector<reference::OutputData>
  interpret(std::optional<std::vector<int64_t>> rows = std::nullopt) const;

  /// One output as numbers.
  std::vector<double> numbers(const Outputs &outputs,
                              const std::string &name) const;

private:
  struct Placed;
  int64_t rowsOf(const kdsl_arg &arg) const;
  std::vector<char> frame(const Manner &manner) const;

  Program program;
  std::vector<int64_t> sizes;
  std::vector<std::vector<char>> inputs; ///< dense, as they are stored
};

/// What is wrong with `outputs`; empty if all are within their bounds. Outputs
/// whose value nothing predicts count as wrong unless `allowUnpredictable`.
std::string disagreement(const std::vector<reference::OutputData> &reference,
                         const Outputs &outputs,
                         bool allowUnpredictable = false);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_TRIAL_H

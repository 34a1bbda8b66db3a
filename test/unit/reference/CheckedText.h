//===- CheckedText.h - programs of tests, from text to results ------------===//

#ifndef KDSLC_TEST_UNIT_REFERENCE_CHECKEDTEXT_H
#define KDSLC_TEST_UNIT_REFERENCE_CHECKEDTEXT_H

#include "compiler/reference/Interpreter.h"
#include <initializer_list>
#include <map>

namespace kdslc::test {

using Defines = std::vector<std::pair<std::string, std::string>>;

/// A source text that passes the checker, with all that its nodes point into.
class CheckedText {
public:
  /// Throws std::runtime_error with the diagnostics when the text is wrong.
  explicit CheckedText(const std::string &text, const Defines &defines = {});

  const CheckedFile &file() const { return checked; }
  const CheckedProgram &program() const { return checked.programs.front(); }

private:
  std::unique_ptr<llvm::SourceMgr> sources;
  CheckedFile checked;
};

/// Data for the first program of a text, by the names that it uses.
class Evaluation {
public:
  explicit Evaluation(const std::string &text, const Defines &defines = {})
      : source(text, defines) {}

  Evaluation &size(const std::string &axis, int64_t n);
  /// Numbers are stored in the element type of the input.
  Evaluation &input(const std::string &name, const std::vector<double> &data);
  Evaluation &rows(std::vector<int64_t> sample);

  llvm::Expected<std::vector<reference::OutputData>> tryRun() const;
  /// The first output (or the one of that name); throws where tryRun() fails.
  reference::OutputData run(const std::string &output = "") const;

private:
  reference::Request request() const;

  CheckedText source;
  std::map<std::string, int64_t> sizes;
  std::map<std::string, std::pair<std::vector<char>, int64_t>> data;
  std::optional<std::vector<int64_t>> sample;
};

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_REFERENCE_CHECKEDTEXT_H

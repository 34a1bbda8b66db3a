//===- Compilation.h - a program and what the compiler says about it ------===//

#ifndef KDSLC_TEST_UNIT_FRONTEND_COMPILATION_H
#define KDSLC_TEST_UNIT_FRONTEND_COMPILATION_H

#include "compiler/Compiler.h"
#include <memory>

namespace kdslc::test {

/// What a compilation said. The diagnostics point into the text, which lives as
/// long.
class Compilation {
public:
  /// Flags as on the command line: -DD=3, -Werror, and --compile for code,
  /// without which the text is only checked. Imports are found in `folder`.
  explicit Compilation(const std::string &text, const std::string &flags = "",
                       const std::string &folder = "",
                       const std::string &name = "p.kdsl");

  const DiagnosticEngine &diags() const { return *engine; }
  const std::string &text() const { return source; }
  bool ok() const { return succeeded; }

  /// Where a place is in the text; none if it is elsewhere.
  struct Place {
    unsigned line = 0, column = 0; ///< from 1
    size_t offset = 0;
  };
  std::optional<Place> placeOf(llvm::SMLoc at) const;
  /// All that is printed.
  std::string printed() const;
  /// The messages alone, one a line: "error: text [K007]".
  std::string messages() const;

private:
  std::string source;
  std::unique_ptr<llvm::SourceMgr> sources;
  std::unique_ptr<DiagnosticEngine> engine;
  bool succeeded = false;
};

/// "error", "warning" or "note".
std::string severityName(Severity severity);

/// What is wrong with the words of a message; empty if nothing is.
std::string flawOfText(const std::string &message);

/// What is wrong with the messages themselves: words of the inside of the
/// compiler, a full stop, a place outside of the text, a fix that does not mend.
/// Empty if nothing is.
std::string flawOf(const Compilation &compilation, const std::string &flags,
                   const std::string &folder);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_FRONTEND_COMPILATION_H

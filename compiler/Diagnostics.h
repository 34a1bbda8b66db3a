//===- Diagnostics.h - errors, warnings and notes about a .kdsl file ------===//
//
// One engine for every stage that speaks to the user about the source. A
// diagnostic has a place, a sentence, a label (K001..), notes for second
// places and perhaps a fix. Printing (carets, colours) is LLVM's SourceMgr; for
// editors there is JSON.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_DIAGNOSTICS_H
#define KDSLC_DIAGNOSTICS_H

#include "compiler/Labels.h"
#include "compiler/Limits.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/SMLoc.h"
#include "llvm/Support/SourceMgr.h"
#include <set>
#include <string>
#include <vector>

namespace kdslc {

/// A half-open range of characters of a buffer owned by a SourceMgr.
using SourceRange = llvm::SMRange;

/// A remark says what was decided, where somebody has asked for it.
enum class Severity { Error, Warning, Note, Remark };

/// Text that replaces a range; an empty range: text that is put there.
struct FixIt {
  SourceRange range;
  std::string text;
};

struct Diagnostic {
  Severity severity = Severity::Error;
  Label label = Label::K000;
  SourceRange range;
  std::string message; ///< lower case, no full stop
  /// All of them together mend the mistake; none where that is not sure.
  std::vector<FixIt> fixIts;
  std::vector<Diagnostic> notes;
  bool promoted = false; ///< a warning that -Werror made an error
  std::string kind; ///< of a remark, in place of the label: "schedule"

  void replaceBy(std::string text);
  void insertBefore(std::string text);
  void insertAfter(std::string text);
};

/// Which warnings are errors.
struct WarningPolicy {
  bool allAreErrors = false;
  std::set<Label> errors;
};

/// Collects diagnostics in the order of their discovery and prints them.
class DiagnosticEngine {
public:
  explicit DiagnosticEngine(llvm::SourceMgr &sources) : sources(sources) {}

  /// Reports an error; the returned reference takes notes and a fix until the
  /// next report.
  Diagnostic &error(Label label, SourceRange range, std::string message);
  Diagnostic &warning(Label label, SourceRange range, std::string message);
  void remark(std::string kind, SourceRange range, std::string message);

  /// Adds a second place to a diagnostic.
  static void note(Diagnostic &to, SourceRange range, std::string message);

  bool hasErrors() const { return errors != 0; }
  unsigned errorCount() const { return errors; }
  /// The latest report, for a note or a fix.
  Diagnostic &last() { return diagnostics.back(); }
  llvm::ArrayRef<Diagnostic> all() const { return diagnostics; }
  llvm::SourceMgr &sourceMgr() { return sources; }

  /// Makes errors of warnings. Called once a stage is done, since the stage
  /// itself says less where it has found an error.
  void promoteWarnings(const WarningPolicy &policy);

  /// Prints all diagnostics, clang style, `file:line:col: error: text [K007]`.
  void print(llvm::raw_ostream &os, bool colors) const;
  /// Prints one JSON object a line for each diagnostic.
  void printJson(llvm::raw_ostream &os) const;

  /// At most this many errors are reported for one file.
  static constexpr unsigned maxErrors = kdslc::maxErrors;

private:
  llvm::SourceMgr &sources;
  std::vector<Diagnostic> diagnostics;
  unsigned errors = 0;
};

} // namespace kdslc

#endif // KDSLC_DIAGNOSTICS_H

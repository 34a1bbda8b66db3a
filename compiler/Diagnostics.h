//===- Diagnostics.h - errors, warnings and notes about a .kdsl file ------===//
//
// One engine for every stage that speaks to the user about the source. A
// diagnostic has a place, a sentence, a label (K001..), notes for second
// places and perhaps a fix. Printing (carets, colours) is LLVM's SourceMgr.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_DIAGNOSTICS_H
#define KDSLC_DIAGNOSTICS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SMLoc.h"
#include "llvm/Support/SourceMgr.h"
#include <string>
#include <vector>

namespace kdslc {

/// A half-open range of characters of a buffer owned by a SourceMgr.
using SourceRange = llvm::SMRange;

/// The label of a rule; Diagnostics.def holds one sentence for each.
enum class Label {
#define KDSL_LABEL(ID, SENTENCE) ID,
#include "compiler/Diagnostics.def"
};

/// "K007" for Label::K007.
llvm::StringRef labelName(Label label);

/// The one sentence of Diagnostics.def that explains the rule.
llvm::StringRef labelSentence(Label label);

enum class Severity { Error, Warning, Note };

struct Diagnostic {
  Severity severity = Severity::Error;
  Label label = Label::K000;
  SourceRange range;
  std::string message; ///< lower case, no full stop
  std::string fixIt;   ///< text that replaces `range`; empty when none is sure
  std::vector<Diagnostic> notes;
};

/// Collects diagnostics in the order of their discovery and prints them.
class DiagnosticEngine {
public:
  explicit DiagnosticEngine(llvm::SourceMgr &sources) : sources(sources) {}

  /// Reports an error; the returned reference takes notes and a fix until the
  /// next report.
  Diagnostic &error(Label label, SourceRange range, std::string message);
  Diagnostic &warning(Label label, SourceRange range, std::string message);

  /// Adds a second place to a diagnostic.
  static void note(Diagnostic &to, SourceRange range, std::string message);

  bool hasErrors() const { return errors != 0; }
  unsigned errorCount() const { return errors; }
  /// The latest report, for a note or a fix.
  Diagnostic &last() { return diagnostics.back(); }
  llvm::ArrayRef<Diagnostic> all() const { return diagnostics; }
  llvm::SourceMgr &sourceMgr() { return sources; }

  /// Prints all diagnostics, clang style, `file:line:col: error: text [K007]`.
  void print(llvm::raw_ostream &os, bool colors) const;

  /// At most this many errors are reported for one file.
  static constexpr unsigned maxErrors = 20;

private:
  llvm::SourceMgr &sources;
  std::vector<Diagnostic> diagnostics;
  unsigned errors = 0;
};

} // namespace kdslc

#endif // KDSLC_DIAGNOSTICS_H

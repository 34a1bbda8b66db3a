//===- Diagnostics.cpp - collecting and printing diagnostics --------------===//

#include "compiler/Diagnostics.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace kdslc;

void Diagnostic::replaceBy(std::string text) {
  fixIts.push_back({range, std::move(text)});
}

void Diagnostic::insertBefore(std::string text) {
  fixIts.push_back({{range.Start, range.Start}, std::move(text)});
}

void Diagnostic::insertAfter(std::string text) {
  fixIts.push_back({{range.End, range.End}, std::move(text)});
}

static Diagnostic makeDiagnostic(Severity severity, Label label,
                                 SourceRange range, std::string message) {
  Diagnostic d;
  d.severity = severity;
  d.label = label;
  d.range = range;
  d.message = std::move(message);
  return d;
}

Diagnostic &DiagnosticEngine::error(Label label, SourceRange range,
                                    std::string message) {
  ++errors;
  diagnostics.push_back(
      makeDiagnostic(Severity::Error, label, range, std::move(message)));
  return diagnostics.back();
}

Diagnostic &DiagnosticEngine::warning(Label label, SourceRange range,
                                      std::string message) {
  diagnostics.push_back(
      makeDiagnostic(Severity::Warning, label, range, std::move(message)));
  return diagnostics.back();
}

void DiagnosticEngine::remark(std::string kind, SourceRange range,
                              std::string message) {
  diagnostics.push_back(makeDiagnostic(Severity::Remark, Label::K000, range,
                                       std::move(message)));
  diagnostics.back().kind = std::move(kind);
}

void DiagnosticEngine::note(Diagnostic &to, SourceRange range,
                            std::string message) {
  to.notes.push_back(
      makeDiagnostic(Severity::Note, to.label, range, std::move(message)));
}

void DiagnosticEngine::promoteWarnings(const WarningPolicy &policy) {
  for (Diagnostic &d : diagnostics) {
    if (d.severity != Severity::Warning ||
        !(policy.allAreErrors || policy.errors.count(d.label)))
      continue;
    d.severity = Severity::Error;
    d.promoted = true;
    ++errors;
  }
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// Lines beyond this length are not quoted: a hostile one-line file must not
/// flood the terminal.
static constexpr size_t maxQuotedLine = 240;

/// The line around `at`, without its end.
static llvm::StringRef lineAround(llvm::StringRef text, size_t at) {
  size_t newline = text.rfind('\n', at);
  size_t begin = newline == llvm::StringRef::npos ? 0 : newline + 1;
  return text.slice(begin, text.find_first_of("\r\n", at));
}

/// Replaces what a terminal might obey (control characters, direction
/// changes, malformed UTF-8) byte by byte, so that columns stay true.
static std::string printable(llvm::StringRef line) {
  std::string out = line.str();
  for (size_t i = 0; i < out.size();) {
    unsigned char c = out[i];
    if (c < 0x80) {
      if ((c < 0x20 && c != '\t') || c == 0x7f)
        out[i] = '?';
      ++i;
      continue;
    }
    const auto *begin = reinterpret_cast<const llvm::UTF8 *>(out.data()) + i;
    const auto *end =
        reinterpret_cast<const llvm::UTF8 *>(out.data()) + out.size();
    unsigned length = llvm::getNumBytesForUTF8(c);
    bool legal =
        i + length <= out.size() && llvm::isLegalUTF8Sequence(begin, end);
    // General punctuation (E2 80/81) holds the direction changes, C2 80..9F
    // and D8 9C are controls: showing '?' for their neighbours costs nothing.
    unsigned char next = i + 1 < out.size() ? out[i + 1] : 0;
    bool control = (c == 0xE2 && (next == 0x80 || next == 0x81)) ||
                   (c == 0xC2 && next < 0xA0) || (c == 0xD8 && next == 0x9C);
    if (legal && !control) {
      i += length;
      continue;
    }
    size_t stop = legal ? i + length : i + 1;
    for (; i < stop; ++i)
      out[i] = '?';
  }
  return out;
}

static llvm::SourceMgr::DiagKind kindOf(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return llvm::SourceMgr::DK_Error;
  case Severity::Warning:
    return llvm::SourceMgr::DK_Warning;
  case Severity::Note:
    return llvm::SourceMgr::DK_Note;
  case Severity::Remark:
    return llvm::SourceMgr::DK_Remark;
  }
  return llvm::SourceMgr::DK_Error;
}

/// What stands in the brackets: "K007", or the option that asked for a remark.
static std::string labelOf(const Diagnostic &d) {
  return d.severity == Severity::Remark ? "-Rkdsl=" + d.kind
                                        : labelName(d.label).str();
}

/// " [K007]"; a note has a label where it is not that of what it belongs to.
static std::string labelText(const Diagnostic &d, const Diagnostic *of) {
  if (of && of->label == d.label)
    return "";
  return " [" + labelOf(d) + (d.promoted ? ", -Werror]" : "]");
}

static void printOne(const llvm::SourceMgr &sources, const Diagnostic &d,
                     const Diagnostic *of, llvm::raw_ostream &os, bool colors) {
  std::string message = d.message + labelText(d, of);
  unsigned buffer =
      d.range.isValid() ? sources.FindBufferContainingLoc(d.range.Start) : 0;
  if (buffer == 0) {
    llvm::SMDiagnostic("", kindOf(d.severity), message)
        .print(nullptr, os, colors);
    return;
  }

  const llvm::MemoryBuffer &file = *sources.getMemoryBuffer(buffer);
  size_t offset = d.range.Start.getPointer() - file.getBufferStart();
  llvm::StringRef line = lineAround(file.getBuffer(), offset);
  size_t column = d.range.Start.getPointer() - line.data();
  unsigned row = sources.FindLineNumber(d.range.Start, buffer);
  if (line.size() > maxQuotedLine) {
    std::string where = (file.getBufferIdentifier() + ":" + llvm::Twine(row) +
                         ":" + llvm::Twine(column + 1))
                            .str();
    llvm::SMDiagnostic(where, kindOf(d.severity), message)
        .print(nullptr, os, colors);
    return;
  }

  std::vector<std::pair<unsigned, unsigned>> ranges;
  size_t last = d.range.End.getPointer() - line.data();
  last = std::min(last, line.size());
  if (last > column)
    ranges.push_back({unsigned(column), unsigned(last)});
  llvm::SmallVector<llvm::SMFixIt, 2> fixes;
  for (const FixIt &fix : d.fixIts)
    fixes.push_back(llvm::SMFixIt(fix.range, fix.text));
  llvm::SMDiagnostic(sources, d.range.Start, file.getBufferIdentifier(), row,
                     column, kindOf(d.severity), message, printable(line),
                     ranges, fixes)
      .print(nullptr, os, colors);
}

void DiagnosticEngine::print(llvm::raw_ostream &os, bool colors) const {
  unsigned printed = 0;
  for (const Diagnostic &d : diagnostics) {
    if (d.severity == Severity::Error && ++printed > maxErrors)
      continue;
    printOne(sources, d, nullptr, os, colors);
    for (const Diagnostic &note : d.notes)
      printOne(sources, note, &d, os, colors);
  }
  if (errors >= maxErrors)
    os << "stopped after " << maxErrors << " errors; there may be more\n";
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// Messages may quote a source that is not UTF-8.
static std::string utf8(llvm::StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

/// Lines and columns count from 1, columns in bytes; offsets from 0.
static llvm::json::Object place(const llvm::SourceMgr &sources,
                                llvm::SMLoc at) {
  unsigned buffer = sources.FindBufferContainingLoc(at);
  auto [line, column] = sources.getLineAndColumn(at, buffer);
  const char *begin = sources.getMemoryBuffer(buffer)->getBufferStart();
  return llvm::json::Object{{"line", line},
                            {"column", column},
                            {"offset", int64_t(at.getPointer() - begin)}};
}

static llvm::json::Object rangeOf(const llvm::SourceMgr &sources,
                                  SourceRange range) {
  return llvm::json::Object{{"start", place(sources, range.Start)},
                            {"end", place(sources, range.End)}};
}

static llvm::json::Object jsonOf(const llvm::SourceMgr &sources,
                                 const Diagnostic &d) {
  static constexpr const char *severities[] = {"error", "warning", "note",
                                               "remark"};
  llvm::json::Object object{{"severity", severities[int(d.severity)]},
                            {"label", labelOf(d)},
                            {"message", utf8(d.message)}};
  unsigned buffer =
      d.range.isValid() ? sources.FindBufferContainingLoc(d.range.Start) : 0;
  if (buffer != 0) {
    llvm::json::Object start = place(sources, d.range.Start);
    object["file"] =
        utf8(sources.getMemoryBuffer(buffer)->getBufferIdentifier());
    object["line"] = *start.getInteger("line");
    object["column"] = *start.getInteger("column");
    object["range"] = rangeOf(sources, d.range);
  }
  if (d.severity == Severity::Note)
    return object;
  llvm::json::Array notes, fixes;
  for (const Diagnostic &note : d.notes)
    notes.push_back(jsonOf(sources, note));
  for (const FixIt &fix : d.fixIts)
    fixes.push_back(llvm::json::Object{{"range", rangeOf(sources, fix.range)},
                                       {"text", utf8(fix.text)}});
  object["notes"] = std::move(notes);
  object["fixits"] = std::move(fixes);
  return object;
}

void DiagnosticEngine::printJson(llvm::raw_ostream &os) const {
  unsigned printed = 0;
  for (const Diagnostic &d : diagnostics)
    if (d.severity != Severity::Error || ++printed <= maxErrors)
      os << llvm::json::Value(jsonOf(sources, d)) << '\n';
}

//===- Compilation.cpp - a program and what the compiler says about it ----===//

#include "Compilation.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"
#include <cctype>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>

namespace kdslc::test {

static Options optionsOf(const std::string &flags, std::vector<Emit> &emit) {
  Options options;
  options.targets = {"x86-64-v2"};
  options.optLevel = 0;
  std::istringstream words(flags);
  for (std::string word; words >> word;) {
    llvm::StringRef flag = word;
    if (flag.consume_front("-D"))
      options.defines.push_back(
          {flag.split('=').first.str(), flag.split('=').second.str()});
    else if (flag == "-Werror")
      options.warnings.allAreErrors = true;
    else if (flag == "--compile")
      emit = {Emit::Obj};
    else
      throw std::runtime_error("the driver does not know " + word);
  }
  return options;
}

Compilation::Compilation(const std::string &text, const std::string &flags,
                         const std::string &folder, const std::string &name)
    : source(text), sources(std::make_unique<llvm::SourceMgr>()),
      engine(std::make_unique<DiagnosticEngine>(*sources)) {
  std::vector<Emit> emit;
  const Options options = optionsOf(flags, emit);
  succeeded = compile(folder.empty() ? name : folder + "/" + name, source,
                      emit, options, *engine)
                  .ok;
}

std::optional<Compilation::Place> Compilation::placeOf(llvm::SMLoc at) const {
  unsigned buffer = at.isValid() ? sources->FindBufferContainingLoc(at) : 0;
  if (buffer != sources->getMainFileID())
    return std::nullopt;
  auto [line, column] = sources->getLineAndColumn(at, buffer);
  const char *begin = sources->getMemoryBuffer(buffer)->getBufferStart();
  return Place{line, column, size_t(at.getPointer() - begin)};
}

std::string Compilation::printed() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  engine->print(os, /*colors=*/false);
  return text;
}

std::string severityName(Severity severity) {
  return severity == Severity::Error     ? "error"
         : severity == Severity::Warning ? "warning"
                                         : "note";
}

std::string Compilation::messages() const {
  std::string text;
  for (const Diagnostic &d : engine->all())
    text += fmt::format("{}: {} [{}]\n", severityName(d.severity), d.message,
                        labelName(d.label).str());
  return text;
}

/// Words that mean nothing to who writes a program.
static std::string innerWord(const std::string &message) {
  static constexpr const char *words[] = {
      "memref", "mlir",   "ktile",  "affine", "operand", "operation '",
      "literal", "poison", "null",   "node '",  "i1 ",
      "tensor", "arith.", "llvm",   "assert", "bitcast", "<error>"};
  for (const char *word : words)
    if (llvm::StringRef(message).contains_insensitive(word))
      return word;
  return "";
}

std::string flawOfText(const std::string &message) {
  if (message.empty() || message.back() == '.' || std::isspace(message.back()))
    return "ends badly: " + message;
  if (std::isupper(message[0]) && std::islower(message[1]))
    return "begins with a capital: " + message;
  if (message.find('\n') != std::string::npos)
    return "has several lines: " + message;
  if (std::string word = innerWord(message); !word.empty())
    return "says '" + word + "': " + message;
  if (llvm::StringRef(message).count('\'') % 2)
    return "has a quote too few: " + message;
  return "";
}

static std::string flawOfMessage(const Diagnostic &d,
                                 const Compilation &compilation) {
  const std::string &message = d.message;
  if (std::string flaw = flawOfText(message); !flaw.empty())
    return flaw;
  if (d.range.isValid() && d.range.End.getPointer() < d.range.Start.getPointer())
    return "has a range that ends before it begins: " + message;
  if (auto start = compilation.placeOf(d.range.Start);
      start && start->offset > compilation.text().size())
    return "has a place behind the text: " + message;
  return "";
}

/// Applies the fixes of a diagnostic; those of its text only.
static std::optional<std::string> mended(const Diagnostic &d,
                                         const Compilation &compilation) {
  std::string text = compilation.text();
  std::vector<FixIt> fixes = d.fixIts;
  llvm::sort(fixes, [](const FixIt &a, const FixIt &b) {
    return a.range.Start.getPointer() > b.range.Start.getPointer();
  });
  for (const FixIt &fix : fixes) {
    auto start = compilation.placeOf(fix.range.Start);
    auto end = compilation.placeOf(fix.range.End);
    if (!start || !end)
      return std::nullopt;
    text.replace(start->offset, end->offset - start->offset, fix.text);
  }
  return text;
}

static std::string flawOfFix(const Diagnostic &d,
                             const Compilation &compilation,
                             const std::string &flags,
                             const std::string &folder) {
  if (d.fixIts.empty())
    return "";
  std::optional<std::string> text = mended(d, compilation);
  if (!text)
    return "has a fix outside of the text: " + d.message;
  const Compilation again(*text, flags, folder);
  for (const Diagnostic &other : again.diags().all())
    if (other.message == d.message &&
        again.placeOf(other.range.Start)->line ==
            compilation.placeOf(d.range.Start)->line)
      return "has a fix that does not mend: " + d.message;
  return "";
}

std::string flawOf(const Compilation &compilation, const std::string &flags,
                   const std::string &folder) {
  for (const Diagnostic &d : compilation.diags().all()) {
    std::string flaw = flawOfMessage(d, compilation);
    for (const Diagnostic &note : d.notes)
      if (flaw.empty())
        flaw = flawOfMessage(note, compilation);
    if (flaw.empty())
      flaw = flawOfFix(d, compilation, flags, folder);
    if (!flaw.empty())
      return flaw;
  }
  return "";
}

} // namespace kdslc::test

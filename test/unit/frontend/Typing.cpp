//===- Typing.cpp - the type of an expression, or why it has none ---------===//

#include "Typing.h"
#include "compiler/frontend/Check.h"
#include "compiler/frontend/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include <sstream>

namespace kdslc::test {

std::string typeText(const std::string &elem, const std::string &shape) {
  return shape.empty() ? elem : elem + "[" + shape + "]";
}

static std::string textOf(const ValueType &type) {
  std::string shape;
  for (int64_t size : type.shape)
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  return typeText(elemName(type.elem).str(), shape);
}

Typing typingOf(const std::string &program, const std::string &real) {
  llvm::SourceMgr sources;
  unsigned id = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(program, "p.kdsl"), {});
  DiagnosticEngine diags(sources);
  auto tree = parse(sources.getMemoryBuffer(id)->getBuffer(), diags);
  Options options;
  options.defines = {{"real", real}};
  std::optional<CheckedFile> checked;
  if (!diags.hasErrors())
    checked = check(*tree, options, diags);
  Typing typing;
  typing.errors = diags.errorCount();
  for (const Diagnostic &d : diags.all())
    if (d.severity == Severity::Error && typing.label.empty()) {
      typing.label = labelName(d.label).str();
      typing.message = d.message;
    }
  if (checked) {
    const Expr *value = checked->programs[0].outputs[0].value;
    // The conversion that the assignment does is no part of the right side.
    if (value->kind == ExprKind::Convert)
      value = value->args[0];
    typing.type = textOf(value->type);
  }
  return typing;
}

static std::vector<std::string> wordsOf(const std::string &line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<Table> readTables(const std::string &text) {
  std::vector<Table> tables;
  std::vector<std::string> columns;
  bool inside = false;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const std::vector<std::string> words = wordsOf(line);
    if (words.empty()) {
      inside = false;
    } else if (!inside) {
      tables.push_back({words, {}});
      columns.clear();
      inside = true;
    } else if (columns.empty()) {
      columns = words;
    } else {
      for (size_t c = 0; c < columns.size(); ++c)
        tables.back().cells[{words[0], columns[c]}] = words.at(c + 1);
    }
  }
  return tables;
}

} // namespace kdslc::test

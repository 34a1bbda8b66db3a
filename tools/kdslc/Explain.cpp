//===- Explain.cpp - what --explain prints --------------------------------===//

#include "Explain.h"
#include "compiler/Compiler.h"
#include "compiler/Labels.h"

using namespace kdslc;
using llvm::StringRef;

static constexpr const char pageHead[] =
    "# What kdslc may say\n"
    "\n"
    "Every message ends with the label of the rule that was broken, as "
    "`[K007]`.\n"
    "`kdslc --explain K007` prints one of the entries below, `kdslc "
    "--explain=all`\n"
    "this page; both come from [`Diagnostics.def`](Diagnostics.def).\n";

enum class Style { Terminal, Page };

/// What is quoted is code on a page.
static std::string quoted(StringRef text, Style style) {
  std::string result = text.str();
  bool inside = false;
  for (size_t i = 0; i < result.size(); ++i) {
    bool opens = i == 0 || result[i - 1] == ' ' || result[i - 1] == '(';
    if (result[i] != '\'' || (!inside && !opens))
      continue;
    inside = !inside;
    if (style == Style::Page)
      result[i] = '`';
  }
  return result;
}

/// The words of a text; what is quoted stays together.
static std::vector<std::string> wordsOf(StringRef text) {
  std::vector<std::string> words(1);
  bool inside = false;
  for (char c : text) {
    inside ^= c == '`';
    if (c == ' ' && !inside)
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

/// Breaks a paragraph into lines.
static void printWrapped(StringRef text, llvm::raw_ostream &os) {
  constexpr size_t width = 78;
  size_t column = 0;
  for (const std::string &word : wordsOf(text)) {
    if (column && column + 1 + word.size() > width) {
      os << '\n';
      column = 0;
    } else if (column) {
      os << ' ';
      ++column;
    }
    os << word;
    column += word.size();
  }
  os << '\n';
}

/// Lines indented by four are code in Markdown, and look well on a terminal.
static void printIndented(StringRef text, llvm::raw_ostream &os) {
  llvm::SmallVector<StringRef, 16> lines;
  text.rtrim('\n').split(lines, '\n');
  for (StringRef line : lines) {
    // The example of K037 would turn the rest of the page round.
    auto [before, after] = line.split("\u202E");
    os << "    " << before;
    if (before.size() != line.size())
      os << "<U+202E>" << after;
    os << '\n';
  }
}

/// The flags of a line `// kdslc -DD=3` that begins a program.
static Options optionsOf(StringRef program) {
  Options options;
  options.targets = {"x86-64-v2"};
  StringRef line = program.split('\n').first;
  if (!line.consume_front("// kdslc "))
    return options;
  llvm::SmallVector<StringRef, 4> flags;
  line.split(flags, ' ');
  for (StringRef flag : flags)
    if (flag.consume_front("-D"))
      options.defines.push_back(
          {flag.split('=').first.str(), flag.split('=').second.str()});
  return options;
}

/// What the compiler says about a program, without the lines that it quotes.
static void printMessages(StringRef program, llvm::raw_ostream &os) {
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  compile("wrong.kdsl", program, {Emit::Kdsl}, optionsOf(program), diags);
  std::string text;
  llvm::raw_string_ostream printed(text);
  diags.print(printed, /*colors=*/false);
  llvm::SmallVector<StringRef, 16> lines;
  StringRef(text).split(lines, '\n');
  for (StringRef line : lines)
    if (line.starts_with("wrong.kdsl:") || line.starts_with("error: "))
      os << "    " << line << '\n';
}

static void printEntry(const LabelInfo &info, Style style,
                       llvm::raw_ostream &os) {
  std::string title = quoted((info.name + ": " + info.rule).str(), style);
  os << title << '\n' << std::string(title.size(), '-') << "\n\n";
  printWrapped(quoted(info.why, style), os);
  if (info.wrong.empty())
    return;
  os << "\nWrong:\n\n";
  printIndented(info.wrong, os);
  if (!info.wrong.starts_with("// kdslc --test")) {
    os << '\n';
    printMessages(info.wrong, os);
  }
  os << "\nRight:\n\n";
  printIndented(info.right, os);
}

bool kdslc::explain(StringRef name, llvm::raw_ostream &os) {
  if (name == "all") {
    os << pageHead;
    for (const LabelInfo &info : allLabels()) {
      os << '\n';
      printEntry(info, Style::Page, os);
    }
    return true;
  }
  std::optional<Label> label = labelOf(name);
  if (label)
    printEntry(infoOf(*label), Style::Terminal, os);
  return label.has_value();
}

//===- Annotated.cpp - programs with the messages that they give ----------===//

#include "Annotated.h"
#include "llvm/Support/Regex.h"
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <sstream>

namespace kdslc::test {

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static bool isAnnotation(const std::string &line) {
  static llvm::Regex shape(
      "^//( *\\^~*|@[0-9]+~*)? (error|warning|note|fix): ");
  return shape.match(line);
}

std::vector<std::string> annotatedFiles(const std::string &folder) {
  std::vector<std::string> paths;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".kdsl")
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

AnnotatedFile readAnnotated(const std::string &path) {
  AnnotatedFile file;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    llvm::StringRef title = line;
    if (title.consume_front("//--- ")) {
      AnnotatedCase &next = file.cases.emplace_back();
      if (title.consume_back("]")) {
        next.flags = title.rsplit('[').second.str();
        title = title.rsplit('[').first;
      }
      next.title = title.trim().str();
    } else if (file.cases.empty()) {
      file.head += line + '\n';
    } else {
      file.cases.back().text += line + '\n';
      if (!isAnnotation(line))
        file.cases.back().program += line + '\n';
    }
  }
  return file;
}

void writeAnnotated(const std::string &path, const AnnotatedFile &file) {
  std::ofstream stream(path);
  stream << file.head;
  for (const AnnotatedCase &each : file.cases)
    stream << "//--- " << each.title
           << (each.flags.empty() ? "" : " [" + each.flags + "]") << '\n'
           << each.text;
}

//===----------------------------------------------------------------------===//
// Comments
//===----------------------------------------------------------------------===//

namespace {
/// The comments by the line that they stand below; 0 is the head.
class Comments {
public:
  explicit Comments(const Compilation &compilation)
      : compilation(compilation) {
    std::istringstream text(compilation.text());
    for (std::string line; std::getline(text, line);)
      lines.push_back(line);
  }

  void add(SourceRange range, const std::string &words) {
    auto start = compilation.placeOf(range.Start);
    auto end = compilation.placeOf(range.End);
    if (!start) {
      below[0].push_back("// " + words);
      return;
    }
    size_t width = 1;
    if (end && end->line == start->line && end->column > start->column)
      width = end->column - start->column;
    else if (end && end->line > start->line)
      width = std::max<size_t>(lines[start->line - 1].size(), start->column) -
              start->column + 1;
    std::string head =
        start->column > 2
            ? "//" + std::string(start->column - 3, ' ') + '^'
            : fmt::format("//@{}", start->column);
    below[start->line].push_back(head + std::string(width - 1, '~') + ' ' +
                                 words);
  }

  std::string text() {
    std::string result;
    auto put = [&](unsigned line) {
      for (const std::string &comment : below[line])
        result += comment + '\n';
    };
    put(0);
    for (unsigned line = 1; line <= lines.size(); ++line) {
      result += lines[line - 1] + '\n';
      put(line);
    }
    put(lines.size() + 1); // the end of the file
    return result;
  }

private:
  const Compilation &compilation;
  std::vector<std::string> lines;
  std::map<unsigned, std::vector<std::string>> below;
};
} // namespace

std::string annotate(const Compilation &compilation) {
  Comments comments(compilation);
  for (const Diagnostic &d : compilation.diags().all()) {
    comments.add(d.range,
                 fmt::format("{}: {} [{}{}]", severityName(d.severity),
                             d.message, labelName(d.label).str(),
                             d.promoted ? ", -Werror" : ""));
    for (const FixIt &fix : d.fixIts)
      comments.add(fix.range, fmt::format("fix: '{}'", fix.text));
    for (const Diagnostic &note : d.notes)
      comments.add(note.range, "note: " + note.message);
  }
  return comments.text();
}

} // namespace kdslc::test

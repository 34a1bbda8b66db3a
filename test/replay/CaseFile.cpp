//===- CaseFile.cpp - recorded calls of programs, with what is right ------===//

#include "test/replay/CaseFile.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

using namespace replay;

std::string Case::text() const {
  std::string text = "case " + std::to_string(number) + ", " + program +
                     " of " + build + " with";
  for (size_t k = 0; k < sizes.size(); ++k)
    text += (k ? " and " : " ") + std::to_string(sizes[k]);
  return text + " rows";
}

/// Cuts a line at single spaces.
static std::vector<std::string> wordsOf(const std::string &line) {
  std::vector<std::string> words(1);
  for (char c : line)
    if (c == ' ')
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

/// A whole number from `at` to the end of a word.
static bool parseNumber(const char *at, uint64_t &number) {
  char *end = nullptr;
  number = strtoull(at, &end, 10);
  return *at >= '0' && *at <= '9' && *end == 0;
}

static bool parse(const std::string &line, Case &result) {
  const std::vector<std::string> words = wordsOf(line);
  if (words.size() < 3 || words[2] != "sizes")
    return false;
  result.build = words[0];
  result.program = words[1];
  size_t at = 3;
  uint64_t number;
  for (; at < words.size() && words[at] != "inputs"; ++at) {
    if (!parseNumber(words[at].c_str(), number))
      return false;
    result.sizes.push_back(int64_t(number));
  }
  for (++at; at < words.size() && words[at] != "outputs"; ++at) {
    if (!parseNumber(words[at].c_str(), number))
      return false;
    result.inputs.push_back(number);
  }
  for (++at; at < words.size(); ++at) {
    const char kind = words[at][0];
    if ((kind != 'r' && kind != 'c') ||
        !parseNumber(words[at].c_str() + 1, number))
      return false;
    result.outputs.push_back({kind == 'c', number});
  }
  return !result.outputs.empty();
}

static std::string readWhole(const std::string &path) {
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path.c_str(), "rb"),
                                              fclose);
  if (!file)
    throw std::runtime_error(path + ": cannot be read");
  std::string contents;
  char part[65536];
  while (const size_t bytes = fread(part, 1, sizeof(part), file.get()))
    contents.append(part, bytes);
  return contents;
}

CaseFile::CaseFile(const std::string &folder) {
  const std::string path = folder + "/" + casesName;
  const std::string text = readWhole(path);
  contents = readWhole(folder + "/" + dataName);
  std::string line;
  size_t begin = 0;
  const auto next = [&] {
    const size_t end = std::min(text.find('\n', begin), text.size());
    line = text.substr(std::min(begin, end), end - std::min(begin, end));
    begin = end + 1;
    return begin <= text.size();
  };
  if (!next() || line != casesHeader)
    throw std::runtime_error(path + ": expected it to begin with '" +
                             casesHeader + "'");
  while (next() && line.rfind("end ", 0) != 0) {
    Case &latest = all.emplace_back();
    latest.number = all.size();
    if (!parse(line, latest))
      throw std::runtime_error(path + ": line " +
                               std::to_string(all.size() + 1) + " is no case");
  }
  const std::string end = "end " + std::to_string(all.size()) + " " +
                          std::to_string(contents.size());
  if (line != end)
    throw std::runtime_error(path + ": expected its last line to be '" + end +
                             "'; the records are not whole");
}

const char *CaseFile::data(uint64_t offset, uint64_t bytes) const {
  if (offset > contents.size() || bytes > contents.size() - offset)
    throw std::runtime_error("records end before " +
                             std::to_string(offset + bytes) + " bytes");
  return contents.data() + offset;
}

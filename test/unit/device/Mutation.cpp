//===- Mutation.cpp - a planted bug in PTX --------------------------------===//

#include "Mutation.h"
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <sstream>
#include <stdexcept>

namespace kdslc::test {

using Lines = std::vector<std::string>;
using Bindings = std::map<std::string, std::string>;

static Lines linesOf(const std::string &text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

/// Operands are runs of these; all other characters stand for themselves.
static bool isWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '%' ||
         c == '$' || c == '.' || c == '+' || c == '-' || c == '!';
}

/// The words and marks of a line, without space, the final semicolon and
/// comments.
static Lines tokensOf(const std::string &line) {
  Lines tokens;
  for (size_t at = 0; at < line.size() && line[at] != ';';) {
    size_t end = at;
    while (end < line.size() && isWord(line[end]))
      ++end;
    if (end == at && line.compare(at, 2, "//") == 0)
      break;
    end = std::max(end, at + 1);
    if (!std::isspace(static_cast<unsigned char>(line[at])))
      tokens.push_back(line.substr(at, end - at));
    at = end;
  }
  return tokens;
}

/// Whether a line fits a pattern; new names are bound then.
static bool match(const std::string &pattern, const std::string &line,
                  Bindings &bindings) {
  const Lines wanted = tokensOf(pattern), got = tokensOf(line);
  if (wanted.size() != got.size())
    return false;
  Bindings tried = bindings;
  for (size_t k = 0; k < wanted.size(); ++k) {
    std::string expected = wanted[k];
    if (expected[0] == '$')
      expected = tried.try_emplace(expected, got[k]).first->second;
    if (expected != got[k])
      return false;
  }
  bindings = std::move(tried);
  return true;
}

static bool matchAll(const Lines &patterns, const Lines &lines, size_t at,
                     Bindings &bindings) {
  Bindings tried = bindings;
  for (size_t k = 0; k < patterns.size(); ++k)
    if (at + k >= lines.size() || !match(patterns[k], lines[at + k], tried))
      return false;
  bindings = std::move(tried);
  return true;
}

/// A pattern with its names replaced.
static std::string render(const std::string &pattern,
                          const Bindings &bindings) {
  std::string line = "\t";
  for (size_t at = 0; at < pattern.size();) {
    size_t end = at;
    while (end < pattern.size() && isWord(pattern[end]))
      ++end;
    end = std::max(end, at + 1);
    const std::string token = pattern.substr(at, end - at);
    line += token[0] == '$' ? bindings.at(token) : token;
    at = end;
  }
  return line + ";\t// mutated";
}

/// The lines of a kernel's body: [first, last).
static std::pair<size_t, size_t> bodyOf(const Lines &lines,
                                        const std::string &kernel) {
  const std::string head = ".entry " + kernel + "(";
  size_t first = 0;
  while (first < lines.size() && lines[first].find(head) == std::string::npos)
    ++first;
  size_t last = first;
  while (last < lines.size() && lines[last] != "}")
    ++last;
  if (last == lines.size())
    throw std::runtime_error(fmt::format("no kernel '{}'", kernel));
  return {first, last};
}

std::string mutate(const std::string &ptx, const std::string &kernel,
                   const Mutation &mutation) {
  Lines lines = linesOf(ptx);
  auto [at, last] = bodyOf(lines, kernel);
  Bindings bindings;
  for (size_t k = 0; k < mutation.places.size(); ++k) {
    const Place &place = mutation.places[k];
    const Lines patterns = linesOf(place.find);
    while (at < last && !matchAll(patterns, lines, at, bindings))
      ++at;
    if (at >= last)
      throw std::runtime_error(fmt::format(
          "mutation '{}' no longer applies to {}: place {} is not there:\n{}",
          mutation.name, kernel, k + 1, place.find));
    size_t count = patterns.size();
    if (place.put) {
      Lines put = linesOf(*place.put);
      for (std::string &line : put)
        line = render(line, bindings);
      auto from = lines.begin() + std::ptrdiff_t(at);
      from = lines.erase(from, from + std::ptrdiff_t(count));
      lines.insert(from, put.begin(), put.end());
      last = last - count + put.size();
      count = put.size();
    }
    at += count;
  }
  std::string text;
  for (const std::string &line : lines)
    text += line + '\n';
  return text;
}

} // namespace kdslc::test
